"""Runs the commands of a search, each on what the one before gave."""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.hunting.visible import visible
from app.spl import meta, paste, registry, table
from app.spl.client import Container
from app.spl.meta import Fitted
from app.spl.parser import Apply, Command, Fit, Summary
from app.spl.table import Table


@dataclass(frozen=True)
class SearchHead:
    """What a search head is set up with: a container, and the folder of the fitted models."""

    container: Container
    models: Path


def run(commands: Iterable[Command], events: Table, head: SearchHead) -> Table:
    """What the search shows in the end. Raises SplError; notes go to standard error."""
    for command in commands:
        match command:
            case Fit():
                events = _fit(command, events, head)
            case Apply():
                events = _apply(command, events, head)
            case Summary():
                events = _summary(command, head)
    return events


def _fit(command: Fit, events: Table, head: SearchHead) -> Table:
    fitted = meta.of_fit(command, events.columns)
    needed = [*fitted.features, *([fitted.target] if fitted.target else [])]
    data = table.write(table.select(events, needed))
    answer = head.container.search("fit", data, meta.fit_meta(fitted))
    if command.model:
        registry.save(head.models, command.model, fitted)
    return _with_results(events, answer, fitted)


def _apply(command: Apply, events: Table, head: SearchHead) -> Table:
    fitted = meta.of_apply(command, registry.load(head.models, command.model))
    data = table.write(table.select(events, meta.present(fitted.features, events.columns)))
    answer = head.container.search("apply", data, meta.apply_meta(fitted))
    return _with_results(events, answer, fitted)


def _summary(command: Summary, head: SearchHead) -> Table:
    registry.load(head.models, command.model)
    summary = json.dumps(head.container.summary(), ensure_ascii=False)
    return Table(["summary", "name"], [[summary, command.model.name]])


def _with_results(events: Table, answer: dict[str, Any], fitted: Fitted) -> Table:
    if "results" not in answer:
        _note(str(answer.get("message")))
        return events
    results = table.read(str(answer["results"]), "result")
    if len(results.rows) != len(events.rows):
        _note(
            f"warning: the result has {len(results.rows)} rows for {len(events.rows)} events; "
            "they are beside each other by position, so beside the wrong ones"
        )
    output_name = fitted.options.get("output_name")
    columns = paste.names(results.columns, fitted.target, output_name)
    return paste.paste(events, Table(columns, results.rows))


def _note(text: str) -> None:
    print(visible(text), file=sys.stderr)
