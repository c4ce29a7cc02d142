"""The loop of a hunter in the DEV container: tests that also run without one, and more."""

from tests.jupyter.notebooks import model
from tests.jupyter.test_loop import (  # noqa: F401
    test_checkpoint_makes_no_module,
    test_delete_leaves_a_module_of_somebody_else,
    test_delete_removes_the_module,
    test_module_may_import_dsdlsupport,
    test_notebook_without_named_cells_is_left_alone,
    test_rename_takes_the_module_along,
    test_saved_notebook_is_used_by_the_next_search,
    test_unchanged_notebook_leaves_its_module_untouched,
)
from tests.jupyter.test_msticpy import (  # noqa: F401
    test_notebook_with_msticpy_answers_fit_and_apply,
)
from tests.running_service import body


def test_staged_rows_become_a_model(hunt, jupyter):
    staged = body("a\n1\n2\n", "my_hunt", "my_data", params={"mode": "stage"})
    assert hunt.post("/fit", staged)["status"] == "staged"
    content = jupyter.contents("GET", "data/my_data.csv").json()
    assert content["content"] == "a\n1\n2\n"
    assert jupyter.put("my_hunt.ipynb", model("one")).status_code == 201
    assert hunt.fit("a\n1\n2\n", "my_hunt", "my_data")["results"] == "0\none\none\n"
    assert jupyter.put("my_hunt.ipynb", model("two")).status_code == 200
    assert hunt.apply("a\n1\n", "my_hunt", "my_data")["results"] == "0\ntwo\n"
