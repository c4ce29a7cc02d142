"""Hosts as shellcode carries them, made usable."""

import re

from app.hunting import hosts

# What people type where only a host belongs: LHOST=host, http://host/, host:port.
_PREFIX = re.compile(r"(?:\s*(?:\w{1,16}=|\w{1,16}:/+))+")
_SUFFIX = re.compile(r"[/?#].*|:\d*\Z", re.DOTALL)


def cleaned(text: str) -> str:
    """The address or host name in `text`, '' if there is none."""
    text = text.strip()
    if address := hosts.ipv6(text.strip("[]")):
        return address
    if prefix := _PREFIX.match(text):
        text = text[prefix.end() :]
    text = _SUFFIX.sub("", _SUFFIX.sub("", text))
    return hosts.host_name(text) or ""


def in_url(host: str) -> str:
    """The host as a URL has it: IPv6 addresses in brackets."""
    return f"[{host}]" if ":" in host else host
