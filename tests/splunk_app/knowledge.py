"""What the app consists of, read as Splunk would: stanzas, dashboards, lookups."""

import configparser
import csv
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

APP = Path(__file__).parents[2] / "splunk_app" / "dsdl_hunt"
VIEWS = [
    path
    for path in sorted((APP / "default" / "data" / "ui" / "views").glob("*.xml"))
    if ElementTree.parse(path).getroot().get("version") == "2"  # Dashboard Studio
]
_DATA = ("sample", "live")
_MACRO = re.compile(r"`([^`]+)`")
_ASKED = re.compile(r"dsdl_hunt_\$data\$\((\w+)\)")


def stanzas(name: str, folder: str = "default") -> dict[str, dict[str, str]]:
    """A conf file: {stanza: {key: value}}."""
    reader = configparser.RawConfigParser(delimiters=("=",), strict=True, interpolation=None)
    reader.optionxform = str  # type: ignore[assignment,method-assign]
    text = (APP / folder / name).read_text("utf-8").replace("[]\n", "[all]\n")
    reader.read_string(_joined(text))
    return {section: dict(reader[section]) for section in reader.sections()}


def dashboard(path: Path) -> dict[str, Any]:
    definition = ElementTree.parse(path).getroot().findtext("definition")
    assert definition
    read: dict[str, Any] = json.loads(definition)
    return read


def queries(path: Path) -> dict[str, str]:
    """{data source: search} of a dashboard."""
    sources = dashboard(path)["dataSources"]
    return {name: source["options"]["query"] for name, source in sources.items()}


def searches() -> dict[str, str]:
    """All SPL of the app: {where it is: search}."""
    found = {f"macro {name}": one["definition"] for name, one in stanzas("macros.conf").items()}
    if (APP / "default" / "savedsearches.conf").exists():
        found |= {
            f"saved {name}": one["search"] for name, one in stanzas("savedsearches.conf").items()
        }
    for path in VIEWS:
        found |= {f"{path.stem} {name}": query for name, query in queries(path).items()}
    return found


def macros_used(search: str) -> set[str]:
    """Names of macros as their stanzas are called: `name`, `name(1)`; for the input *Data* of
    dashboards, those of each of its values."""
    used = set()
    choices = [call.replace("$data$", data) for call in _MACRO.findall(search) for data in _DATA]
    for call in choices:
        name, bracket, arguments = call.partition("(")
        used.add(f"{name}({arguments.count(',') + 1})" if bracket else name)
    return used


def models_asked(search: str) -> list[str]:
    """The models whose findings a dashboard's search shows."""
    return _ASKED.findall(search)


def lookup(name: str) -> tuple[list[str], list[dict[str, str]]]:
    """The columns and rows of a lookup's file."""
    with (APP / "lookups" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        rows = list(reader)
        return list(reader.fieldnames or ()), rows


def replicated(app: Path) -> list[str]:
    """The files of an app that its knowledge bundle takes to indexers, by Splunk's own rules for
    commands (bin, default) and those that the app adds."""
    rules = stanzas("distsearch.conf")
    confs = {"commands", "props", "transforms"} | {
        key.removeprefix("replicate.")
        for key, value in rules["replicationSettings:refineConf"].items()
        if value == "true"
    }
    added = [
        re.escape(pattern).replace(r"\.\.\.", ".*").replace(r"\*", "[^/]*")
        for pattern in rules["replicationAllowlist"].values()
    ]
    allowed = [r"apps/[^/]+/bin/.*", rf"apps/[^/]+/default/({'|'.join(confs)})\.conf", *added]
    names = [path.relative_to(app).as_posix() for path in app.rglob("*") if path.is_file()]
    return [
        name
        for name in names
        if any(re.fullmatch(one, f"apps/{app.name}/{name}") for one in allowed)
    ]


def _joined(text: str) -> str:
    """Lines that a backslash continues, as one."""
    return re.sub(r"\\\n\s*", " ", text)
