"""What a search head does with a result: it pastes the columns beside the events, by position."""

from collections.abc import Sequence
from itertools import zip_longest

from app.spl.table import Table


def names(columns: Sequence[str], target: str | None, output_name: str | None) -> list[str]:
    """What the columns of a result are called in the search.

    Without a target all get the prefix `predicted_` (`name_` after `as name`). With one, the first
    column is the prediction, `predicted_<target>` (or `name`), and the others stay as they are.
    """
    if target is None:
        return [f"{output_name or 'predicted'}_{column}" for column in columns]
    return [output_name or f"predicted_{target}", *columns[1:]]


def paste(events: Table, results: Table) -> Table:
    """The events, and beside row n row n of the results. Columns of the results replace events'
    columns of the same name. What one side has too few rows for stays empty."""
    kept = [at for at, column in enumerate(events.columns) if column not in set(results.columns)]
    columns = [events.columns[at] for at in kept] + results.columns
    no_event, no_result = [""] * len(events.columns), [""] * len(results.columns)
    rows = [
        [(event or no_event)[at] for at in kept] + (result or no_result)
        for event, result in zip_longest(events.rows, results.rows)
    ]
    return Table(columns, rows)
