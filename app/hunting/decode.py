"""One command line, taken apart: its layers, and what they contain.

A layer is a text (or code) that an encoding hid. Layers are found breadth first, from the
command line inwards, within fixed bounds of number, depth, output and time.
"""

import string
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from itertools import islice
from typing import TypeAlias

import re2

from app.hunting import commandline, deobfuscate, encodings, iocs, shellcode
from app.hunting.features import Scanned, scan
from app.hunting.layers import MAX_DEPTH, MAX_OUTPUT, Layer, Work, depth_of
from app.hunting.summary import Decoded, summary

__all__ = ["Decoded", "Layer", "decode", "decode_all"]

Steps: TypeAlias = Generator[None, None, Decoded]
_TOGETHER = 64  # command lines that go hand in hand
# Of the layers' bytes; a command line that leaves fewer is finished before the others.
_WITHOUT_LARGE = MAX_OUTPUT - (1 << 20)
_REMEMBERED, _REMEMBERED_LENGTH = 256, 16_384  # scripts, and characters of each
# One script comes in several command lines: with and without a path, from Sysmon and Security.
_evaluated_before: dict[str, deobfuscate.Deobfuscated] = {}

_USUAL = (string.ascii_letters + string.digits + " \t\r\n.,;:$()'\"-/\\=").encode()
_SUM = re2.compile(rb"['\"\w]\s{0,2}\+\s{0,2}['\"$]")


def decode(command_line: str, hidden: bool = True) -> Decoded:
    """Decode a command line and extract its IoCs.

    hidden: also undo obfuscation, read shellcode and match signatures; without it only encoded
    and compressed texts are decoded.
    """
    return next(decode_all([command_line], hidden))


def decode_all(command_lines: Iterable[str], hidden: bool = True) -> Iterator[Decoded]:
    """Decode command lines, see decode(); in their order.

    Some go hand in hand: each step is done for all of them before the next, so that its code and
    automata are still in the processor's caches.
    """
    lines = iter(command_lines)
    while together := list(islice(lines, _TOGETHER)):
        yield from _in_step(together, hidden)


def _in_step(command_lines: list[str], hidden: bool) -> Iterable[Decoded]:
    done: dict[int, Decoded] = {}
    waiting: deque[tuple[int, Work, Steps]] = deque()
    for index, line in enumerate(command_lines):
        work = Work(hidden)
        waiting.append((index, work, _steps(work, line)))
    while waiting:
        one = waiting.popleft()
        index, work, steps = one
        try:
            next(steps)
            while work.left < _WITHOUT_LARGE:
                next(steps)
        except StopIteration as end:
            done[index] = end.value
        else:
            waiting.append(one)
    return (done.pop(index) for index in range(len(command_lines)))


def _steps(work: Work, command_line: str) -> Steps:
    """Decode a command line; yields between any two steps."""
    yield from _unpack(work, command_line, -1)
    index = 0
    while index < len(work.layers):
        if work.layers[index].text:
            yield
            yield from _unpack(work, work.layers[index].text, index)
        index += 1
    yield
    return (yield from summary(command_line, work))


def _unpack(work: Work, text: str, parent: int) -> Generator[None, None, None]:
    """Add the layers that stand in `text`, and remember the text around them for extraction.

    Where obfuscation was undone, only what became of the text is read: what stands in the
    original are pieces and bait.
    """
    raw = text.encode("utf-8", "replace")
    if parent >= 0:
        found = _searched(work, raw)
        if work.hidden:
            yield
        scanned = scan(found[1])
    if parent < 0 or "parameter" in scanned.features:
        if work.hidden and commandline.is_piece(raw):
            found = _searched(work, raw)
            if (yield from _add_hidden(work, raw, found, parent)):
                return
        raw = _without_contents(work, raw, commandline.commands(raw), parent)
        yield
        found = _searched(work, raw)
        scanned = scan(found[1])
    code, features = raw, scanned.features
    contents = commandline.data(raw, named="frombase64" in features)
    raw = _without_contents(work, raw, contents, parent, features)
    if raw is not code:
        scanned = Scanned(raw, features)
    if work.hidden:
        yield
    if not (work.hidden and (yield from _add_hidden(work, code, found, parent))):
        shown = scanned if work.hidden else _folded(scanned)
        work.texts.append(iocs.cut_off(shown) if _is_damaged(work, parent) else shown)


def _is_damaged(work: Work, index: int) -> bool:
    """Whether something of a layer, or of one around it, is missing."""
    while index >= 0:
        if work.layers[index].problem:
            return True
        index = work.layers[index].parent
    return False


def _searched(work: Work, raw: bytes) -> tuple[list[bytes], bytes]:
    """The byte arrays in a text that may be code, and the text without them."""
    return shellcode.find_blobs(raw) if work.hidden else ([], raw)


def _folded(scanned: Scanned) -> Scanned:
    """The text with its sums of constants written out, where they could make a URL."""
    if "url" not in scanned.features or b"+" not in scanned.raw or not _SUM.search(scanned.raw):
        return scanned
    text = scanned.raw.decode("utf-8", "replace")
    folded = deobfuscate.fold_concatenation(text)
    return scanned if folded is text else scan(folded.encode("utf-8", "replace"))


def _without_contents(
    work: Work,
    raw: bytes,
    contents: Iterable[commandline.Encoded],
    parent: int,
    features: frozenset[str] = frozenset(),
) -> bytes:
    """Add the layers that the contents are, and return the text around those."""
    spans = [item.span for item in contents if _add_content(work, item, parent, features)]
    if not spans:
        return raw
    spans = [(start, end) for start, end in spans if start < end]
    return commandline.without(raw, spans) if spans else raw


def _add_content(
    work: Work, content: commandline.Encoded, parent: int, features: frozenset[str]
) -> bool:
    """Add the layer of one base64 text; False if it is none (or nothing new)."""
    known = encodings.Bytes(content.data)
    decoded = known if content.data else encodings.from_base64(content.base64)
    certain = content.certain and parent < 0
    if decoded.problem and not certain:
        return False
    depth = depth_of(work, parent) + 1
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


def _add_hidden(
    work: Work, raw: bytes, found: tuple[list[bytes], bytes], parent: int
) -> Generator[None, None, bool]:
    """Add the shellcode that a script carries, and what obfuscation hides; whether it does."""
    blobs, rest = found
    if rest is not raw:
        work.cut[parent] = rest.decode("utf-8", "replace")
    replaced = False
    if parent not in work.evaluated and deobfuscate.needs(rest):
        yield
        text = raw.decode("utf-8", "replace")
        plain = _evaluated(work, text)
        replaced = _add_evaluated(work, text, plain, parent)
        blobs = [*blobs, *plain.blobs]
    yield
    for blob in blobs:
        if code := shellcode.analyse(blob):
            _add_shellcode(work, code, parent)
    return replaced


def _evaluated(work: Work, text: str) -> deobfuscate.Deobfuscated:
    if known := _evaluated_before.get(text):
        return known
    start = time.monotonic()
    plain = deobfuscate.deobfuscate(text, start + work.seconds)
    work.seconds -= time.monotonic() - start
    if not plain.partial and len(text) <= _REMEMBERED_LENGTH:
        if len(_evaluated_before) >= _REMEMBERED:
            _evaluated_before.clear()
        _evaluated_before[text] = plain
    return plain


def _add_evaluated(work: Work, text: str, plain: deobfuscate.Deobfuscated, parent: int) -> bool:
    """Add the readable script and those that it would run; whether the first stands for `text`."""
    if plain.partial:
        work.problems.append("deobfuscation ran out of its time")
    step = "+".join(plain.steps) or "script"
    for script in dict.fromkeys((plain.text, *plain.scripts)):
        if script != text and work.add(Layer(step, script, parent, depth_of(work, parent) + 1)):
            work.evaluated.add(len(work.layers) - 1)
    # A text that is known already was added by the script around this one.
    return plain.text != text and not plain.partial


def _add_shellcode(work: Work, code: shellcode.Shellcode, parent: int) -> bool:
    """Add the shellcode as a layer; its text is the command that it runs, if it does."""
    agent = f"user agent {code.user_agent}" if code.user_agent else ""
    note = "; ".join(part for part in (f"SHA-256 {code.sha256}", agent, *code.notes) if part)
    step = "shellcode:" + ">".join(code.chain)
    depth = depth_of(work, parent) + 1
    added = work.add(Layer(step, code.command, parent, depth, note=note), code.sha256)
    if added:
        work.payloads.append(code)
    return added
