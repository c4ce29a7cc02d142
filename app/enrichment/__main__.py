"""What lookups have to work with, and what they say of one observable.

    python -m app.enrichment status [--json]
    python -m app.enrichment lookup OBSERVABLE [--ti WHO] [--json]

For WHO, see the parameter `ti` of the models.
"""

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from typing import Any

from app.enrichment import sources, status
from app.enrichment.answers import answers
from app.enrichment.ip_context import IpContext, context
from app.enrichment.lookup import LookupResult
from app.enrichment.observables import Observable, detect, may_leave
from app.enrichment.sources import Sources


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; exit code 1 if something that is configured does not work or an answer is
    missing, 2 for mistakes."""
    parser = argparse.ArgumentParser(prog="python -m app.enrichment", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    state = commands.add_parser(
        "status", help="each provider, feed and database: whether it can be used"
    )
    state.add_argument("--json", action="store_true", help="print JSON")
    one = commands.add_parser("lookup", help="what is known of an observable")
    one.add_argument("observable")
    one.add_argument("--ti", default="", help="whom to ask")
    one.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(arguments)
    try:
        ours = sources.sources()
        if given.command == "status":
            return _status(given.json, ours)
        return _lookup(given.observable, given.ti, given.json, ours)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2


def _status(as_json: bool, ours: Sources) -> int:
    if as_json:
        print(json.dumps([dataclasses.asdict(entry) for entry in status.entries(ours)]))
        return 0
    works, lines = status.report(ours)
    print("\n".join(lines))
    return 0 if works else 1


def _lookup(text: str, ti: str, as_json: bool, ours: Sources) -> int:
    observable = detect(text)
    if observable is None:
        raise ValueError(f"{text!r} is no address, domain, URL, e-mail address or hash")
    choice = sources.choose(ti, ours)
    found = answers([observable], choice, ours)
    where = context([observable.value], sources.whois(None, ours)).found.get(observable.value)
    text = _text(observable, found, where)
    if choice.providers and not may_leave(observable, ours.settings.internal):
        text += "; providers are not asked: it is private, reserved or internal"
    print(_json(observable, found, where) if as_json else text)
    return 1 if found.incomplete else 0


def _json(observable: Observable, found: LookupResult, where: IpContext | None) -> str:
    content: dict[str, Any] = {
        **dataclasses.asdict(observable),
        "verdicts": [dataclasses.asdict(one) for one in _said(observable, found)],
        "status": found.status,
        "errors": found.errors,
        "context": dataclasses.asdict(where) if where else None,
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def _text(observable: Observable, found: LookupResult, where: IpContext | None) -> str:
    lines = [f"{observable.kind} {observable.value}"]
    if where and where != IpContext():
        place = ", ".join(filter(None, (where.city, where.country)))
        lines.append(f"network  AS{where.asn} {where.asn_description} ({where.source}); {place}")
    for one in _said(observable, found):
        about = " ".join(filter(None, (", ".join(one.tags), one.link)))
        lines.append(f"{one.source:20} {one.verdict:10} {one.score:3}  {about}".rstrip())
    lines += [f"{name:20} no answer: {why}" for name, why in found.errors.items()]
    hint = ": nobody is asked" if found.status == "off" else ""
    return "\n".join([*lines, f"status   {found.status}{hint}"])


def _said(observable: Observable, found: LookupResult) -> list[Any]:
    return list(found.verdicts.get(observable, {}).values())


if __name__ == "__main__":
    sys.exit(main())
