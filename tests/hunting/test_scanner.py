import pytest

from app.hunting.scanner import PatternError, Scanner

MANY = {number: f"word{number * number}" for number in range(2000)}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "dsdl-hunt"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("nothing", []),
        ("ONE", [1]),
        ("one two one", [1, 7]),
        ("it is \u2018quoted\u2019 tWo", [7, 9]),
    ],
)
def test_scanner_finds_each_pattern_once_in_any_case(cache, text, found):
    scanner = Scanner({1: r"\bone\b", 7: "two", 9: r"[\x{2018}-\x{201e}]"})
    assert sorted(scanner.find(text.encode())) == found


def test_scanner_takes_what_is_in_the_cache_folder(cache):
    Scanner(MANY)
    (kept,) = cache.iterdir()
    before = kept.stat().st_mtime_ns
    assert Scanner(MANY).find(b"word49 ") == {2, 7}
    assert kept.stat().st_mtime_ns == before


def test_scanner_of_other_patterns_is_another_one(cache):
    Scanner(MANY)
    assert Scanner(MANY | {7: "two"}).find(b"word49 ") == {2}
    assert len(list(cache.iterdir())) == 2


def test_few_patterns_are_not_kept(cache):
    Scanner({1: "one"})
    assert not cache.exists()


def test_damaged_file_in_the_cache_folder_is_made_anew(cache):
    Scanner(MANY)
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[:40])
    assert Scanner(MANY).find(b"word4 ") == {2}
    assert len(kept.read_bytes()) == len(whole)


def test_scanner_works_where_nothing_can_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert Scanner(MANY).find(b"word4 ") == {2}


@pytest.mark.parametrize("pattern", [r"(a)\1", "a(?=b)", "a*"])
def test_pattern_that_cannot_be_searched_for_is_named(cache, pattern):
    with pytest.raises(PatternError) as caught:
        Scanner({1: "fine", 2: pattern})
    assert str(caught.value).startswith(f"{pattern!r} cannot be searched for: ")
