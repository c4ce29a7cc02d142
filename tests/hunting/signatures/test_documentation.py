"""The examples of docs/signatures.md work as they stand."""

import re
from pathlib import Path

from app.hunting.signatures import load
from app.hunting.signatures.matcher import classify, compile_rules

DOCUMENT = Path(__file__).parents[3] / "docs" / "signatures.md"


def test_documented_signatures_load_and_find_their_examples(tmp_path):
    family, techniques = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text("utf-8"), re.S)
    for kind, text in (("families", family), ("techniques", techniques)):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "example.yaml").write_text(text, encoding="utf-8")
    rules = load(tmp_path)
    matcher = compile_rules(rules)
    (rule,) = set(rules.families) - set(load().families)
    found = [classify(matcher, *example).family for example in rule.examples]
    spared = [classify(matcher, *example).family for example in rule.counter_examples]
    assert found == [rule.label] * 2
    assert rule.label not in spared
    assert "T1105" in classify(matcher, "", "Acme-Fetch https://files.example.com/a").techniques
