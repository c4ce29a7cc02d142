"""Texts in pieces, in another order, with noise, in variables."""

from random import Random

from tests.hunting.deobfuscate.words import (
    LETTERS,
    Encoded,
    Encoder,
    absent,
    cased,
    name,
    pieces_of,
    quoted,
    variable,
)


def concatenation(text: str, rng: Random) -> Encoded:
    plus = rng.choice(("+", " + ", "+ "))
    return "", "(" + plus.join(map(quoted, pieces_of(text, rng))) + ")"


def format_operator(text: str, rng: Random) -> Encoded:
    pieces = pieces_of(text, rng)
    order = rng.sample(range(len(pieces)), len(pieces))
    places = "".join(f"{{{order.index(i)}}}" for i in range(len(pieces)))
    arguments = ",".join(quoted(pieces[i]) for i in order)
    return "", rng.choice(
        (
            f'("{places}"{cased("-f", rng)}{arguments})',
            f"({quoted(places)} {cased('-f', rng)} ({arguments}))",
            f"[string]::{cased('Format', rng)}({quoted(places)},{arguments})",
        )
    )


def replace_operator(text: str, rng: Random) -> Encoded:
    marker = absent(text, rng, "~_#%;")
    operator = cased(rng.choice(("-replace", "-creplace", "-ireplace")), rng)
    victim = rng.choice(sorted(set(text)))
    hidden = text.replace(victim, marker)
    if rng.random() < 0.5 or victim == "$":
        codes = "+".join(f"[char]{ord(char)}" for char in marker)
        new = f"[string][char]{ord(victim)}" if victim != "$" else "'$$'"
        return "", f"({quoted(hidden)}{operator}({codes}),{new})"
    return "", f"({quoted(hidden)} {operator} {quoted(marker)},{quoted(victim)})"


def replace_method(text: str, rng: Random) -> Encoded:
    first, second = absent(text, rng), rng.choice(sorted(set(text)))
    method = rng.choice((".Replace", ".'Replace'", '."r`eplAce"', ".('Rep'+'lace')"))
    return "", f"{quoted(text.replace(second, first))}{method}({quoted(first)},{quoted(second)})"


def nested_replaces(text: str, rng: Random) -> Encoded:
    expression = text
    calls = ""
    for _ in range(3):
        marker = absent(expression, rng)
        victim = rng.choice(sorted(set(expression) - set(marker)))
        expression = expression.replace(victim, marker)
        calls = f".replace({quoted(marker)},{quoted(victim)})" + calls
    return "", quoted(expression) + calls


def split_and_join(text: str, rng: Random) -> Encoded:
    marker = rng.choice([char for char in "~_#%;," if char not in text] or ["\u00a4"])
    joined = quoted(marker.join(pieces_of(text, rng)))
    return "", rng.choice(
        (
            f"({joined}.Split({quoted(marker)}) {cased('-join', rng)} '')",
            f"(({joined} {cased('-split', rng)} {quoted(marker)})-join'')",
            f"[string]::Join('',({joined}{cased('-csplit', rng)}{quoted(marker)}))",
            f"(-join({joined}.{cased('split', rng)}([char]{ord(marker)})))",
        )
    )


def array_join(text: str, rng: Random) -> Encoded:
    items = ",".join(map(quoted, pieces_of(text, rng)))
    return "", rng.choice(
        (
            f"(({items})-join'')",
            f"[String]::{cased('join', rng)}('',({items}))",
            f"(-join@({items}))",
        )
    )


def array_reverse(text: str, rng: Random) -> Encoded:
    array = variable(rng)
    before = (
        f"{array}={quoted(text[::-1])}.ToCharArray();[array]::{cased('Reverse', rng)}({array});"
    )
    return before, rng.choice(
        (f"(-join {array})", f"({array}-join'')", f"[string]::Join('',{array})")
    )


def reverse_range(text: str, rng: Random) -> Encoded:
    string = variable(rng)
    return (
        f"{string}={quoted(text[::-1])};",
        f"({string}[-1..-({string}.{cased('Length', rng)})]-join'')",
    )


def reverse_slice(text: str, rng: Random) -> Encoded:
    string = variable(rng)
    before = f"{string}={quoted(text[::-1])};"
    return before, f"(-join {string}[{string}.Length..0])"


def right_to_left(text: str, rng: Random) -> Encoded:
    matches = f"[regex]::{cased('Matches', rng)}({quoted(text[::-1])},'.','RightToLeft')"
    return "", rng.choice(
        (f"(({matches}|%{{$_.Value}})-join'')", f"(-join({matches}|{cased('foreach', rng)}{{$_}}))")
    )


def substring(text: str, rng: Random) -> Encoded:
    left, right = absent(text, rng), absent(text, rng)
    start = len(left)
    hidden = quoted(left + text + right)
    return "", rng.choice(
        (
            f"{hidden}.{cased('Substring', rng)}({start},{len(text)})",
            f"({hidden}[{start}..{start + len(text) - 1}]-join'')",
            f"{hidden}.Remove({start + len(text)}).Remove(0,{start})",
        )
    )


def insertion(text: str, rng: Random) -> Encoded:
    place = rng.randint(1, max(1, len(text) - 1))
    middle = text[place : place + 3]
    rest = quoted(text[:place] + text[place + 3 :])
    return "", f"{rest}.{cased('Insert', rng)}({place},{quoted(middle)})"


def picked_characters(text: str, rng: Random) -> Encoded:
    alphabet = rng.sample(sorted(set(text)), len(set(text)))
    indexes = ",".join(str(alphabet.index(char)) for char in text)
    return "", f"({quoted(''.join(alphabet))}[{indexes}]-join'')"


def variables(text: str, rng: Random) -> Encoded:
    pieces = pieces_of(text, rng, 5)
    names = [f"${{{name(rng)}{i}}}" for i in range(len(pieces))]
    before = "".join(f"{n}={quoted(p)};" for n, p in zip(names, pieces, strict=True))
    return before, rng.choice(("(" + "+".join(names) + ")", '"' + "".join(names) + '"'))


def set_variable(text: str, rng: Random) -> Encoded:
    n = name(rng) + "z"
    value = concatenation(text, rng)[1]
    before = rng.choice(
        (
            f"{cased('Set-Variable', rng)} {n} {value};",
            f"sv {n} {value};",
            f"{cased('Set-Item', rng)} variable:{n} {value};",
            f"si Variable:/{n} {value};",
            f"New-Variable -Name {n} -Value {value};",
        )
    )
    return before, rng.choice(
        (
            f"(Get-Variable {n}).Value",
            f"(gv {n} -ValueOnly)",
            f"(Get-Item variable:{n}).Value",
            f"(ls variable:/{n}).Value",
            f"(Variable {n} -va)",
            f"(gi Variable:{n[:-1]}?).'Value'",
            f"${n}",
        )
    )


def environment_variable(text: str, rng: Random) -> Encoded:
    n = name(rng) + "q"
    return f"$env:{n}={concatenation(text, rng)[1]};", rng.choice(
        (f"$env:{n}", f"(gi env:{n}).Value")
    )


def here_string(text: str, rng: Random) -> Encoded:
    return "", "(" + f"@'\n{text[::-1]}\n'@" + ")[-1..-" + str(len(text)) + "]-join''"


def expandable(text: str, rng: Random) -> Encoded:
    before, inside = "", ""
    for index, piece in enumerate(pieces_of(text, rng, 4)):
        short = f"{name(rng)}{index}"
        before += f"${short}={quoted(piece)};"
        inside += rng.choice((f"$({quoted(piece)})", f"${{{short}}}", f"$(${short})"))
    return before, f'"{inside}"'


def function_call(text: str, rng: Random) -> Encoded:
    f, s = name(rng) + "fn", name(rng)
    before = f"function {f}(${s}){{$r='';for($n=${s}.Length-1;$n -ge 0;$n--){{$r+=${s}[$n]}};return $r}};"
    return before, f"({f} {quoted(text[::-1])})"


def every_second(text: str, rng: Random) -> Encoded:
    """Every other character is noise, as GuLoader and its like do it."""
    hidden = "".join(char + rng.choice(LETTERS) for char in text)
    f = name(rng) + "fn"
    before = f"Function {f} ($t){{$o='';For($i=0;$i -lt $t.Length-1;$i+=2){{$o+=$t.Substring($i,1)}};$o}};"
    return before, f"({f} {quoted(hidden)})"


def padding_and_case(text: str, rng: Random) -> Encoded:
    marker = rng.choice([c for c in "~_#%;" if c not in text] or ["\u00a4"])
    filled = quoted(marker * 3 + text + marker * 2)
    return "", f"{filled}.{cased('Trim', rng)}({quoted(marker)}).{cased('PadLeft', rng)}(1)"


def repeated_character(text: str, rng: Random) -> Encoded:
    char = text[0]
    return "", f"(({quoted(char)}*1)+{quoted(text[1:])})"


ENCODERS: dict[str, Encoder] = {
    function.__name__: function
    for function in (
        concatenation,
        format_operator,
        replace_operator,
        replace_method,
        nested_replaces,
        split_and_join,
        array_join,
        array_reverse,
        reverse_range,
        reverse_slice,
        right_to_left,
        substring,
        insertion,
        picked_characters,
        variables,
        set_variable,
        environment_variable,
        here_string,
        expandable,
        function_call,
        every_second,
        padding_and_case,
        repeated_character,
    )
}
