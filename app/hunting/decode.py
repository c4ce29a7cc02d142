"""One command line, taken apart: its layers, and what they contain.

A layer is a text (or code) that an encoding hid. Layers are found breadth first, from the
command line inwards, within fixed bounds of number, depth, output and time.
"""

import string
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import re2

from app.hunting import c2, commandline, deobfuscate, encodings, iocs, shellcode, signatures
from app.hunting.features import Scanned, scan
from app.hunting.iocs import Iocs

MAX_DEPTH = 16  # layers within layers
MAX_LAYERS = 64  # of one command line
MAX_OUTPUT = 32 << 20  # bytes that the layers of one command line may take together
_USUAL = (string.ascii_letters + string.digits + " \t\r\n.,;:$()'\"-/\\=").encode()
_SUM = re2.compile(rb"['\"\w]\s{0,2}\+\s{0,2}['\"$]")
MAX_SECONDS = 2.0  # for the hidden layers of one command line


class Layer(NamedTuple):
    """A decoded layer.

    `step` names how it was encoded (base64:utf-16-le, gzip, concat, shellcode:...); `text` is
    what it says; `parent` is the index of the layer that it was found in, -1 for the command
    line; `problem` says what is missing ('' = complete); `note` what else is known of it.
    """

    step: str
    text: str
    parent: int
    depth: int
    problem: str = ""
    note: str = ""


class Decoded(NamedTuple):
    """What one command line turned out to be. models/powershell_ioc.yaml explains them."""

    command_line: str
    status: str = "none"
    error: str = ""
    validated: str = ""
    final: str = ""
    chain: tuple[str, ...] = ()
    layers: tuple[Layer, ...] = ()
    iocs: Iocs = {}  # noqa: RUF012 (a default that nobody writes to)
    c2: tuple[str, ...] = ()
    family: str = ""
    techniques: tuple[str, ...] = ()


@dataclass(slots=True)
class _Work:
    """The state of one command line's decoding: what was found so far, what is left to spend."""

    hidden: bool
    deadline: float
    layers: list[Layer] = field(default_factory=list)
    texts: list[Scanned] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    payloads: list[shellcode.Shellcode] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    evaluated: set[int] = field(default_factory=set)  # layers that are deobfuscated already
    cut: dict[int, str] = field(default_factory=dict)  # texts of layers without long byte arrays
    left: int = MAX_OUTPUT
    failed: str = ""

    def add(self, layer: Layer, identity: str = "") -> bool:
        """Take a layer unless it is known (by its identity, else its text) or beyond the bounds."""
        key = hash(identity or layer.text)
        if key in self.seen:
            return False
        if len(self.layers) >= MAX_LAYERS or layer.depth > MAX_DEPTH or self.left <= 0:
            self.problems.append(f"more layers than are followed ({MAX_LAYERS}, {MAX_DEPTH} deep)")
            return False
        self.seen.add(key)
        self.left -= len(layer.text)
        self.layers.append(layer)
        if layer.problem:
            self.problems.append(layer.problem)
        return True


def decode(command_line: str, hidden: bool = True) -> Decoded:
    """Decode a command line and extract its IoCs.

    hidden: also undo obfuscation, read shellcode and match signatures; without it only encoded
    and compressed texts are decoded.
    """
    work = _Work(hidden, time.monotonic() + MAX_SECONDS)
    _unpack(work, command_line, -1)
    index = 0
    while index < len(work.layers):
        if work.layers[index].text:
            _unpack(work, work.layers[index].text, index)
        index += 1
    return _summary(command_line, work)


def _unpack(work: _Work, text: str, parent: int) -> None:
    """Add the layers that stand in `text`, and remember the text around them for extraction.

    Where obfuscation was undone, only what became of the text is read: what stands in the
    original are pieces and bait.
    """
    raw = text.encode("utf-8", "replace")
    scanned = scan(raw) if parent >= 0 else None
    if scanned is None or "parameter" in scanned.features:
        whole, raw = raw, _without_contents(work, raw, commandline.commands(raw), parent)
        scanned = scan(raw)
        code = whole if work.hidden and commandline.is_piece(whole) else raw
    else:
        code = raw
    if "base64" in scanned.features:
        contents = commandline.data(raw)
        raw = _without_contents(work, raw, contents, parent, scanned.features)
        scanned = Scanned(raw, scanned.features)
    if not (work.hidden and _add_hidden(work, code, parent)):
        shown = scanned if work.hidden else _folded(scanned)
        cut_off = any(work.layers[index].problem for index in _ancestors(work.layers, parent))
        work.texts.append(iocs.cut_off(shown) if cut_off else shown)


def _folded(scanned: Scanned) -> Scanned:
    """The text with its sums of constants written out, where they could make a URL."""
    if "url" not in scanned.features or b"+" not in scanned.raw or not _SUM.search(scanned.raw):
        return scanned
    text = scanned.raw.decode("utf-8", "replace")
    folded = deobfuscate.fold_concatenation(text)
    return scanned if folded is text else scan(folded.encode("utf-8", "replace"))


def _without_contents(
    work: _Work,
    raw: bytes,
    contents: Iterable[commandline.Encoded],
    parent: int,
    features: frozenset[str] = frozenset(),
) -> bytes:
    """Add the layers that the contents are, and return the text around those."""
    spans = [item.span for item in contents if _add_content(work, item, parent, features)]
    spans = [(start, end) for start, end in spans if start < end]
    return commandline.without(raw, spans) if spans else raw


def _add_content(
    work: _Work, content: commandline.Encoded, parent: int, features: frozenset[str]
) -> bool:
    """Add the layer of one base64 text; False if it is none (or nothing new)."""
    decoded = encodings.from_base64(content.base64)
    certain = content.certain and parent < 0
    if decoded.problem and not certain:
        return False
    depth = _depth(work, parent) + 1
    packed = encodings.decompress(decoded.data, work.left, raw="deflate" in features)
    data, problem = (packed[1].data, packed[1].problem) if packed else (decoded.data, "")
    for _ in range(MAX_DEPTH):
        again = encodings.decompress(data, work.left) if packed and not problem else None
        if not again:
            break
        packed = (f"{packed[0]}>{again[0]}", again[1]) if packed else again
        data, problem = again[1].data, again[1].problem
    text = encodings.to_text(data)
    if text and (packed or content.certain or _reads_well(text.text)):
        step = packed[0] if packed else f"base64:{text.charset}"
        problem = problem or decoded.problem or text.problem
        return work.add(Layer(step, text.text, parent, depth, problem))
    if work.hidden and (code := shellcode.analyse(data)):
        work.layers.append(Layer(packed[0] if packed else "base64", "", parent, depth, problem))
        return _add_shellcode(work, code, len(work.layers) - 1)
    if certain and data:
        shown = encodings.as_binary(data)
        return work.add(Layer("base64:binary", shown.text, parent, depth, shown.problem))
    if data.startswith(encodings.GZIP) or (packed and packed[0].startswith("gzip")):
        work.failed = problem or f"{packed[0] if packed else 'gzip'} of what is no text"
    elif certain:
        work.failed = decoded.problem or "the encoded argument is empty"
    return False


def _reads_well(text: str) -> bool:
    """Bare base64 is taken for a text only if letters, digits and usual signs prevail."""
    sample = text[:2000].encode("utf-8", "replace")
    return len(text) >= 8 and len(sample.translate(None, _USUAL)) <= 0.1 * len(sample)


def _depth(work: _Work, parent: int) -> int:
    return work.layers[parent].depth if parent >= 0 else 0


def _add_hidden(work: _Work, raw: bytes, parent: int) -> bool:
    """Add the shellcode that a script carries, and what obfuscation hides; whether it does."""
    blobs, rest = shellcode.find_blobs(raw)
    if rest is not raw:
        work.cut[parent] = rest.decode("utf-8", "replace")
    replaced = False
    if parent not in work.evaluated and deobfuscate.needs(rest):
        text = raw.decode("utf-8", "replace")
        plain = deobfuscate.deobfuscate(text, work.deadline)
        replaced = _add_evaluated(work, text, plain, parent)
        blobs += plain.blobs
    for blob in blobs:
        if code := shellcode.analyse(blob):
            _add_shellcode(work, code, parent)
    return replaced


def _add_evaluated(work: _Work, text: str, plain: deobfuscate.Deobfuscated, parent: int) -> bool:
    """Add the readable script and those that it would run; whether the first stands for `text`."""
    if plain.partial:
        work.problems.append("deobfuscation ran out of its time")
    step = "+".join(plain.steps) or "script"
    for script in dict.fromkeys((plain.text, *plain.scripts)):
        if script != text and work.add(Layer(step, script, parent, _depth(work, parent) + 1)):
            work.evaluated.add(len(work.layers) - 1)
    # A text that is known already was added by the script around this one.
    return plain.text != text and not plain.partial


def _add_shellcode(work: _Work, code: shellcode.Shellcode, parent: int) -> bool:
    """Add the shellcode as a layer; its text is the command that it runs, if it does."""
    agent = f"user agent {code.user_agent}" if code.user_agent else ""
    note = "; ".join(part for part in (f"SHA-256 {code.sha256}", agent, *code.notes) if part)
    step = "shellcode:" + ">".join(code.chain)
    depth = _depth(work, parent) + 1
    added = work.add(Layer(step, code.command, parent, depth, note=note), code.sha256)
    if added:
        work.payloads.append(code)
    return added


def _summary(command_line: str, work: _Work) -> Decoded:
    found: Iocs = {kind: {} for kind in iocs.KINDS}
    for scanned in work.texts:
        if not iocs.add_from(scanned, found):
            work.problems.append(f"more than {iocs.MAX_IOCS} indicators in one layer")
    found["url"] = _without_beginnings(found["url"], built=bool(work.evaluated))
    contacts = c2.contacts(work.texts, found)
    for code in work.payloads:
        iocs.add_from(scan(" ".join((*code.c2, *code.urls)).encode()), found)
        contacts |= dict.fromkeys(code.c2)
        if code.chain[-1].endswith("unknown"):
            found["sha256"][code.sha256] = None
    path = _path(work.layers)
    texts = [work.layers[index].text for index in path if work.layers[index].text]
    known = _classified(command_line, work) if work.hidden else signatures.Classification("", ())
    return Decoded(
        command_line=command_line,
        status=_status(work),
        error="; ".join(dict.fromkeys([work.failed, *work.problems])).strip("; "),
        validated=_validated(work.layers),
        final=texts[-1] if len(texts) > 1 else "",
        chain=tuple(work.layers[index].step for index in path),
        layers=tuple(work.layers),
        iocs=found,
        c2=tuple(contacts),
        family=known.family,
        techniques=known.techniques,
    )


def _without_beginnings(urls: dict[str, None], built: bool) -> dict[str, None]:
    """The URLs without the constants from which longer ones are built.

    Such a constant has no path; if the script was found to build texts, it may end anywhere.
    """
    if len(urls) < 2:
        return urls
    bases = [url for url in urls if built or url.count("/") == 2]
    parts = {url for url in bases if any(_goes_on(url, other) for other in urls)}
    return {url: None for url in urls if url not in parts}


def _goes_on(beginning: str, url: str) -> bool:
    following = url[len(beginning) : len(beginning) + 1]
    return url.startswith(beginning) and (following.isalnum() or following in _INSIDE_URL)


_INSIDE_URL = frozenset("/.-_:%?=&~+#")


def _classified(command_line: str, work: _Work) -> signatures.Classification:
    """What the signatures say of the whole."""
    texts = (work.cut.get(index) or layer.text for index, layer in enumerate(work.layers))
    script = "\n".join(texts)
    payloads = tuple(step for code in work.payloads for step in code.chain)
    return signatures.classify(command_line, script, payloads)


def _status(work: _Work) -> str:
    if work.layers:
        return "partial" if work.problems or work.failed else "decoded"
    return "error" if work.failed else "none"


def _validated(layers: list[Layer]) -> str:
    """What PowerShell was given: the texts of the outermost encoded layers."""
    outer = [layer.text for layer in layers if layer.parent < 0 and layer.step.startswith(_OUTER)]
    return "\n".join(outer)


_OUTER = ("base64", "gzip", "zlib", "deflate")


def _path(layers: list[Layer]) -> list[int]:
    """The indices from the outermost layer to the one that matters: shellcode, else the deepest."""
    if not layers:
        return []
    last = max(range(len(layers)), key=lambda index: _rank(layers[index], index))
    return list(_ancestors(layers, last))[::-1]


def _rank(layer: Layer, index: int) -> tuple[bool, int, int]:
    return layer.step.startswith("shellcode"), layer.depth, -index


def _ancestors(layers: list[Layer], index: int) -> Iterator[int]:
    while index >= 0:
        yield index
        index = layers[index].parent
