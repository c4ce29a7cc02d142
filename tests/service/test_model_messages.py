"""Every model answers a wrong search with a right one."""

from typing import Any

import pytest

from app.hunting import models
from tests.running_service import RunningService

ROWS = "\n".join(
    f"{1_700_000_000 + 60 * n},ws-1,alice,192.0.2.1,198.51.100.1,cmd.exe,explorer.exe,whoami,get,{n}"
    for n in range(20)
)
DATA = (
    "_time,host,user,src_ip,dest_ip,Image,ParentImage,CommandLine,operation,count\n" + ROWS + "\n"
)
ANY_TEXT = "delim"  # the only parameter that takes whatever it is given
WRONG = [
    (name, parameter.name)
    for name in models.names()
    for parameter in models.model(name).parameters
    if parameter.name != ANY_TEXT
]


def fitted(service: RunningService, model: str, **params: str) -> dict[str, Any]:
    quoted = {name: f'"{value}"' for name, value in params.items()}
    return service.fit(DATA, model, "messages", params=quoted)


@pytest.mark.parametrize("model", models.names())
def test_model_works_on_its_usual_fields(service: RunningService, model: str) -> None:
    assert fitted(service, model)["status"] == "success"


@pytest.mark.parametrize(("model", "parameter"), WRONG)
def test_wrong_parameter_is_named_and_a_right_search_shown(
    service: RunningService, model: str, parameter: str
) -> None:
    answer = fitted(service, model, **{parameter: "~wrong~"})
    assert answer["status"] == "error"
    assert parameter in answer["message"] or "~wrong~" in answer["message"]
    assert f"A search that works: {example(model)}" in answer["message"]


@pytest.mark.parametrize("model", models.names())
def test_unknown_parameter_is_named_with_those_that_there_are(
    service: RunningService, model: str
) -> None:
    message = fitted(service, model, no_such="1")["message"]
    assert "unknown option 'no_such'" in message
    assert all(option in message for option in models.model(model).options)
    assert f"A search that works: {example(model)}" in message


def example(model: str) -> str:
    return models.model(model).spl.partition("\n")[0].removeprefix("...").strip()
