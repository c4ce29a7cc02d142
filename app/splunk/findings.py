"""What a model found, sent to Splunk's HTTP Event Collector: `| apply hunt hec=true`.

`hec_index`, `hec_sourcetype` and `hec_source` say where it goes.
"""

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from app.params import HEC_OPTIONS, Param
from app.splunk import hec
from app.splunk.events import BATCH_BYTES, Labels, as_json
from app.splunk.sources import of_frame

_SOURCETYPE = "dsdl_hunt:finding"


def push(result: pd.DataFrame, events: pd.DataFrame, param: Param, model: str) -> hec.Pushed | None:
    """Send each row of a result, with the row of the search beside it; None without `hec=true`.

    The fields get their names in Splunk's Common Information Model besides their own. Raises
    SplunkError, and ValueError for a `hec` that is neither true nor false.
    """
    params = (param.get("options") or {}).get("params") or {}
    given = {name: str(params.get(name) or "").strip().strip('"') for name in HEC_OPTIONS}
    if not _wanted(given["hec"]):
        return None
    labels = Labels(
        index=given["hec_index"] or None,
        sourcetype=given["hec_sourcetype"] or _SOURCETYPE,
        source=given["hec_source"] or model,
    )
    rows = of_frame(_beside(result, events))
    delimiter = str(params.get("delim") or "|").strip('"') or "|"
    return hec.push((fitting(finding(row, delimiter)) for row in rows), labels)


def finding(row: dict[str, Any], delimiter: str = "|") -> dict[str, Any]:
    """A row with lists where a column holds several values, and with CIM's names added."""
    several = set(_names()["several"])
    event = {
        name: value.split(delimiter) if name in several and isinstance(value, str) else value
        for name, value in row.items()
    }
    for name, alias in _names()["aliases"].items():
        if name in event and alias not in row:
            event[alias] = _joined(event.get(alias), event[name])
    return event


def fitting(event: dict[str, Any], most: int = BATCH_BYTES * 9 // 10) -> dict[str, Any]:
    """An event that fits a request: its longest texts are cut, and `shortened` names them. An
    endless script must not keep all other findings from Splunk."""
    longest = most // 4
    whole = event
    while len(as_json(event)) > most and longest:
        event = {name: _cut(value, longest) for name, value in whole.items()}
        event["shortened"] = [name for name, value in whole.items() if event[name] != value]
        longest //= 2
    return event


def _cut(value: Any, longest: int) -> Any:
    if isinstance(value, list):
        return [_cut(each, longest // 10) for each in value[:1000]]
    return value[:longest] if isinstance(value, str) else value


def _wanted(text: str) -> bool:
    if text.lower() in ("", "false", "f", "0", "no", "off"):
        return False
    if text.lower() in ("true", "t", "1", "yes", "on"):
        return True
    raise ValueError(f"hec={text!r} is neither true nor false")


def _beside(result: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The search's fields that the result does not have, then the result; by position."""
    if len(result) != len(events):
        return result
    rest = events[[name for name in events.columns if name not in set(result.columns)]]
    return pd.concat([rest.reset_index(drop=True), result.reset_index(drop=True)], axis=1)


def _joined(before: Any, value: Any) -> Any:
    if before is None:
        return value
    return [*_listed(before), *_listed(value)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@cache
def _names() -> dict[str, Any]:
    text = Path(__file__).with_suffix(".yaml").read_text("utf-8")
    names: dict[str, Any] = yaml.safe_load(text)
    return names
