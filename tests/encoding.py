"""How attackers encode: the other direction of app.hunting.encodings, for tests."""

import base64
import gzip
import zlib


def b64(script: str, charset: str = "utf-16-le") -> str:
    """Base64 as -EncodedCommand wants it."""
    return base64.b64encode(script.encode(charset)).decode()


def gzipped(script: str) -> str:
    return base64.b64encode(gzip.compress(script.encode(), mtime=0)).decode()


def deflated(script: str) -> str:
    engine = zlib.compressobj(wbits=-15)
    return base64.b64encode(engine.compress(script.encode()) + engine.flush()).decode()


def zlibbed(script: str) -> str:
    return base64.b64encode(zlib.compress(script.encode())).decode()
