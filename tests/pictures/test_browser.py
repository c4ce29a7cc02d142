"""The pages in a real browser: nothing goes wrong, the pointer is answered, text stays text."""

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app import pictures
from app.pictures import page
from tests.pictures import samples
from tests.running_service import RunningService

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def opened(browser, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Opens scenes as a page; at the end, nothing may have gone wrong in it."""
    wrong: list[str] = []

    def noted(message) -> None:  # type: ignore[no-untyped-def]
        if message.type in ("error", "warning"):
            wrong.append(message.text)

    def open_page(*scenes: pictures.Scene, scheme: str = "light"):  # type: ignore[no-untyped-def]
        path = tmp_path / "page.html"
        path.write_text(page.render(list(scenes)), "utf-8")
        tab = browser.new_page(color_scheme=scheme, viewport={"width": 1200, "height": 800})
        tab.on("console", noted)
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.on("dialog", lambda dialog: (wrong.append("a dialog"), dialog.dismiss()))
        tab.on("request", lambda request: seen.append(request.url))
        tab.goto(path.as_uri())
        tab.wait_for_selector("html[data-drawn=true]")
        return tab

    seen: list[str] = []
    yield open_page
    assert wrong == []
    assert {url.partition(":")[0] for url in seen} <= {"file", "data", "blob"}


def test_pointing_at_an_event_shows_it_as_text(opened) -> None:  # type: ignore[no-untyped-def]
    events = samples.events(1)
    tab = opened(pictures.timeline(events, "_time", "host"))
    box = tab.locator(".bk-Canvas").bounding_box()
    for across, down in itertools.product(np.linspace(0.5, 0.53, 12), np.linspace(0.4, 0.55, 12)):
        tab.mouse.move(box["x"] + box["width"] * across, box["y"] + box["height"] * down)
        if tab.locator(".bk-Tooltip").count():
            break
    tab.wait_for_selector(".bk-Tooltip >> text=alert(1)", state="attached", timeout=5000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_kind_is_drawn_in_light_and_dark(opened, scheme: str) -> None:  # type: ignore[no-untyped-def]
    events, processes = samples.events(200), samples.processes()
    numbers = pd.DataFrame({"a": range(9), "b": range(9), "group": list("abcabcabc")})
    places = pd.DataFrame({"latitude": [10, 20], "longitude": [30, 40], "ip": ["x", "y"]})
    scenes = [
        pictures.timeline(events, "_time", "host", marked="odd"),
        pictures.series(events.assign(value=1.0), "_time", "value"),
        pictures.tree(processes, "id", "parent", "image", "score", "odd"),
        pictures.matrix(processes, "image", "id"),
        pictures.graph(processes, "image", "id"),
        pictures.worldmap(places),
        pictures.scatter(numbers, "a", "b", "group"),
    ]
    tab = opened(*scenes, scheme=scheme)
    assert tab.locator("[role=img]").count() == len(scenes)
    assert tab.locator(".bk-Canvas").count() == len(scenes)


def test_a_million_points_stay_responsive(opened) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(0)
    points = pd.DataFrame({"a": rng.normal(size=1_000_000), "b": rng.normal(size=1_000_000)})
    tab = opened(pictures.scatter(points, "a", "b"))
    box = tab.locator(".bk-Canvas").bounding_box()
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.mouse.wheel(0, -200)
    tab.wait_for_selector(".bk-Tooltip >> text=count", state="attached", timeout=5000)


def test_the_data_can_be_read_with_the_keyboard(opened) -> None:  # type: ignore[no-untyped-def]
    tab = opened(pictures.tree(samples.processes(), "id", "parent", "image"))
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.locator("summary").focus()
    tab.keyboard.press("Enter")
    assert tab.locator("td", has_text="winword.exe").is_visible()


def test_page_from_the_service_keeps_its_policy(browser, service: RunningService) -> None:  # type: ignore[no-untyped-def]
    answer = service.fit("a,b\n1,2\n3,4\n", "ioc_extract", "browsed", params={"plot": "true"})
    wrong: list[str] = []
    tab = browser.new_page(ignore_https_errors=True)
    tab.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
    tab.goto(service.url + answer["graphics"]["page"])
    tab.wait_for_selector("html[data-drawn=true]")
    assert tab.locator(".bk-Canvas").count() == 1
    assert [text for text in wrong if "favicon" not in text] == []
