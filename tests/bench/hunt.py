"""Measures | hunt beside | apply: the same rows, to the same service, over HTTPS.

    python -m tests.bench.hunt [--rows 50000] [--stream 1000000]

| apply sends all rows in one body, | hunt in chunks as splunkd gives them. Both are measured from
the first byte to the last result, on command lines of up to 1,000 characters; what splunkd itself
does is in neither. Then as many rows as --stream says go through | hunt, while the memory of its
process is read after each chunk, and that of the service and all its processes four times a second.
"""

import argparse
import json
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.spl.splunkd import Command, Splunkd, command, encoded, splunkd
from tests.bench import rows
from tests.running_service import TOKEN, RunningService, body, children, running_service
from tests.splunk_app.conftest import installed

LENGTHS = """
def init(df, param): return {}
def fit(model, df, param): pass
def save(model, name): pass
def load(name): return {}
def apply(model, df, param): return df[["command_line"]].assign(length=df["command_line"].str.len())
"""
_CHUNK = 50_000
_LONGEST = 1_000  # characters: what process events mostly have


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.hunt", description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000, help="rows of the comparison")
    parser.add_argument("--stream", type=int, default=1_000_000, help="rows of the long search")
    arguments = parser.parse_args()
    lines = [text for text in rows.unique()["command_line"] if len(text) <= _LONGEST]
    with tempfile.TemporaryDirectory() as folder, running_service() as service:
        app = installed(Path(folder))
        service.module("lengths", LENGTHS)
        certificate = service.srv / "app" / "tls" / "cert.pem"
        with splunkd(TOKEN, url=service.url, ca_path=str(certificate)) as rest:
            for model in ("lengths", "ioc_extract"):
                _compare(service, app, rest, model, lines, arguments.rows)
            _stream(service, app, rest, lines, arguments.stream)


def _compare(
    service: RunningService, app: Path, rest: Splunkd, model: str, lines: list[str], count: int
) -> None:
    texts = [lines[n % len(lines)] for n in range(count)]
    quoted = (text.replace('"', '""') for text in texts)
    data = "command_line\n" + "".join(f'"{text}"\n' for text in quoted)
    service.fit(data[: data.index("\n") + 1] + '"x"\n', model, "bench")
    content = json.dumps(body(data, model, "bench", limits={"max_score_time": "600"})).encode()
    seconds = _seconds(lambda: service.post("/apply", content))
    print(f"{model}: | apply {count / seconds:,.0f} rows/s, one body of {len(content) >> 20} MB")
    chunks = list(_chunks(texts))
    with command(app, "hunt") as hunt:
        hunt.getinfo(rest, model, "command_line")
        seconds = _seconds(lambda: _send(hunt, chunks))
    print(f"{model}: | hunt {count / seconds:,.0f} rows/s, chunks of {_CHUNK:,}")


def _stream(
    service: RunningService, app: Path, rest: Splunkd, lines: list[str], count: int
) -> None:
    chunk = next(_chunks([lines[n % len(lines)] for n in range(_CHUNK)]))
    with _watched(service) as held, command(app, "hunt") as hunt:
        hunt.getinfo(rest, "lengths", "command_line")
        start, used = time.perf_counter(), []
        for _ in range(count // _CHUNK):
            _send(hunt, [chunk])
            used.append(_mb(hunt.process.pid))
        seconds = time.perf_counter() - start
    shown = ", ".join(f"{mb:.0f}" for mb in used)
    print(f"{len(used) * _CHUNK:,} rows through | hunt: {len(used) * _CHUNK / seconds:,.0f} rows/s")
    print(f"resident MB of | hunt after each {_CHUNK:,} rows: {shown}")
    most = [
        max(held[n : n + len(held) // 10 or 1]) for n in range(0, len(held), len(held) // 10 or 1)
    ]
    shown = ", ".join(f"{mb:.0f}" for mb in most)
    print(f"MB of the service, the most of each tenth of that time: {shown}")


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _chunks(texts: list[str]) -> Iterator[bytes]:
    for start in range(0, len(texts), _CHUNK):
        yield encoded([{"command_line": text} for text in texts[start : start + _CHUNK]])


def _send(hunt: Command, chunks: list[bytes]) -> None:
    for chunk in chunks:
        hunt.send({"action": "execute", "finished": False}, chunk)
        metadata, events = hunt.raw_reply()
        assert events, metadata


@contextmanager
def _watched(service: RunningService) -> Iterator[list[float]]:
    """Proportional MB of the service and its processes, read until the end."""
    held: list[float] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.25):
            held.append(sum(map(_proportional_mb, _tree(service.process.pid))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield held
    finally:
        ended.set()
        watcher.join()


def _tree(pid: int) -> list[int]:
    return [pid, *(one for child in children(pid) for one in _tree(child))]


def _proportional_mb(pid: int) -> float:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):  # the process of a chunk has ended
        return 0.0
    found = re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def _mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


if __name__ == "__main__":
    main()
