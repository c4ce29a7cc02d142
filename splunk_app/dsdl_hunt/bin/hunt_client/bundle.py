"""The app as an indexer has it during a distributed search: files of the search head's knowledge
bundle. splunkd there knows neither the app's conf files nor its passwords.

https://help.splunk.com/en/splunk-enterprise/administer/distributed-search/9.4/knowledge-bundle-replication/knowledge-bundle-replication-overview
"""

import configparser
from pathlib import Path

from hunt_client import HuntError

APP = Path(__file__).resolve().parents[2]
_BUNDLES = "searchpeers"  # $SPLUNK_HOME/var/run/searchpeers/<search head>-<time>/apps/dsdl_hunt


def is_here() -> bool:
    """Whether this is an indexer that runs the command of a search head."""
    return _BUNDLES in APP.parts


def stanza(conf: str, name: str) -> dict[str, str]:
    """A stanza of a conf file, local before default. Raises HuntError if there is none."""
    reader = configparser.RawConfigParser(delimiters=("=",), strict=False)
    try:
        reader.read([APP / layer / f"{conf}.conf" for layer in ("default", "local")], "utf-8-sig")
        return dict(reader[name])
    except (KeyError, ValueError, configparser.Error) as error:
        raise HuntError(f"the knowledge bundle has no [{name}] of {conf}.conf: {error}") from error


def secret(path: str) -> str:
    """What is in the file. Raises HuntError if there is none, or nothing in it."""
    try:
        token = Path(path).read_text("utf-8").strip() if path else ""
    except (OSError, ValueError) as error:
        raise HuntError(f"cannot read the token of this indexer: {error}") from error
    if not token:
        raise HuntError(
            f"this indexer has no token for the container (dsdl_hunt.conf: token_path = {path!r}):"
            " put the api_token into a file on each indexer, or set distributed = false"
        )
    return token
