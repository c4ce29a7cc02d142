"""Events over time, a lane for each host, user, session or whatever tells them apart."""

import numpy as np
import pandas as pd

from app.pictures import together
from app.pictures.scene import MAX_MARKS, Axis, Cells, Layer, Points, Scene, Segments

MAX_LANES = 40
_BINS = 400


def timeline(
    events: pd.DataFrame,
    time: str,
    lane: str,
    until: str = "",
    marked: str = "",
    title: str = "Events over time",
) -> Scene:
    """A timeline of `events`: one row each, drawn at `time` in its `lane`.

    until: the column with the end of events that last; marked: a column of truth values, those to
    point out. The other columns are shown for the event that is pointed at.

    Raises KeyError if there is no such column.
    """
    events = events.reset_index(drop=True)
    at = together.moments(events[time])
    known = at.notna()
    lanes, names = _lanes(events.loc[known, lane].astype(str))
    shown = together.clear(events[known].drop(columns=[time, until] if until else time))
    data = shown.assign(x=at[known], y=lanes.astype(float))
    alarm = pd.Series(False, data.index)
    if marked:
        alarm = together.truth(events.loc[known, marked])
    ends = together.moments(events[until]) if until else None
    layers = [*_usual(data[~alarm], ends), *_marked(data[alarm])]
    left = int((~known).sum())
    note = _said(int((~alarm).sum()), until)
    note += together.said_of_marked(int(alarm.sum()))
    note += f"{left:,} events have no time that can be read. " * bool(left)
    note += f"Lanes beyond {MAX_LANES} are drawn as one. " * (events[lane].nunique() > MAX_LANES)
    return Scene(
        title=title,
        description=f"{len(data):,} events in {len(names)} lanes by {lane}; "
        f"{int(alarm.sum()):,} are marked.",
        x=Axis("time (UTC)", "time"),
        y=Axis(lane, "category", tuple(names)),
        layers=tuple(layers),
        table=pd.concat([events[known][alarm], events[known][~alarm]]),
        note=note.strip(),
    )


def _lanes(values: pd.Series) -> tuple[pd.Series, list[str]]:
    """The place of each event, and the names from the bottom up: the busiest lane is on top."""
    counts = values.value_counts()
    kept = list(counts.index[:MAX_LANES])
    others = len(counts) - len(kept)
    names = [*kept, f"({others:,} others)"] if others else kept
    places = {name: len(names) - 1 - index for index, name in enumerate(kept)}
    return values.map(places).fillna(0), names[::-1]


def _said(count: int, until: str) -> str:
    if until and count > MAX_MARKS:
        return f"Of {count:,} events that last, the {MAX_MARKS:,} longest are drawn. "
    return together.said(count, "events")


def _usual(data: pd.DataFrame, ends: pd.Series | None) -> list[Layer]:
    if ends is not None:
        until = ends[data.index].fillna(data["x"])
        lasting = data.assign(x0=data["x"], y0=data["y"], x1=until, y1=data["y"])
        longest = np.argsort(data["x"] - until, kind="stable")[:MAX_MARKS]
        drawn = lasting.drop(columns=["x", "y"]).iloc[np.sort(longest)]
        return [Segments(drawn, "events that last", "first")]
    if len(data) <= MAX_MARKS:
        return [Points(data, "events")] if len(data) else []
    return [Cells(_counted(data), "events, darker where there are more")]


def _marked(data: pd.DataFrame) -> list[Layer]:
    if data.empty:
        return []
    return [Points(data.iloc[:MAX_MARKS], "marked", "alarm", symbol="triangle")]


def _counted(data: pd.DataFrame) -> pd.DataFrame:
    """Events counted by lane and stretch of time."""
    milliseconds = data["x"].astype("int64").to_numpy()
    edges = np.linspace(milliseconds.min(), milliseconds.max() + 1, _BINS + 1)
    place = np.searchsorted(edges, milliseconds, side="right") - 1
    counts = pd.Series(1, index=data.index).groupby([place, data["y"].to_numpy()]).sum()
    width = edges[1] - edges[0]
    found = pd.DataFrame(
        {
            "x": edges[counts.index.get_level_values(0)] + width / 2,
            "y": counts.index.get_level_values(1),
            "count": counts.to_numpy(),
        }
    )
    found["x"] = pd.to_datetime(found["x"].astype("int64"), unit="ms")
    found["width"] = pd.Timedelta(width, "ms")
    found["height"] = 0.8
    found["share"] = np.log1p(found["count"]) / np.log1p(found["count"].max())
    return found
