"""A Secret shows nothing, wherever it ends up."""

import copy
import dataclasses
import json
import logging
import pickle
import pprint
import traceback

import orjson
import pandas as pd
import pytest

from app.secrets import MissingSecretError, Secret

VALUE = "nobody-may-see-this"


@dataclasses.dataclass(frozen=True)
class Model:
    name: str
    key: Secret


MODEL = Model("vt", Secret(VALUE))


@pytest.mark.parametrize(
    "shown",
    [
        repr(MODEL.key),
        str(MODEL.key),
        f"{MODEL.key}",
        f"{MODEL.key:>40}",
        f"{MODEL.key!r}",
        "%s %r" % (MODEL.key, MODEL.key),  # noqa: UP031
        repr(MODEL),
        repr([MODEL.key]),
        pprint.pformat({"key": MODEL.key}),
        repr(dataclasses.asdict(MODEL)),
        str(pd.DataFrame({"key": [MODEL.key]})),
        pd.DataFrame({"key": [MODEL.key]}).to_csv(),
        json.dumps({"key": MODEL.key}, default=str),
        repr(MissingSecretError("vt", "gone")),
        repr(dir(MODEL.key)),
    ],
)
def test_secret_is_not_shown(shown: str) -> None:
    assert VALUE not in shown


@pytest.mark.parametrize("save", [pickle.dumps, json.dumps, orjson.dumps, vars])
def test_secret_is_not_saved(save: object) -> None:
    for value in (MODEL.key, {"key": MODEL.key}, [MODEL.key]):
        with pytest.raises(TypeError) as caught:
            save(value["key"] if save is vars and isinstance(value, dict) else value)
        assert VALUE not in str(caught.value)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_model_that_holds_a_secret_is_not_saved(protocol: int) -> None:
    with pytest.raises(TypeError, match="keep its name, and ask for it again"):
        pickle.dumps(MODEL, protocol)


def test_secret_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise RuntimeError(MODEL)
    except RuntimeError:
        logging.getLogger("test").exception("with %s and %r", MODEL.key, MODEL)
        assert VALUE not in traceback.format_exc()
    assert VALUE not in caplog.text


def test_copies_are_the_secret_itself() -> None:
    assert copy.copy(MODEL.key) is copy.deepcopy(MODEL.key) is MODEL.key


def test_secrets_compare_by_value_and_only_with_secrets() -> None:
    assert Secret("é") == Secret("é")
    assert Secret("\udcff") != Secret("\udcfe")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


def test_reveal_gives_the_text() -> None:
    assert MODEL.key.reveal() == VALUE
