"""Texts as numbers: character codes in any base, xor, arithmetic, white space."""

import base64
from random import Random

from tests.hunting.deobfuscate.words import LOOPS, Encoded, Encoder, cased, name, quoted


def _codes(text: str, base: int) -> list[str]:
    formats = {2: "b", 8: "o", 10: "d", 16: "x"}
    return [format(ord(char), formats[base]) for char in text]


def char_casts(text: str, rng: Random) -> Encoded:
    word = cased("[char]", rng)
    codes = [
        rng.choice((f"{word}{ord(c)}", f"{word}0x{ord(c):x}", f"{word}({ord(c) - 1}+1)"))
        for c in text
    ]
    return "", "(" + rng.choice(("+", " + ")).join(codes) + ")"


def char_array(text: str, rng: Random) -> Encoded:
    comma = rng.choice((",", ", ", " ,"))
    codes = comma.join(rng.choice((str(ord(c)), hex(ord(c)))) for c in text)
    return "", rng.choice(
        (
            f"({cased('[char[]]', rng)}({codes})-join'')",
            f"[string]::join('',[char[]]({codes}))",
            f"(-join [char[]]@({codes}))",
            f"(-join[char[]]({codes}))",
            f"(New-Object string(,[char[]]({codes})))",
        )
    )


def as_char(text: str, rng: Random) -> Encoded:
    codes = ",".join(_codes(text, 10))
    loop = rng.choice(LOOPS)
    return "", f"((({codes})|{cased(loop, rng)} {{([int]$_ {cased('-as', rng)} [char])}})-join'')"


def code_list(text: str, rng: Random) -> Encoded:
    """Codes in some base, split at characters that are no digits, as Invoke-Obfuscation does."""
    base = rng.choice((2, 8, 10, 16))
    marks = rng.sample("~!@,;_xyzGHXZ&", 3)
    joined = "".join(code + rng.choice(marks) for code in _codes(text, base))[:-1]
    if rng.random() < 0.5:
        split = f".{cased('split', rng)}({quoted(''.join(marks))})"
    else:
        split = "".join(f" {cased('-csplit', rng)} {quoted(mark)}" for mark in marks)
    number = rng.choice(("Int16", "Int32", "UInt32", "Byte"))
    code = f"[convert]::{cased('To' + number, rng)}(($_.ToString()),{base})"
    char = rng.choice((f"[char]{code}", f"({code} -as [char])", f"[char]({code})"))
    loop = rng.choice(LOOPS)
    return "", f"(({quoted(joined)}{split}|{cased(loop, rng)}{{{char}}})-join'')"


def hex_pairs(text: str, rng: Random) -> Encoded:
    digits = quoted(text.encode("latin-1", "replace").hex())
    code = "[char][convert]::ToByte($_,16)"
    return "", rng.choice(
        (
            f"(-join({digits}-split'(..)'|?{{$_}}|%{{{code}}}))",
            f"(-join([regex]::Matches({digits},'..')|%{{[char][convert]::ToInt32($_.Value,16)}}))",
            f"[Text.Encoding]::ASCII.GetString([byte[]](-split({digits}-replace'..','0x$& ')))",
        )
    )


def bxor_constant(text: str, rng: Random) -> Encoded:
    key = rng.randint(1, 127)
    codes = ",".join(str(ord(char) ^ key) for char in text)
    shown = rng.choice((str(key), hex(key), quoted(hex(key))))
    loop = cased(rng.choice(LOOPS), rng)
    xor = cased(" -bxor ", rng)
    return "", rng.choice(
        (
            f"((({codes})|{loop}{{[char]($_ {xor} {shown})}})-join'')",
            f"(-join(@({codes})|{loop} {{ [char]($_{xor}{shown}) }}))",
            f"(({quoted(codes)}.Split(',')|{loop}{{[char]([int]$_ {xor} {shown})}})-join'')",
        )
    )


def bxor_key(text: str, rng: Random) -> Encoded:
    """A key of several bytes, in a loop over base64."""
    key = bytes(rng.randint(1, 255) for _ in range(rng.randint(2, 6)))
    data = bytes(b ^ key[i % len(key)] for i, b in enumerate(text.encode("latin-1", "replace")))
    k, d, i = (f"${name(rng)}{n}" for n in range(3))
    blob = base64.b64encode(data).decode()
    before = f"{k}={','.join(map(str, key))};{d}=[Convert]::FromBase64String('{blob}');"
    if rng.random() < 0.5:
        before += (
            f"for({i}=0;{i} -lt {d}.Length;{i}++){{{d}[{i}]={d}[{i}] -bxor {k}[{i}%{k}.Length]}};"
        )
        return before, f"[Text.Encoding]::ASCII.GetString({d})"
    return before, f"(-join(0..({d}.Count-1)|%{{[char]({d}[$_] -bxor {k}[$_ % {k}.Count])}}))"


def bnot(text: str, rng: Random) -> Encoded:
    codes = ",".join(str(~ord(char)) for char in text)
    return "", f"((({codes})|%{{[char](-bnot $_)}})-join'')"


def arithmetic(text: str, rng: Random) -> Encoded:
    shift = rng.randint(1, 20)
    codes = ",".join(str((ord(char) + shift) * 2) for char in text)
    return "", f"(({codes}|%{{[char](($_/2)-{shift})}})-join'')"


def accumulating_loop(text: str, rng: Random) -> Encoded:
    result, item = f"${name(rng)}r", f"${name(rng)}c"
    codes = ",".join(_codes(text, 10))
    loop = rng.choice(
        (
            f"foreach({item} in {codes}){{{result}+=[char]{item}}};",
            f"{item}=@({codes});for($i=0;$i -lt {item}.Length;$i++){{{result}+=[char]{item}[$i]}};",
            f'{item}={codes};$i=0;while($i -lt {item}.Count){{{result}="{result}"+[char]{item}[$i];$i++}};',
        )
    )
    return f"{result}='';{loop}", result


def whitespace(text: str, rng: Random) -> Encoded:
    """Digits as runs of tabs between single spaces, characters between double spaces."""
    words = "  ".join(" ".join("\t" * (int(d) + 1) for d in str(ord(c))) for c in text)
    v = f"${name(rng)}w"
    return f"{v}={quoted(words)} -csplit '  '|%{{' ';$_.Split(' ')|%{{$_.Length-1}}}};", (
        f"(((-join {v}).Trim(' ').Split(' ')|%{{[char][int]$_}})-join'')"
    )


def url_encoding(text: str, rng: Random) -> Encoded:
    hidden = quoted("".join(f"%{byte:02x}" for byte in text.encode()))
    return "", rng.choice(
        (f"[uri]::UnescapeDataString({hidden})", f"[Net.WebUtility]::UrlDecode({hidden})")
    )


ENCODERS: dict[str, Encoder] = {
    function.__name__: function
    for function in (
        char_casts,
        char_array,
        as_char,
        code_list,
        hex_pairs,
        bxor_constant,
        bxor_key,
        bnot,
        arithmetic,
        accumulating_loop,
        whitespace,
        url_encoding,
    )
}
