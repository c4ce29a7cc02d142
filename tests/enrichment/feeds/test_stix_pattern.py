import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.enrichment.feed_formats.stix_pattern import MAX_DEPTH, PatternError, values

MD5 = "d41d8cd98f00b204e9800998ecf8427e"
SHA1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[ipv4-addr:value = '192.0.2.1']", ["192.0.2.1"]),
        ("[ipv4-addr:value='192.0.2.1' OR domain-name:value = 'a.example.com']",
         ["192.0.2.1", "a.example.com"]),
        ("[url:value = 'http://example.com/it\\'s'] OR [email-addr:value = 'a@example.com']",
         ["http://example.com/it's", "a@example.com"]),
        ("[ipv4-addr:value IN ('192.0.2.1', '192.0.2.2')]", ["192.0.2.1", "192.0.2.2"]),
        ("[ipv4-addr:value ISSUBSET '192.0.2.0/24']", ["192.0.2.0/24"]),
        (f"[file:hashes.MD5 = '{MD5}' AND file:hashes.'SHA-1' = '{SHA1}']", [MD5, SHA1]),
        (f"[file:name = 'a.exe' AND file:hashes.MD5 = '{MD5}']", [MD5]),
        (f"[domain-name:value = 'a.example.com' AND file:hashes.MD5 = '{MD5}']", [MD5]),
        ("[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:dst_port = 443 AND network-traffic:protocols[*] = 'tcp']",
         ["192.0.2.1"]),
        ("[domain-name:value = 'a.example.com' AND domain-name:resolves_to_refs[*].value = '192.0.2.1']",
         ["a.example.com"]),
        ("[(ipv4-addr:value = '192.0.2.1' OR ipv4-addr:value = '192.0.2.2') AND network-traffic:dst_port = 80]",
         ["192.0.2.1", "192.0.2.2"]),
        ("[ipv4-addr:value = '192.0.2.1'] WITHIN 600 SECONDS", ["192.0.2.1"]),
        ("[ipv4-addr:value = '192.0.2.1'] START t'2026-01-01T00:00:00Z' STOP t'2026-02-01T00:00:00Z'",
         ["192.0.2.1"]),
    ],
)  # fmt: skip
def test_values_that_satisfy_a_pattern(pattern: str, expected: list[str]) -> None:
    assert values(pattern) == expected


@pytest.mark.parametrize(
    "pattern",
    [
        "[ipv4-addr:value != '192.0.2.1']",
        "[ipv4-addr:value NOT = '192.0.2.1']",
        "[domain-name:value LIKE '%.example.com']",
        "[domain-name:value MATCHES 'example']",
        "[EXISTS file:hashes.MD5]",
        "[ipv4-addr:value = '192.0.2.1' AND domain-name:value = 'a.example.com']",
        "[ipv4-addr:value = '192.0.2.1' AND process:name = 'a']",
        "[ipv4-addr:value = '192.0.2.1'] AND [domain-name:value = 'a.example.com']",
        "([ipv4-addr:value = '192.0.2.1'] FOLLOWEDBY [domain-name:value = 'a.example.com'])",
        "[process:command_line = 'x']",
    ],
)
def test_values_is_empty_where_no_value_satisfies_alone(pattern: str) -> None:
    assert values(pattern) == []


@pytest.mark.parametrize(
    "pattern",
    ["", "text", "[", "[ipv4-addr:value = '192.0.2.1'", "[ipv4-addr:value = ]", "[] x", "[a:b = 'c'] x",
     "(" * (MAX_DEPTH + 2), "[" + "(" * (MAX_DEPTH + 2), "[a:b = 'c'" + " OR a:b = 'c'" * 20_000],
)  # fmt: skip
def test_values_refuses_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(PatternError):
        values(pattern)


@given(st.text(alphabet="[]()'=:., \\ORANDINipv4-addr:value1", max_size=80))
def test_values_gives_values_or_a_pattern_error(pattern: str) -> None:
    try:
        assert all(isinstance(value, str) for value in values(pattern))
    except PatternError as error:
        assert str(error)
