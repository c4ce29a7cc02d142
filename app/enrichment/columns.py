"""The columns that lookups add to the rows of a search: ti_* and asn*."""

import ipaddress
from collections.abc import Callable, Mapping, Sequence

from app.enrichment import sources
from app.enrichment.answers import answers
from app.enrichment.ip_context import IpContext, IpContexts, context
from app.enrichment.lookup import LookupResult
from app.enrichment.observables import KINDS, Observable
from app.enrichment.verdicts import Verdict, worst

Iocs = Mapping[str, Mapping[str, None]]
Cells = tuple[object, ...]

NETWORK_OFF: Cells = ("", "", "")
TI_OFF: Cells = ("", "", "", "off", "")


def ioc_columns(ti: str, whois: bool | None, delim: str) -> Callable[[Sequence[Iocs]], list[Cells]]:
    """A function from the IoCs of each row to its asn, asn_country_code, asn_description,
    ti_verdict, ti_score, ti_sources, ti_status, ti_errors. For `ti` and `whois`, see `sources`.

    Raises ValueError for sources that there are not.
    """
    ours = sources.sources()
    choice, networks = sources.choose(ti, ours), sources.whois(whois, ours)

    def cells(rows: Sequence[Iocs]) -> list[Cells]:
        wanted = [observables(row) for row in rows]
        addresses = [tuple(row["ipv4"]) for row in rows]
        found = answers([one for row in wanted for one in row], choice, ours)
        contexts = context([one for row in addresses for one in row], networks)
        return [
            network_cells(ips, contexts, delim) + ti_cells(row, found, delim)
            for ips, row in zip(addresses, wanted, strict=True)
        ]

    return cells


def observables(iocs: Iocs) -> tuple[Observable, ...]:
    """Those of a row's IoCs that can be looked up."""
    return tuple(Observable(kind, value) for kind in KINDS for value in iocs[kind])


def network_cells(addresses: Sequence[str], contexts: IpContexts, delim: str) -> Cells:
    """The networks of public addresses (and of others that a database knows), in their order;
    what is not known of one of several leaves its place empty."""
    known = [found for one in addresses if (found := _found(one, contexts))]
    if not any(one.asn for one in known):
        return NETWORK_OFF
    return (
        delim.join(one.asn for one in known),
        delim.join(one.asn_country_code for one in known),
        delim.join(one.asn_description.replace(delim, " ") for one in known),
    )


def _found(address: str, contexts: IpContexts) -> IpContext | None:
    found = contexts.found.get(address)
    if found is None or not (found.asn or ipaddress.ip_address(address).is_global):
        return None
    return found


def ti_cells(wanted: Sequence[Observable], result: LookupResult, delim: str) -> Cells:
    """Of the observables of one row: the worst verdict, its score, who says worse than unknown,
    whether answers are missing, and why."""
    if result.status == "off":
        return TI_OFF
    said = said_of(wanted, result)
    gravest = worst(said)
    partial = any(one in result.incomplete for one in wanted)
    known = dict.fromkeys(one.source for one in said if one.verdict != "unknown")
    return (
        gravest.verdict if gravest else "unknown" if wanted else "",
        gravest.score if gravest else "",
        delim.join(known),
        "partial" if partial else "complete",
        errors(result, delim) if partial else "",
    )


def said_of(wanted: Sequence[Observable], result: LookupResult) -> list[Verdict]:
    """All verdicts on the observables of one row."""
    return [said for one in wanted for said in result.verdicts.get(one, {}).values()]


def errors(result: LookupResult, delim: str) -> str:
    """Why answers are missing, by source."""
    return delim.join(f"{name}: {why}" for name, why in result.errors.items())
