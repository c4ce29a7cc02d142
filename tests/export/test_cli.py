import subprocess
import sys
from pathlib import Path

import pytest

from app.export.__main__ import main
from tests.export.notebook_files import code, model_text, write, write_model

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The current directory: two models and a notebook that is none."""
    monkeypatch.chdir(tmp_path)
    write_model(Path("notebooks/one.ipynb"), 1)
    write_model(Path("notebooks/team/two.ipynb"), 2)
    write_model(Path("notebooks/.ipynb_checkpoints/one-checkpoint.ipynb"), 0)
    write(Path("notebooks/03 explore.ipynb"), code("!ls"))
    return tmp_path


def modules(folder="model"):
    return {path.name: path.read_text("utf-8") for path in Path(folder).glob("*")}


def break_two():
    write(Path("notebooks/team/two.ipynb"), code("x = 1\n!ls", "mltkc_fit"))


BROKEN = (
    "notebooks/team/two.ipynb, cell 1 (mltkc_fit), line 2: a shell command works in notebooks only:"
    " '!ls'; write it in Python or move it to a cell without a name\n"
)


def test_export_of_all_notebooks(project, capsys):
    assert main([]) == 0
    assert modules() == {"one.py": model_text("one", 1), "two.py": model_text("two", 2)}
    assert capsys.readouterr().out == (
        "notebooks/03 explore.ipynb: not a model, no cell has a name\n"
        "notebooks/one.ipynb: model/one.py\n"
        "notebooks/team/two.ipynb: model/two.py\n"
    )


def test_export_of_one_notebook_to_another_folder(project):
    assert main(["notebooks/one.ipynb", "--output-dir", "other/place"]) == 0
    assert modules("other/place") == {"one.py": model_text("one", 1)}
    assert modules() == {}


def test_export_of_another_folder_of_notebooks(project):
    assert main(["notebooks/team"]) == 0
    assert modules() == {"two.py": model_text("two", 2)}


def test_export_goes_on_after_a_notebook_that_fails(project, capsys):
    main([])
    write_model(Path("notebooks/zero.ipynb"), 0)
    Path("notebooks/one.ipynb").write_text("{")
    break_two()
    capsys.readouterr()
    assert main([]) == 1
    assert modules() == {
        "one.py": model_text("one", 1),
        "two.py": model_text("two", 2),
        "zero.py": model_text("zero", 0),
    }
    assert capsys.readouterr().err == (
        "notebooks/one.ipynb: is not a notebook: Expecting property name enclosed in double quotes:"
        f" line 1 column 2 (char 1)\n{BROKEN}"
    )


def test_export_of_a_notebook_that_is_not_there(project, capsys):
    assert main(["notebooks/none.ipynb", "notebooks/one.ipynb"]) == 1
    assert modules() == {"one.py": model_text("one", 1)}
    reason = "notebooks/none.ipynb: cannot be read: No such file or directory\n"
    assert capsys.readouterr().err == reason


def test_export_of_two_notebooks_with_the_same_name(project, capsys):
    write_model(Path("notebooks/team/one.ipynb"), 3)
    assert main([]) == 1
    assert modules() == {"one.py": model_text("one", 1), "two.py": model_text("two", 2)}
    assert capsys.readouterr().err == (
        "notebooks/team/one.ipynb: notebooks/one.ipynb has the same name; rename one\n"
    )


def test_export_reports_an_orphan_and_keeps_it(project, capsys):
    main([])
    Path("notebooks/one.ipynb").rename("notebooks/renamed.ipynb")
    assert main([]) == 0
    assert set(modules()) == {"one.py", "renamed.py", "two.py"}
    assert capsys.readouterr().err == "model/one.py: its notebook is gone; --prune removes it\n"


def test_prune_removes_orphans_only(project, capsys):
    main([])
    Path("model/by_hand.py").write_text("x = 1\n")
    Path("notebooks/one.ipynb").unlink()
    break_two()
    assert main(["--prune"]) == 1
    assert set(modules()) == {"by_hand.py", "two.py"}
    out, err = capsys.readouterr()
    assert out.endswith("removed model/one.py: its notebook is gone\n")
    assert err == BROKEN


def test_prune_removes_the_module_of_what_is_no_model_any_more(project):
    main([])
    write(Path("notebooks/one.ipynb"), code("VALUE = 1"))
    assert main(["--prune"]) == 0
    assert set(modules()) == {"two.py"}


@pytest.mark.parametrize("arguments", [["notebooks/one.ipynb", "--prune"], ["--check", "--prune"]])
def test_prune_needs_to_see_all_notebooks_and_to_write(project, arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "--prune" in capsys.readouterr().err


def test_check_passes_what_is_up_to_date(project):
    main([])
    assert main(["--check"]) == 0


def test_check_names_every_fault_and_writes_nothing(project, capsys):
    main([])
    write_model(Path("notebooks/one.ipynb"), 7)
    Path("notebooks/three.ipynb").write_bytes(Path("notebooks/one.ipynb").read_bytes())
    Path("notebooks/team/two.ipynb").unlink()
    before = modules()
    capsys.readouterr()
    assert main(["--check"]) == 1
    assert modules() == before
    assert capsys.readouterr().err == (
        "model/one.py is out of date: export notebooks/one.ipynb\n"
        "model/three.py is missing: export notebooks/three.ipynb\n"
        "model/two.py: its notebook is gone; --prune removes it\n"
    )


def test_command_line_exits_with_the_outcome(project):
    command = [sys.executable, "-m", "app.export"]
    environment = {"PYTHONPATH": str(ROOT)}
    assert subprocess.run([*command, "--check"], env=environment, check=False).returncode == 1
    assert subprocess.run(command, env=environment, check=False).returncode == 0
