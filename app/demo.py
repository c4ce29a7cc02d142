"""The main job on the bundled sample: python -m app.demo

Starts the service as it would run anywhere, sends it the sample as DSDL does, prints what the
search shows, and writes build/demo/report.html.
"""

import contextlib
import os
import re
import secrets
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from app import report
from app.hunting.visible import visible
from app.sample import SAMPLE
from app.sample.enrichment import FEEDS, GEO
from app.settings import Folders
from app.spl import SplError, parser, search, splunkd, table
from app.spl.client import Container
from app.spl.table import Table
from splunk_app import vendor

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "build" / "demo"
FIELD = "ParentCommandLine"
SEARCHES = (
    f"| fit MLTKContainer algo=powershell_ioc {FIELD} into app:hunt",
    "| apply hunt",
)
HUNT = f"| hunt powershell_ioc {FIELD}"
HUNTS = sys.version_info < (3, 13)  # for later ones there is another splunk-sdk than the app's
_START_SECONDS = 45
_LOG_LINES = 20
_WIDTH = 120  # at most, and where there is no terminal
_ROOMY = 100  # from here on there is room for another column
_STYLES = {
    "decoded": "green", "partial": "yellow", "error": "red", "none": "dim",
    "malicious": "red", "suspicious": "yellow", "benign": "green", "unknown": "dim",
}  # fmt: skip


class DemoError(Exception):
    """The service does not do its part."""


@dataclass(frozen=True)
class _Service:
    process: subprocess.Popen[bytes]
    log: Path
    certificate: Path

    def url(self) -> str | None:
        """Where it says that it listens."""
        found = re.search(r"listening on (\S+)", self.log.read_text("utf-8", "replace"))
        return found[1] if found else None

    def wait(self) -> str:
        """Its URL, once it is ready. Raises DemoError if it is not in time."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if (url := self.url()) and self._is_ready(url):
                return url
            time.sleep(0.05)
        raise DemoError("the service did not start")

    def _is_ready(self, url: str) -> bool:
        context = ssl.create_default_context(cafile=self.certificate)
        try:
            with urllib.request.urlopen(f"{url}/readyz", context=context, timeout=5) as response:  # noqa: S310
                return bool(response.status == 200)
        except urllib.error.URLError:
            return False


def main() -> int:
    """Entry point; exit code 1 if something fails, with the end of the service's log."""
    os.environ["no_proxy"] = "*"  # the demo talks to this machine only
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER, prefix="srv-") as folder:
        log = Path(folder) / "service.log"
        try:
            events, seconds = _run(Path(folder), log)
        except (DemoError, SplError, OSError) as error:
            print(f"demo: {visible(str(error))}. The service's last words:", file=sys.stderr)
            print("\n".join(_tail(log)), file=sys.stderr)
            return 1
    path = FOLDER / "report.html"
    report.write(path, events, FIELD, f"{SAMPLE.name} {SEARCHES[-1]}")
    _print(events, seconds, path)
    return 0


def _run(folder: Path, log: Path) -> tuple[Table, float]:
    """The sample as the search shows it, and the seconds that fit and apply took."""
    token = secrets.token_urlsafe(32)
    events = table.read(SAMPLE.read_text("utf-8"))
    with _service(folder, log, token) as service:
        container = Container(service.wait(), token, service.certificate)
        head = search.SearchHead(container, folder / "models")
        start = time.perf_counter()
        for text in SEARCHES:
            result = search.run(parser.parse(text), events, head)
        seconds = time.perf_counter() - start
        if HUNTS:
            _hunt(folder, service, token, events, result)
        return result, seconds


def _hunt(folder: Path, service: _Service, token: str, events: Table, applied: Table) -> None:
    """The same through | hunt. Raises DemoError if it does not say the same."""
    app = folder / "dsdl_hunt"
    shutil.copytree(ROOT / "splunk_app" / "dsdl_hunt", app)
    vendor.fill(app)
    chunk: list[splunkd.Event] = [
        dict(zip(events.columns, row, strict=True)) for row in events.rows
    ]
    with (
        splunkd.splunkd(token, url=service.wait(), ca_path=str(service.certificate)) as rest,
        splunkd.command(app, "hunt") as hunt,
    ):
        hunt.getinfo(rest, *HUNT.split()[2:])
        reply = hunt.execute(chunk, finished=True)
    if reply.messages or len(reply.events) != len(events.rows):
        raise DemoError("; ".join(reply.messages) or "| hunt lost events")
    place = applied.columns.index("predicted_decode_final")
    if [event["decode_final"] for event in reply.events] != [row[place] for row in applied.rows]:
        raise DemoError("| hunt does not say what | apply says")


@contextlib.contextmanager
def _service(folder: Path, log: Path, token: str) -> Iterator[_Service]:
    srv = folder / "srv"
    settings = {
        "api_token": token,
        "SRV_DIR": str(srv),
        "HOST": "127.0.0.1",
        "PORT": "0",
        "ENABLE_HTTPS": "true",
        "API_SSL_CERT": "",
        "API_SSL_KEY": "",
        "HUNT_FEEDS": str(FEEDS),
        "HUNT_GEO": str(GEO),
        "HUNT_WHOIS": "",
        "HUNT_RDAP": "",
    }
    command = [sys.executable, "-m", "app"]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 (our own service)
            command, cwd=ROOT, env={**os.environ, **settings}, stdout=output, stderr=output
        )
    try:
        yield _Service(process, log, Folders(srv).tls / "cert.pem")
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _tail(log: Path) -> list[str]:
    return visible(log.read_text("utf-8", "replace")).splitlines()[-_LOG_LINES:]


def _print(events: Table, seconds: float, path: Path) -> None:
    console = Console(highlight=False, emoji=False)
    console = Console(highlight=False, emoji=False, width=_width(console))
    for text in SEARCHES:
        console.print(Text(text, "bold"))
    rows = [dict(zip(events.columns, row, strict=True)) for row in events.rows]
    console.print(_grid(rows, console.width))
    if HUNTS:
        console.print(Text(f"{HUNT} says the same, without MLTK and DSDL"))
    found = sum(bool(row["predicted_ioc_c2"]) for row in rows)
    console.print(
        f"{len(rows)} events, {found} that connect somewhere; "
        f"fit and apply took {seconds:.1f} s. With every layer: {path.relative_to(ROOT)}"
    )


def _width(console: Console) -> int:
    return min(console.width, _WIDTH) if console.is_terminal else _WIDTH


def _grid(rows: list[dict[str, str]], width: int) -> Grid:
    """A line for each event: what a hunter looks at first, and each column's share of the width."""
    shares = {
        "decode_status": None,
        "decode_chain": 19,
        "ioc_c2": 35,
        "ps_family": 14,
        "asn_description": None,
        "ti_verdict": None,
        FIELD: 12,
    }
    if width < _ROOMY:
        del shares["ps_family"], shares["asn_description"]
    grid = Grid(box=None, expand=True, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    for name, share in shares.items():
        grid.add_column(name, no_wrap=True, overflow="ellipsis", ratio=share)
    for row in rows:
        cells = [Text(visible(row[f"predicted_{name}"])) for name in shares]
        for cell in cells:
            cell.stylize(_STYLES.get(cell.plain, ""))
        grid.add_row(*cells)
    return grid


if __name__ == "__main__":
    sys.exit(main())
