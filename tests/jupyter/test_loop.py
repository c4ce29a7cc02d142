"""The loop of a hunter: save, search, change, search again. All over HTTP, all real."""

import threading

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.jupyter.notebooks import model, notebook
from tests.running_service import wait_until
from tests.service.modules import JSON_MODEL

BROKEN = notebook(("mltkc_import", "def init(df, param)\n    return {}\n"))
SLOW = """
import pathlib, time
def apply(model, df, param):
    pathlib.Path({started!r}).touch()
    while not pathlib.Path({go_on!r}).exists():
        time.sleep(0.01)
    return ["slow"] * len(df)
"""


def module(hunt, name):
    return hunt.srv / "app" / "model" / f"{name}.py"


def error_file(hunt, name):
    return hunt.srv / "notebooks" / f"{name}.export-error.txt"


def says(hunt, name):
    return hunt.apply("x\n1\n", name, "m")["results"]


def test_saved_notebook_is_used_by_the_next_search(hunt, jupyter):
    assert jupyter.put("loop.ipynb", model("one")).status_code == 201
    assert hunt.fit("x\n1\n", "loop", "m")["results"] == "0\none\n"
    assert jupyter.put("loop.ipynb", model("two")).status_code == 200
    assert says(hunt, "loop") == "0\ntwo\n"


def test_module_exported_while_a_search_runs_is_used_by_the_next(hunt, jupyter, tmp_path):
    started, go_on = tmp_path / "started", tmp_path / "go_on"
    jupyter.put("busy.ipynb", model("one"))
    hunt.fit("x\n1\n", "busy", "m")
    slow = notebook(
        ("mltkc_import", model()["cells"][0].source),
        ("mltkc_apply", SLOW.format(started=str(started), go_on=str(go_on))),
    )
    jupyter.put("busy.ipynb", slow)
    answers = []
    search = threading.Thread(target=lambda: answers.append(says(hunt, "busy")))
    search.start()
    wait_until(started.exists)
    jupyter.put("busy.ipynb", model("two"))
    assert says(hunt, "busy") == "0\ntwo\n"
    go_on.touch()
    search.join()
    assert answers == ["0\nslow\n"]


def test_rename_takes_the_module_along(hunt, jupyter):
    jupyter.put("before.ipynb", model("same"))
    assert jupyter.rename("before.ipynb", "after.ipynb").status_code == 200
    assert hunt.fit("x\n1\n", "after", "m")["results"] == "0\nsame\n"
    assert "there is no module 'before'" in hunt.fit("x\n1\n", "before", "m")["message"]


def test_rename_of_what_does_not_export_keeps_the_module(hunt, jupyter):
    jupyter.put("works.ipynb", model("same"))
    jupyter.put("works.ipynb", model("+"))
    before = module(hunt, "works").read_bytes()
    assert jupyter.rename("works.ipynb", "works-not.ipynb").status_code == 200
    assert module(hunt, "works").read_bytes() == before
    assert "cannot name a module" in error_file(hunt, "works-not").read_text()


def test_delete_removes_the_module(hunt, jupyter):
    jupyter.put("gone.ipynb", model())
    assert module(hunt, "gone").exists()
    assert jupyter.delete("gone.ipynb").status_code == 204
    assert not module(hunt, "gone").exists()


def test_delete_leaves_a_module_of_somebody_else(hunt, jupyter):
    hunt.module("theirs", "VALUE = 1")
    jupyter.put("theirs.ipynb", model())
    assert "was not made from it" in error_file(hunt, "theirs").read_text()
    jupyter.delete("theirs.ipynb")
    assert module(hunt, "theirs").read_text() == "VALUE = 1"
    assert not error_file(hunt, "theirs").exists()


def test_broken_notebook_is_saved_and_its_fault_shown(hunt, jupyter):
    jupyter.put("flawed.ipynb", model("good"))
    assert hunt.fit("x\n1\n", "flawed", "m")["status"] == "success"
    assert jupyter.put("flawed.ipynb", BROKEN).status_code == 200
    assert jupyter.contents("GET", "flawed.ipynb").json()["content"]["cells"][0]["source"] == (
        BROKEN["cells"][0].source
    )
    reason = f"{hunt.srv}/notebooks/flawed.ipynb, cell 1 (mltkc_import), line 1: expected ':'"
    assert error_file(hunt, "flawed").read_text().startswith(reason)
    assert hunt.summary()["export_errors"]["flawed.ipynb"].startswith(reason)
    assert says(hunt, "flawed") == "0\ngood\n"
    jupyter.put("flawed.ipynb", model("better"))
    assert not error_file(hunt, "flawed").exists()
    assert "flawed.ipynb" not in hunt.summary().get("export_errors", {})
    assert says(hunt, "flawed") == "0\nbetter\n"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Untitled", "is Jupyter's name for a new notebook; rename it"),
        ("Untitled3", "is Jupyter's name for a new notebook; rename it"),
        ("loop-Copy1", "cannot name a module; rename the notebook"),
        ("1st", "cannot name a module; rename the notebook"),
    ],
)
def test_name_that_is_none_gives_a_message_and_no_module(hunt, jupyter, name, reason):
    assert jupyter.put(f"{name}.ipynb", model()).status_code == 201
    assert reason in error_file(hunt, name).read_text()
    assert not module(hunt, name).exists()
    assert jupyter.rename(f"{name}.ipynb", "a_good_name.ipynb").status_code == 200
    assert not error_file(hunt, name).exists()
    assert module(hunt, "a_good_name").exists()
    jupyter.delete("a_good_name.ipynb")


def test_notebook_without_named_cells_is_left_alone(hunt, jupyter):
    jupyter.put("Untitled9.ipynb", new_notebook(cells=[new_code_cell("1 +")]))
    assert not error_file(hunt, "Untitled9").exists()


def test_two_notebooks_of_one_name_do_not_fight_over_a_module(hunt, jupyter):
    (hunt.srv / "notebooks" / "other").mkdir()
    jupyter.put("twin.ipynb", model("first"))
    jupyter.put("other/twin.ipynb", model("second"))
    assert "twin.ipynb has the same name" in error_file(hunt, "other/twin").read_text()
    assert hunt.fit("x\n1\n", "twin", "m")["results"] == "0\nfirst\n"
    jupyter.delete("twin.ipynb")
    assert says(hunt, "twin") == "0\nsecond\n"


def test_checkpoint_makes_no_module(hunt, jupyter):
    jupyter.put("kept.ipynb", model())
    assert jupyter.contents("POST", "kept.ipynb/checkpoints").status_code == 201
    saved = hunt.srv / "notebooks" / ".ipynb_checkpoints" / "kept-checkpoint.ipynb"
    assert saved.exists()
    assert not list(module(hunt, "kept").parent.glob("*checkpoint*"))


def test_unchanged_notebook_leaves_its_module_untouched(hunt, jupyter):
    jupyter.put("idle.ipynb", model())
    before = module(hunt, "idle").stat()
    jupyter.put("idle.ipynb", model())
    after = module(hunt, "idle").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_module_may_import_dsdlsupport(hunt, jupyter):
    imports = "from dsdlsupport import SplunkSearch\n"
    jupyter.put("with_support.ipynb", notebook(("mltkc_import", imports + JSON_MODEL)))
    assert hunt.fit("x\n1\n", "with_support", "m")["status"] == "success"
