"""DSDL's contract, with the same tests as without a container, over TLS and a published port."""

from tests.running_service import body
from tests.service.test_contract import *  # noqa: F403

del test_stage_writes_rows_and_meta  # noqa: F821 (it knows the folder by its name outside)


def test_stage_names_the_file_as_the_container_knows_it(service):
    content = body("a,b\n1,\n2,x\n", "no_such_module", "staged", params={"mode": "stage"})
    assert service.post("/fit", content) == {
        "status": "staged",
        "message": "Model data staged successfully in /srv/notebooks/data/staged.csv"
        " - no model was built yet.",
    }
    assert (service.srv / "notebooks" / "data" / "staged.csv").read_text() == "a,b\n1,\n2,x\n"
