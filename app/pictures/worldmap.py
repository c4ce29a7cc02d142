"""Where addresses are, on outlines of the countries that come with the package.

The outlines are Natural Earth's at 1:110 million (public domain), by way of world-atlas 2.0.2.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from app.pictures import together
from app.pictures.scene import MAX_MARKS, Areas, Axis, Points, Scene


def worldmap(
    places: pd.DataFrame,
    latitude: str = "latitude",
    longitude: str = "longitude",
    title: str = "Where the addresses are",
) -> Scene:
    """A map of `places`: one row each, in degrees. Rows at the same place are drawn as one.

    Raises KeyError if there is no such column.
    """
    rest = places.drop(columns=[latitude, longitude]).rename(columns={"count": "count_"})
    numbers = together.clear(rest).assign(
        y=pd.to_numeric(places[latitude], errors="coerce"),
        x=pd.to_numeric(places[longitude], errors="coerce"),
    )
    known = numbers[numbers["y"].between(-90, 90) & numbers["x"].between(-180, 180)]
    named = [name for name in known.columns if name not in ("x", "y")]
    spots = known.groupby(["x", "y"], sort=False)[named].agg(_listed).reset_index()
    spots["count"] = known.groupby(["x", "y"], sort=False).size().to_numpy()
    spots = spots.sort_values("count", ascending=False, kind="stable")
    spots["size"] = 7 + 6 * np.log10(spots["count"])
    left = len(places) - len(known)
    note = f"Of {len(spots):,} places, {MAX_MARKS:,} are drawn. " * (len(spots) > MAX_MARKS)
    note += f"{left:,} rows have no place that is known." * bool(left)
    return Scene(
        title=title,
        description=f"{len(known):,} rows at {len(spots):,} places.",
        x=Axis("longitude"),
        y=Axis("latitude"),
        layers=(Areas(*_outlines()), Points(spots.iloc[:MAX_MARKS], "places", "alarm")),
        table=spots.drop(columns="size").rename(columns={"x": longitude, "y": latitude}),
        note=note.strip(),
        same_scale=True,
    )


def _listed(values: pd.Series) -> str:
    """The first few distinct values of a place."""
    found = list(dict.fromkeys(values.dropna().astype(str)))
    return ", ".join(found[:5]) + f", ... ({len(found):,})" * (len(found) > 5)


@cache
def _outlines() -> tuple[tuple[tuple[float, ...], ...], tuple[tuple[float, ...], ...]]:
    path = Path(__file__).with_name("countries.json")
    countries: dict[str, list[list[float]]] = json.loads(path.read_text("utf-8"))
    rings = [ring for country in countries.values() for ring in country]
    return tuple(tuple(ring[0::2]) for ring in rings), tuple(tuple(ring[1::2]) for ring in rings)
