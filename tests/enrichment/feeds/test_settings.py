from pathlib import Path

import pytest

from app.enrichment.feed_formats.entry import FeedError
from app.enrichment.feed_formats.settings import Columns, FeedSettings, load


def test_load_without_a_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path / "a.txt.yaml", "a") == FeedSettings("a", "malicious", 90, (), "", None)


def test_load_takes_every_key(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.yaml"
    path.write_text(
        """
        name: Ours
        verdict: suspicious
        tags: [a, b]
        link: https://ti.example.com/{kind}/{value}?{id}
        csv: {value: [ip, 2], tags: family, delimiter: ";", header: [ip, family]}
        """
    )
    assert load(path, "a") == FeedSettings(
        "Ours",
        "suspicious",
        50,
        ("a", "b"),
        "https://ti.example.com/{kind}/{value}?{id}",
        Columns(("ip", "2"), ("family",), delimiter=";", header=("ip", "family")),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a", "use keys and values"),
        ("verdict: bad", "verdict is 'bad': use one of unknown, benign, suspicious, malicious"),
        ("score: 101", "score is 101"),
        ("scor: 1", "unknown key 'scor': use csv, link, name, score, tags, verdict"),
        ("link: https://{host}", "link is 'https://{host}'"),
        ("link: 'https://{'", "link is"),
        ("tags: [{a: b}]", "tags is"),
        ("csv: {}", "csv.value is missing"),
        ("csv: {value: a, delimiter: ab}", "csv.delimiter is 'ab'"),
        ("csv: {values: a}", "unknown key 'values'"),
        ("a: [", "a.txt.yaml"),
    ],
)
def test_load_says_what_is_wrong_and_where(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.txt.yaml"
    path.write_text(text)
    with pytest.raises(FeedError, match=r"a\.txt\.yaml") as caught:
        load(path, "a")
    assert message in str(caught.value)
