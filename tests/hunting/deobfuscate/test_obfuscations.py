"""Whatever the generator obfuscates comes back."""

from pathlib import Path
from random import Random

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.hunting.decode import decode
from app.hunting.deobfuscate import deobfuscate
from tests.hunting.deobfuscate.obfuscate import TECHNIQUES, cradle, obfuscate

SPELLINGS = yaml.safe_load(Path(__file__).with_name("spellings.yaml").read_text("utf-8"))
COMMAND_LINES = yaml.safe_load(Path(__file__).with_name("command_lines.yaml").read_text("utf-8"))
HOSTS = (
    "192.0.2.17",
    "198.51.100.7:8080",
    "203.0.113.200",
    "cdn.example.com",
    "a.b.example.net:8443",
)
PATHS = ("a.exe", "x/y.ps1", "login?id=7&x=2", "~user/p.txt", "d/get.php")
SEEDS = range(3)

urls = st.builds(
    "{}://{}/{}".format,
    st.sampled_from(("http", "https")),
    st.sampled_from(HOSTS),
    st.sampled_from(PATHS),
)


def readable(script: str) -> str:
    found = deobfuscate(script)
    assert not found.partial
    return "\n".join((found.text, *found.scripts))


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_url_comes_back_from_each_technique(technique: str) -> None:
    for seed in SEEDS:
        rng = Random(f"{technique} {seed}")
        url = f"https://{rng.choice(HOSTS)}/{rng.choice(PATHS)}"
        script = obfuscate(cradle(url, rng), [technique], rng)
        assert url in readable(script), script


@given(
    urls,
    st.lists(st.sampled_from(sorted(TECHNIQUES)), min_size=2, max_size=3),
    st.integers(0, 1 << 32),
)
@settings(max_examples=150, deadline=None)
def test_url_comes_back_from_techniques_on_top_of_each_other(
    url: str, techniques: list[str], seed: int
) -> None:
    rng = Random(seed)
    script = obfuscate(cradle(url, rng), techniques, rng)
    assert url in readable(script)


@pytest.mark.parametrize("spelling", SPELLINGS, ids=lambda spelling: spelling["name"])
def test_url_comes_back_from_each_spelling(spelling: dict[str, str]) -> None:
    assert "http://evil.example.com/pay.ps1" in readable(spelling["script"])


@pytest.mark.parametrize("sample", COMMAND_LINES, ids=lambda sample: sample["name"])
def test_command_line_gives_its_url_and_no_other(sample: dict[str, str]) -> None:
    assert list(decode(sample["line"]).iocs["url"]) == [sample["url"]]
