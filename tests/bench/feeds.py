"""Local feeds of two million entries: time to index them, to look up a search, and memory.

    python -m tests.bench.feeds [--entries N]

Makes its own feeds in a temporary folder. Each step runs in a process of its own on one core, as
in the service: the index is built by one process, and read by another for each search.
"""

import argparse
import json
import multiprocessing
import os
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from app.enrichment.feeds import Feeds
from app.enrichment.observables import Observable, detect
from app.enrichment.verdicts import Verdict

ROWS = 100_000
DISTINCT = 3_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--entries", type=int, default=2_000_000, help="in all feeds together")
    entries = parser.parse_args().entries
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as temporary:
        folder, index = Path(temporary, "feeds"), Path(temporary, "index")
        folder.mkdir()
        write_feeds(folder, entries)
        report: dict[str, Any] = {"entries": entries}
        report["build"] = _in_process(_build, folder, index)
        report["nothing changed"] = _in_process(_build, folder, index)
        with (folder / "hashes.txt").open("a") as file:
            file.write(f"{'f' * 64}\n")
        report["one feed changed"] = _in_process(_build, folder, index)
        report["index_mb"] = _megabytes(index)
        report["first search"] = _in_process(_search, folder, index, entries)
        report["second search"] = _in_process(_search, folder, index, entries)
    print(json.dumps(report, indent=2))
    path = Path("build/bench-feeds.json")
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(report, indent=2) + "\n")


def _in_process(step: Callable[..., dict[str, Any]], *arguments: Any) -> dict[str, Any]:
    """A step's report, with its time and memory, from a new process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (step, arguments))


def _measured(step: Callable[..., dict[str, Any]], arguments: tuple[Any, ...]) -> dict[str, Any]:
    before = _peak_mb()
    start = time.perf_counter()
    report = step(*arguments)
    report["seconds"] = round(time.perf_counter() - start, 3)
    return {**report, "memory_mb": {"program": before, "peak": _peak_mb()}}


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _megabytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) >> 20


def _build(folder: Path, index: Path) -> dict[str, Any]:
    states = Feeds(folder, index).refresh()
    return {"entries": sum(state.entries for state in states)}


def _search(folder: Path, index: Path, entries: int) -> dict[str, Any]:
    """What a search does with a column of observables, without reading and writing CSV."""
    column = rows(entries)
    feeds = Feeds(folder, index)
    start = time.perf_counter()
    distinct = {text: detect(text) for text in dict.fromkeys(column)}
    detected = time.perf_counter()
    verdicts = feeds.lookup_many([one for one in distinct.values() if one])
    looked_up = time.perf_counter()
    names = {text: _sources(verdicts, one) for text, one in distinct.items()}
    joined = [names[text] for text in column]
    end = time.perf_counter()
    again = time.perf_counter()
    feeds.lookup_many([one for one in distinct.values() if one])
    warm = time.perf_counter() - again
    return {
        "rows": len(joined),
        "distinct": len(distinct),
        "matched": len(verdicts),
        "detect_s": round(detected - start, 3),
        "lookup_s": round(looked_up - detected, 3),
        "join_s": round(end - looked_up, 3),
        "lookup_us_each": round((looked_up - detected) / len(distinct) * 1e6, 1),
        "lookup_warm_us_each": round(warm / len(distinct) * 1e6, 1),
    }


def _sources(verdicts: dict[Observable, list[Verdict]], one: Observable | None) -> str:
    return "|".join(verdict.source for verdict in verdicts.get(one, [])) if one else ""


def write_feeds(folder: Path, entries: int) -> None:
    """Feeds of the usual kinds: domains, addresses, blocks, URLhaus' table, hashes."""
    domains, addresses, urls = entries * 35 // 100, entries * 25 // 100, entries * 20 // 100
    hashes = entries - domains - addresses - urls - 1_000
    _write(folder / "domains.txt", (_domain(number) for number in range(domains)))
    _write(folder / "addresses.txt", (_address(number) for number in range(addresses)))
    _write(folder / "blocks.netset", (f"2001:db8:{n:x}::/48" for n in range(1_000)))
    _write(folder / "urlhaus.csv", _urlhaus(urls))
    _write(folder / "hashes.txt", (_hash(number) for number in range(hashes)))


def _write(path: Path, lines: Iterator[str]) -> None:
    with path.open("w") as file:
        file.writelines(f"{line}\n" for line in lines)


def _domain(number: int) -> str:
    return f"c2-{number:07d}.example.net"


def _address(number: int) -> str:
    """198.18.0.0/15 is for benchmarks; beyond its 131,072 addresses, documentation IPv6."""
    if number < 131_072:
        return f"198.{18 + number // 65_536}.{number // 256 % 256}.{number % 256}"
    return f"2001:db8:f000::{number // 65_536:x}:{number % 65_536:x}"


def _url(number: int) -> str:
    return f"http://198.51.100.{number % 256}:{1024 + number % 60_000}/{number:07d}/bin.sh"


def _hash(number: int) -> str:
    return f"{number:064x}"


def _urlhaus(count: int) -> Iterator[str]:
    yield "# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter"
    for number in range(count):
        page = f"https://urlhaus.example.org/url/{number}/"
        day = f"2026-01-{number % 28 + 1:02d} 10:00:00"
        yield (
            f'"{number}","{day}","{_url(number)}","online","{day}","malware_download",'
            f'"32-bit,elf,Mozi","{page}","anonymous"'
        )


def rows(entries: int) -> list[str]:
    """A column of ROWS values, DISTINCT of them different, half of which the feeds know."""
    draw = random.Random(4)
    known = [
        lambda: f"www.{_domain(draw.randrange(entries * 35 // 100))}",
        lambda: _address(draw.randrange(entries * 25 // 100)),
        lambda: f"{_url(draw.randrange(entries * 20 // 100))}?id={draw.randrange(9)}",
        lambda: _hash(draw.randrange(entries * 15 // 100)),
        lambda: f"2001:db8:{draw.randrange(1_000):x}::{draw.randrange(65_536):x}",
    ]
    unknown = [
        lambda: f"www.host-{draw.randrange(10**9)}.example.com",
        lambda: f"203.0.113.{draw.randrange(256)}",
        lambda: f"https://host-{draw.randrange(10**9)}.example.com/index.html",
        lambda: f"{draw.randrange(2**255, 2**256):064x}",
        lambda: f"2001:db8:ffff::{draw.randrange(2**16):x}",
    ]
    distinct: dict[str, None] = {}
    for makers, size in ((known, DISTINCT // 2), (unknown, DISTINCT)):
        while len(distinct) < size:
            distinct[draw.choice(makers)()] = None
    values = list(distinct)
    return draw.choices(values, k=ROWS - len(values)) + values


if __name__ == "__main__":
    main()
