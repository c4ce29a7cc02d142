"""Signature files: what is accepted, how a user's folder adds and replaces, what errors say."""

import re

import pytest

from app.hunting.signatures import SignatureError, load
from app.hunting.signatures.matcher import classify, compile_rules

FAMILY = """
name: Example Tool
description: A tool for tests.
reference: https://example.com/tool
priority: 80
conditions:
  - script:
      all: [Invoke-Example]
examples:
  - Invoke-Example -Now
"""
TECHNIQUE = """
- technique: T1059.001
  name: PowerShell
  reference: https://attack.mitre.org/techniques/T1059/001/
  conditions:
    - script:
        any: [Only-This]
  examples: [Only-This]
"""


def write(folder, kind, name, text):
    path = folder / kind / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_user_family_is_added_to_the_shipped_ones(tmp_path):
    write(tmp_path, "families", "example.yaml", FAMILY)
    matcher = compile_rules(load(tmp_path))
    assert classify(matcher, "", "Invoke-Example").family == "Example Tool"
    assert classify(matcher, "", "Invoke-Mimikatz -DumpCreds").family == "Mimikatz"


def test_user_family_of_a_shipped_name_replaces_it(tmp_path):
    write(tmp_path, "families", "m.yml", FAMILY.replace("Example Tool", "Mimikatz"))
    matcher = compile_rules(load(tmp_path))
    assert classify(matcher, "", "Invoke-Example").family == "Mimikatz"
    assert classify(matcher, "", "Invoke-Mimikatz -DumpCreds").family == ""


def test_user_technique_of_a_shipped_id_replaces_it(tmp_path):
    write(tmp_path, "techniques", "mine.yaml", TECHNIQUE)
    matcher = compile_rules(load(tmp_path))
    assert classify(matcher, "", "Only-This").techniques == ("T1059.001",)
    assert classify(matcher, "powershell -File a.ps1").techniques == ()


def test_an_empty_user_folder_changes_nothing(tmp_path):
    assert load(tmp_path) == load()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("priority: 80\n", "", "priority: missing"),
        ("priority: 80", "priority: high", "priority: 'high' is not a whole number from 0 to 100"),
        ("priority: 80", "priority: true", "priority: True is not a whole number"),
        ("priority: 80", "priority: 101", "priority: 101 is not a whole number"),
        ("priority: 80", "prio: 80", "'prio' is not known; use name, description"),
        ("name: Example Tool", "name: 7", "name: 7 is not a text"),
        ("https://example.com/tool", "example.com", "reference: 'example.com' is not an https://"),
        ("script:", "scripts:", "conditions[0]: 'scripts' is not known; use script, command_line"),
        ("all:", "al:", "conditions[0].script: 'al' is not known; use all, any, none"),
        ("all:", "none:", "conditions[0]: nothing to look for; add a term under 'all' or 'any'"),
        ("[Invoke-Example]", "[]", "conditions[0].script.all: [] must be a list with at least one"),
        ("[Invoke-Example]", "Invoke", "conditions[0].script.all: 'Invoke' must be a list"),
        ("[Invoke-Example]", "[ab]", "conditions[0].script.all: 'ab' is too short"),
        ("[Invoke-Example]", "[re: '(a']", "re: '(a' is not an RE2 pattern: missing ): (a"),
        ("[Invoke-Example]", "[re: '(a)\\1']", "is not an RE2 pattern: invalid escape sequence"),
        ("[Invoke-Example]", "[re: 'a*']", "re: 'a*' matches the empty text"),
        ("[Invoke-Example]", "[7]", "conditions[0].script.all: 7 must be a mapping with re"),
        ("- Invoke-Example -Now", "- {cmd: x}", "examples[0]: 'cmd' is not known"),
        ("- Invoke-Example -Now", "", "examples: None must be a list with at least one item"),
        (FAMILY, "- 1", "[1] must be a mapping with name, description"),
        (FAMILY, "name: [", "not readable as YAML"),
    ],
)
def test_wrong_family_is_refused_with_file_and_key(tmp_path, old, new, complaint):
    path = write(tmp_path, "families", "wrong.yaml", FAMILY.replace(old, new))
    with pytest.raises(SignatureError, match=re.escape(complaint)) as caught:
        load(tmp_path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("T1059.001\n", "T1059.1\n", "technique: 'T1059.1' is not of the form T1059 or T1059.001"),
        ("T1059/001/", "T1059/003/", "is not the technique's page https://attack.mitre.org/tech"),
        ("  name: PowerShell\n", "", "name: missing"),
        (TECHNIQUE, "technique: T1059", "the file must be a list of techniques"),
    ],
)
def test_wrong_technique_is_refused_with_file_and_key(tmp_path, old, new, complaint):
    path = write(tmp_path, "techniques", "wrong.yaml", TECHNIQUE.replace(old, new))
    with pytest.raises(SignatureError, match=re.escape(complaint)) as caught:
        load(tmp_path)
    assert str(caught.value).startswith(str(path))


def test_two_user_files_with_one_name_are_refused(tmp_path):
    first = write(tmp_path, "families", "a.yaml", FAMILY)
    second = write(tmp_path, "families", "b.yaml", FAMILY)
    with pytest.raises(SignatureError) as caught:
        load(tmp_path)
    assert str(caught.value) == f"{second}: 'Example Tool' is already defined in {first}"


def test_a_file_outside_the_two_folders_is_refused(tmp_path):
    write(tmp_path, ".", "mine.yaml", FAMILY)
    with pytest.raises(
        SignatureError, match=r"mine\.yaml: move it to .*/families or .*/techniques"
    ):
        load(tmp_path)


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(SignatureError, match="no such folder; mount it, or unset HUNT_SIGNATURES"):
        load(tmp_path / "absent")
