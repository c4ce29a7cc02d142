import re
from pathlib import Path

import pytest
import yaml

from app.hunting import models
from tests.splunk_app.knowledge import lookup, macros_used, models_asked, searches, stanzas

FINDINGS = Path(__file__).parents[2] / "app" / "splunk" / "findings.yaml"
_WORDS = yaml.safe_load(Path(__file__).with_name("spl_words.yaml").read_text("utf-8"))
_NOT_FIELDS = re.compile(
    r'"(?:[^"\\]|\\.)*"'  # texts
    r"|`[^`]+`"  # macros
    r"|\$[^$ ]+\$\w*"  # tokens, and the model behind that of the data
    r"|<<FIELD>>"
    r"|\b(?:inputlookup|lookup|huntfit|hunt|apply|source=|algo=|into app:|into|model=) ?\w+"
    r"|@\w+|\b\d\w*"  # numbers, spans
)
_OPERATIONS = re.compile(r"dsdl_hunt_\$data\$_(\w+)")
_MADE = re.compile(r"(?:\beval |, |\bAS |\bcolumn_name=)([A-Za-z_][\w.]*)(?==|\b)")
_NAMED = re.compile(r"\?<(\w+)>")
_NAME = re.compile(r"[A-Za-z_][\w.]*\*?")


def _columns(search: str) -> set[str]:
    """Those of the model that a dashboard's search is about, with its sample's fields; else all."""
    asked = models_asked(search)
    described = {
        column.name for name in asked or models.names() for column in models.model(name).columns
    }
    described |= {field for name in asked for field in lookup(f"dsdl_hunt_sample_{name}")[0]}
    kinds = {f"{column.rpartition('_')[0]}_*" for column in described}
    read = {"dsdl_hunt_techniques", "dsdl_hunt_sample_places", "dsdl_hunt_risks"}
    read |= set(re.findall(r"inputlookup (\w+)(?![\w$])", search))
    read |= {f"dsdl_hunt_sample_{name}" for name in _OPERATIONS.findall(search)}
    return described | kinds | {field for name in read for field in lookup(name)[0]}


def _made(search: str) -> set[str]:
    """Fields that a search makes itself."""
    return {*_MADE.findall(search), *_NAMED.findall(search)}


def _made_by_macros(search: str) -> set[str]:
    known = stanzas("macros.conf")
    return {
        name
        for macro in macros_used(search)
        for name in _made(known[macro]["definition"]) | _made_by_macros(known[macro]["definition"])
    }


@pytest.mark.parametrize("place", searches())
def test_search_names_fields_that_there_are(place):
    search = searches()[place]
    if place.startswith("macro") and " " not in search:
        return  # a value, such as the address of the container
    words = set(_NAME.findall(_NOT_FIELDS.sub(" ", search)))
    known = {word for words in _WORDS.values() for word in words}
    arguments = {"predicted_*", "field", "model"}
    assert (
        words - known - _columns(search) - _made(search) - _made_by_macros(search) - arguments
        == set()
    )


def test_schedules_are_off():
    scheduled = {
        name: one for name, one in stanzas("savedsearches.conf").items() if "cron_schedule" in one
    }
    assert len(scheduled) >= 8
    assert {one["enableSched"] for one in scheduled.values()} == {"0"}


def test_findings_are_looked_for_by_when_they_came():
    """They come up to a day after their events: by the time of events, many would be missed."""
    late = {
        name: one
        for name, one in stanzas("savedsearches.conf").items()
        if "dsdl_hunt_findings" in one["search"] and "cron_schedule" in one
    }
    assert len(late) == 2
    for one in late.values():
        assert "_index_earliest=-60m@m _index_latest=@m" in one["search"]
        assert re.fullmatch(r"\d+ \* \* \* \*", one["cron_schedule"])


def test_hunts_look_at_each_minute_once():
    """An hourly search takes an hour, a daily one a day."""
    units = {"m": 60, "h": 3600, "d": 86_400}

    def seconds(text):
        found = re.fullmatch(r"(?:-(\d+)([mhd]))?(?:@[mhd])?", text)
        return int(found[1] or 0) * units[found[2] or "m"]

    for name, one in stanzas("savedsearches.conf").items():
        if "dsdl_hunt_collect(" in one["search"]:
            window = seconds(one["dispatch.earliest_time"]) - seconds(one["dispatch.latest_time"])
            hourly = one["cron_schedule"].split()[1] == "*"
            assert window == (3600 if hourly else 86_400), name


def test_every_hunt_has_a_search_of_its_sample():
    saved = stanzas("savedsearches.conf")
    hunted = {
        model
        for one in saved.values()
        for model in re.findall(r"dsdl_hunt_collect\((\w+)\)", one["search"])
    }
    shown = {
        model
        for name, one in saved.items()
        for model in re.findall(r"inputlookup dsdl_hunt_sample_(\w+)", one["search"])
        if name.startswith("DSDL Hunt - Sample - ")
    }
    assert hunted == set(models.names())
    assert hunted <= shown


def test_findings_that_are_a_risk_have_a_technique_of_attack():
    _, risks = lookup("dsdl_hunt_risks")
    named = {row["technique"] for row in lookup("dsdl_hunt_techniques")[1]}
    assert {row["technique"] for row in risks} <= named
    describing = {"ip_context", "ioc_extract"}
    assert {row["model"] for row in risks} == set(models.names()) - describing
    assert {row["risk_object_type"] for row in risks} == {"system", "user"}
    assert all(0 < int(row["usual_score"]) <= 100 for row in risks)


def test_sample_of_operations_has_something_for_each_panel():
    _, jobs = lookup("dsdl_hunt_sample_jobs")
    assert {row["info"] for row in jobs} == {"completed", "failed", "canceled"}
    _, status = lookup("dsdl_hunt_sample_status")
    assert {row["part"] for row in status} == {"service", "provider", "feed", "database"}
    assert {"ok", "off", "warning"} == {row["state"] for row in status}
    assert {row["level"] for row in lookup("dsdl_hunt_sample_logs")[1]} > {"WARNING", "ERROR"}
    _, listed = lookup("dsdl_hunt_sample_models")
    assert [(row["model"], row["purpose"]) for row in listed] == [
        (name, models.model(name).purpose) for name in models.names()
    ]


def test_searches_name_no_index_of_their_own():
    settings = {
        "macro dsdl_hunt_index",
        "macro dsdl_hunt_findings_index",
        "macro dsdl_hunt_audit_index",
    }
    named = {
        place for place, search in searches().items() if re.search(r"\bindex\s*=\s*[^`]", search)
    }
    assert named == settings


def test_macros_have_as_many_arguments_as_their_names_say():
    for name, one in stanzas("macros.conf").items():
        count = len(one.get("args", "").split(",")) if "args" in one else 0
        assert name.endswith(f"({count})") if count else "(" not in name


def test_every_macro_is_used_or_there_to_be_used():
    used = {name for search in searches().values() for name in macros_used(search)}
    for_analysts = {"dsdl_hunt_logs"}
    assert set(stanzas("macros.conf")) - used - for_analysts == set()


@pytest.mark.parametrize("name", stanzas("transforms.conf"))
def test_lookup_has_rows_of_its_columns(name):
    assert stanzas("transforms.conf")[name]["filename"].removesuffix(".gz") == f"{name}.csv"
    columns, rows = lookup(name)
    assert rows
    assert all(None not in row and set(row) == set(columns) for row in rows)


@pytest.mark.parametrize(
    "model",
    [name.removeprefix("dsdl_hunt_sample_") for name in stanzas("transforms.conf")
     if name.removeprefix("dsdl_hunt_sample_") in models.names()],
)  # fmt: skip
def test_sample_has_the_columns_of_its_model(model):
    columns, _ = lookup(f"dsdl_hunt_sample_{model}")
    # `source` is where a finding came from, in Splunk.
    described = [
        column.name
        for column in models.model(model).columns
        if "<" not in column.name and column.name != "source"
    ]
    assert [name for name in columns if name in described] == described


def test_sample_answers_each_of_its_events():
    _, events = lookup("dsdl_hunt_sample_events")
    _, answers = lookup("dsdl_hunt_sample_powershell_ioc")
    assert [row["command"] for row in answers] == [row["command"] for row in events]


def test_sample_shows_something_in_every_panel():
    _, found = lookup("dsdl_hunt_sample_powershell_ioc")
    shown = [
        "decode_error",
        "ioc_c2",
        "ps_family",
        "ps_techniques",
        "asn_description",
        "ti_sources",
        "ti_errors",
        "new",
        "picture",
    ]
    assert {name: any(row[name] for row in found) for name in shown} == dict.fromkeys(shown, True)
    assert {row["anomaly"] for row in lookup("dsdl_hunt_sample_timeseries_anomaly")[1]} == {
        "-1",
        "0",
        "1",
    }
    assert {row["outlier"] for row in lookup("dsdl_hunt_sample_outliers")[1]} == {"0", "1"}
    assert any(row["chains"] for row in lookup("dsdl_hunt_sample_process_tree")[1])
    assert any(float(row["score"]) > 0.5 for row in lookup("dsdl_hunt_sample_beaconing")[1])
    sessions = lookup("dsdl_hunt_sample_rare_sessions")[1]
    assert {row["session_id"] for row in sessions if float(row["percentile"]) <= 5}
    assert {"-1", "0"} < {row["cluster_id"] for row in lookup("dsdl_hunt_sample_event_clusters")[1]}
    assert all(row["asn"] and row["latitude"] for row in lookup("dsdl_hunt_sample_ip_context")[1])


def test_each_dashboard_reads_samples_that_there_are():
    asked = {model for one in searches().values() for model in models_asked(one)}
    assert {f"dsdl_hunt_sample_{model}" for model in asked} <= set(stanzas("transforms.conf"))


def test_each_model_with_a_sample_has_a_search_that_collects_its_findings():
    asked = {model for one in searches().values() for model in models_asked(one)}
    collected = {
        model
        for one in stanzas("savedsearches.conf").values()
        for model in re.findall(r"dsdl_hunt_collect\((\w+)\)", one["search"])
    }
    assert asked == collected


def test_hunts_name_models_that_a_search_learns():
    saved = " ".join(one["search"] for one in stanzas("savedsearches.conf").values())
    learned = set(re.findall(r"huntfit (\w+) [\w ]+ into (\w+)", saved))
    assert learned
    assert set(re.findall(r"hunt (\w+) [\w ]+ model=(\w+)", saved)) == learned


def test_techniques_of_the_sample_have_names():
    named = {row["technique"] for row in lookup("dsdl_hunt_techniques")[1]}
    found = {
        one
        for row in lookup("dsdl_hunt_sample_powershell_ioc")[1]
        for one in row["ps_techniques"].split("|")
        if one
    }
    assert found <= named


def test_aliases_are_for_the_lists_that_the_container_sends():
    names = yaml.safe_load(FINDINGS.read_text("utf-8"))
    lists = {*names["several"], *(names["aliases"].get(name, name) for name in names["several"])}
    given = {
        key.removeprefix("FIELDALIAS-"): value
        for key, value in stanzas("props.conf")["dsdl_hunt:finding"].items()
        if key.startswith("FIELDALIAS-")
    }
    assert given == {name: f'"{name}{{}}" ASNEW {name}' for name in lists}
