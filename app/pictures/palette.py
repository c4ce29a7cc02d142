"""Colours that colour-blind readers can tell apart, on white and on black.

Source: Okabe and Ito, Color Universal Design, 2008; black is replaced by what suits the page.
"""

from app.pictures.scene import Role

COLOURS: dict[Role, str] = {
    "first": "#0072B2",
    "second": "#E69F00",
    "third": "#009E73",
    "fourth": "#CC79A7",
    "fifth": "#56B4E9",
    "sixth": "#B8A800",
    "seventh": "#8C6BB1",
    "alarm": "#D55E00",
    "quiet": "#8A8A8A",
}
GROUPS: tuple[Role, ...] = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")
