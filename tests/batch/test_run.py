"""Notebooks run unattended, in kernels of their own."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from app.batch.__main__ import main
from tests.running_service import ROOT

SHIPPED = ROOT / "notebooks" / "batch" / "daily_powershell_hunt.ipynb"
SECRET = 'a"secret/for tests'


def write(path: Path, source: str, parameters: str = "count = 1") -> str:
    cells = [
        new_code_cell(parameters, metadata={"tags": ["parameters"]}),
        new_code_cell(source),
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python", "language": "python"}}
    nbformat.write(new_notebook(cells=cells, metadata=kernel), path)
    return str(path)


def stored(srv, ending):
    return sorted((srv / "notebooks" / "runs").rglob(f"*.{ending}"))


def outputs(path):
    cells = nbformat.read(path, as_version=4).cells
    return "".join(output.get("text", "") for cell in cells for output in cell.get("outputs", []))


def test_shipped_hunt_stores_its_run_and_sends_its_result(srv, indexer):
    assert main(["run", str(SHIPPED), "-p", "earliest", "-7d", "--hec", "--hec-index", "hunt"]) == 0
    assert [len(stored(srv, ending)) for ending in ("ipynb", "html", "csv")] == [1, 1, 1]
    sent = {event["event"]["parent_process"]: event for event in indexer.events}
    assert len(sent) == len(indexer.events) > 20
    assert {event["index"] for event in indexer.events} == {"hunt"}
    contacts = [contact for event in indexer.seen() for contact in event.get("c2", [])]
    assert "https://203.0.113.211:443/admin/get.php" in contacts
    page = stored(srv, "html")[0].read_text()
    assert "https://203.0.113.211:443/admin/get.php" in page
    assert 'src="http' not in page


def test_parameters_reach_the_notebook_and_no_secret_is_stored(srv, tmp_path, monkeypatch):
    monkeypatch.setenv("splunk_hec_token", SECRET)
    monkeypatch.setenv("api_token", "never-in-a-kernel")
    source = (
        "import os\n"
        "print(repr(count), repr(name), os.environ.get('api_token'))\n"
        "print(os.environ['splunk_hec_token'])\n"
        "[os.environ['splunk_hec_token']]"
    )
    notebook = write(tmp_path / "n.ipynb", source, "count = 1\nname = ''")
    assert main(["run", notebook, "-p", "count", "7", "-p", "name", "-7d@d"]) == 0
    assert outputs(stored(srv, "ipynb")[0]).startswith("7 '-7d@d' None\n***\n")
    for path in (*stored(srv, "ipynb"), *stored(srv, "html")):
        assert "secret" not in path.read_text().replace("splunk_hec_token", "")


def test_failing_notebook_is_stored_with_its_error(srv, tmp_path, caplog):
    notebook = write(tmp_path / "n.ipynb", "raise ValueError('no such host')")
    assert main(["run", notebook]) == 1
    assert "cell 2: ValueError: no such host" in caplog.text
    assert "no such host" in stored(srv, "ipynb")[0].read_text()
    assert "no such host" in stored(srv, "html")[0].read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-p", "cuont", "1"], "n.ipynb has no parameter 'cuont'; it has: count, vt_api_key"),
        (["-p", "vt_api_key", "1"], "secrets are no parameters"),
    ],
)
def test_wrong_parameter_is_told_before_anything_runs(srv, tmp_path, capsys, arguments, said):
    notebook = write(tmp_path / "n.ipynb", "1/0", "count = 1\nvt_api_key = ''")
    assert main(["run", notebook, *arguments]) == 2
    assert said in capsys.readouterr().err
    assert stored(srv, "ipynb") == []


def test_notebook_that_is_not_there_is_told(capsys):
    assert main(["run", "nowhere.ipynb"]) == 2
    assert "there is no notebook 'nowhere.ipynb'" in capsys.readouterr().err


def test_result_that_cannot_be_sent_gives_another_exit_code(srv, tmp_path, indexer, caplog):
    indexer.trouble = [(403, 1)]
    source = (
        "import pandas as pd\nfrom app.batch.result import give\ngive(pd.DataFrame({'x': [1]}))"
    )
    assert main(["run", write(tmp_path / "n.ipynb", source), "--hec"]) == 3
    assert "the result is not in Splunk" in caplog.text
    assert stored(srv, "csv")[0].read_text() == "x\n1\n"


@pytest.mark.parametrize("arguments", [["--schedule", "daily"], ["--keep", "0"], ["-p", "x"]])
def test_wrong_use_is_refused(arguments):
    with pytest.raises(SystemExit) as ended:
        main(["run", "n.ipynb", *arguments])
    assert ended.value.code == 2


def test_notebook_for_dsdl_searches_with_its_form(srv, tmp_path, head):
    source = (
        "from dsdlsupport import SplunkSearch\n"
        "search = SplunkSearch.SplunkSearch(search='index=x rows=3')\n"
        "print(search.as_df().shape, search.ui['resultinfo'].value)"
    )
    assert main(["run", write(tmp_path / "n.ipynb", source)]) == 0
    assert outputs(stored(srv, "ipynb")[0]) == "(3, 2) search completed with 3 results.\n"


def test_only_the_last_runs_stay_stored(srv, tmp_path):
    folder = srv / "notebooks" / "runs" / "n"
    folder.mkdir(parents=True)
    for number in range(3):
        for ending in ("ipynb", "html", "csv"):
            (folder / f"2020-01-0{number + 1}.{ending}").touch()
    assert main(["run", write(tmp_path / "n.ipynb", "1"), "--keep", "2"]) == 0
    kept = sorted(path.name for path in folder.iterdir())
    assert kept[:3] == ["2020-01-03.csv", "2020-01-03.html", "2020-01-03.ipynb"]
    assert len(kept) == 5


def test_schedule_waits_until_it_is_ended(tmp_path):
    notebook = write(tmp_path / "n.ipynb", "1")
    with subprocess.Popen(
        [sys.executable, "-m", "app.batch", "run", notebook, "--schedule", "0 0 1 1 *"],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert "next run of n.ipynb: " in process.stderr.readline()
        process.terminate()
        assert process.wait(20) == 0
