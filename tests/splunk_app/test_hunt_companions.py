"""| huntfit, | huntmodels and | huntlookup as splunkd runs them."""

import pytest

from app.hunting import models
from app.spl.splunkd import command


def test_huntfit_learns_from_all_chunks_and_hunt_uses_it(app, rest):
    events = [{"bytes": str(n % 7), "app": "a"} for n in range(400)]
    with command(app, "huntfit") as fit:
        info = fit.getinfo(rest, "outliers", "bytes", "n_estimators=20", "into", "usual")
        assert info.metadata["type"] == "reporting"
        assert info.metadata["required_fields"] == ["bytes"]
        assert fit.execute(events[:200]).events == []
        (row,) = fit.execute(events[200:], finished=True).events
        assert fit.end() == 0
    assert (row["model"], row["name"], row["rows"]) == ("outliers", "usual", "400")
    with command(app, "hunt") as hunt:
        hunt.getinfo(rest, "outliers", "bytes", "model=usual")
        (event,) = hunt.execute([{"bytes": "5000"}], finished=True).events
    assert event["outlier"] == "1"


def test_huntfit_learns_nothing_from_a_preview(app, rest):
    events = [{"bytes": str(n % 7)} for n in range(40)]
    with command(app, "huntfit") as fit:
        fit.getinfo(rest, "outliers", "bytes", "into", "whole")
        assert fit.execute(events[:20], preview=True).events == []
        (row,) = fit.execute(events, finished=True).events
    assert row["rows"] == "40"


def test_huntfit_needs_a_name(app, rest):
    with command(app, "huntfit") as fit:
        told = fit.getinfo(rest, "outliers", "bytes").messages
    assert "say what to call the fitted model" in told[0]


def test_huntfit_tells_why_the_container_cannot_fit(app, rest):
    with command(app, "huntfit") as fit:
        fit.getinfo(rest, "outliers", "bytes", "colour=red", "into", "x")
        told = fit.execute([{"bytes": "1"}], finished=True).messages
    assert "unknown option 'colour'" in told[0]


def test_huntfit_without_events_says_so(app, rest):
    with command(app, "huntfit") as fit:
        fit.getinfo(rest, "outliers", "bytes", "into", "x")
        assert "no events to learn from" in fit.execute([], finished=True).messages[0]


def test_huntfit_learns_nothing_without_its_fields(app, rest):
    with command(app, "huntfit") as fit:
        fit.getinfo(rest, "outliers", "bytes", "into", "x")
        told = fit.execute([{"n": "1"}], finished=True).messages
    assert "no event has the field 'bytes'" in told[0]


def test_huntmodels_lists_the_models(app, rest):
    with command(app, "huntmodels") as listing:
        assert listing.getinfo(rest).metadata["generating"] is True
        rows = listing.execute([], finished=True).events
    assert [row["model"] for row in rows] == models.names()


def test_huntlookup_gives_a_row_per_observable(app, rest):
    with command(app, "huntlookup") as lookup:
        lookup.getinfo(rest, "192.0.2.1", "example.com")
        rows = lookup.execute([], finished=True).events
    assert [row["observable"] for row in rows] == ["192.0.2.1", "example.com"]


def test_huntlookup_takes_urls_with_queries_and_commas(app, rest):
    with command(app, "huntlookup") as lookup:
        lookup.getinfo(rest, "http://192.0.2.1/a?b=c,d", "192.0.2.2,192.0.2.3")
        rows = lookup.execute([], finished=True).events
    observables = ["http://192.0.2.1/a?b=c,d", "192.0.2.2", "192.0.2.3"]
    assert [row["observable"] for row in rows] == observables


@pytest.mark.parametrize(
    "arguments, message",
    [([], "name what to look up"), (["192.0.2.1", "colour=red"], "unknown option 'colour'")],
)
def test_huntlookup_says_what_it_cannot_do(app, rest, arguments, message):
    with command(app, "huntlookup") as lookup:
        lookup.getinfo(rest, *arguments)
        assert message in lookup.execute([], finished=True).messages[0]


def test_huntstatus_tells_of_the_container_and_its_lookups(app, rest):
    with command(app, "huntstatus") as status:
        status.getinfo(rest)
        rows = status.execute([], finished=True).events
    told = {(row["part"], row["name"]): row for row in rows}
    assert told["service", "workers"]["remarks"] == "2 of 2 run, 0 of them a search"
    assert told["service", "spool"]["remarks"] == "0 batches wait, 0 were rejected"
    assert told["provider", "virustotal"]["state"] == "off"
    assert told["feed", "feeds"]["state"] == "off"
    assert {row["state"] for row in rows} <= {"ok", "off", "warning", "error"}


def test_huntmodels_says_why_it_cannot_ask(app, rest):
    rest.token = "x"
    with command(app, "huntmodels") as listing:
        listing.getinfo(rest)
        assert "refuses the token" in listing.execute([], finished=True).messages[0]
