"""Every shipped rule finds its examples, leaves its counter-examples alone, and shows no real host."""

import ipaddress
import re

import pytest

from app.hunting.signatures import classify, load

RULES = load()
EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.label}-{index}")
    for rules in RULES
    for rule in rules
    for index, example in enumerate(rule.examples)
]
COUNTER_EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.label}-{index}")
    for rules in RULES
    for rule in rules
    for index, example in enumerate(rule.counter_examples)
]
DOCUMENTATION = [
    ipaddress.ip_network(network)
    for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "127.0.0.0/8")
]
# Services whose own address is what the rule is about.
SERVICES = ("chocolatey.org", "community.chocolatey.org", "pastebin.com")


def labels(example):
    found = classify(*example)
    return {found.family, *found.techniques}


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_rule_finds_its_example(rule, example):
    assert rule.label in labels(example)


@pytest.mark.parametrize(("rule", "example"), COUNTER_EXAMPLES)
def test_rule_leaves_its_counter_example_alone(rule, example):
    assert rule.label not in labels(example)


@pytest.mark.parametrize(("rule", "example"), EXAMPLES + COUNTER_EXAMPLES)
def test_examples_use_documentation_addresses_only(rule, example):
    text = f"{example.command_line} {example.script}"
    for address in re.findall(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])", text):
        assert any(ipaddress.ip_address(address) in network for network in DOCUMENTATION), address
    for host in re.findall(r"https?://([\w.-]+)", text):
        is_address = host.replace(".", "").isdigit()
        documented = re.search(r"(?:^|\.)example\.(?:com|net|org)$|\.onion$", host)
        assert is_address or documented or host in SERVICES, host


def test_rules_are_described_in_one_sentence_or_two():
    for family in RULES.families:
        assert family.description.rstrip().endswith((".", ")")), family.label
        assert len(family.description) < 300, family.label


def test_unit42_families_are_all_there():
    published = {
        "AMSI Bypass",
        "BITSTransfer",
        "Downloader DFSP",
        "Downloader DFSP 2X",
        "Downloader DFSP DPL",
        "Downloader IEXDS",
        "Downloader Kraken",
        "Downloader Proxy",
        "DynAmite KL",
        "DynAmite Launcher",
        "Meterpreter RHTTP",
        "PowerShell Empire",
        "PowerSploit GTS",
        "PowerWorm",
        "Powerfun Bind",
        "Powerfun Reverse",
        "Remote DLL",
        "Remove AV",
        "SET",
        "Scheduled Task COM",
        "Shellcode Inject",
        "TXT C2",
        "Unicorn",
        "Unicorn Modified",
        "VB Task",
        "Veil Stream",
    }
    assert published <= {family.label for family in RULES.families}
