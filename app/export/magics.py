"""IPython's own syntax (%magics, !shell commands, help?) turned into plain Python."""

# mypy: allow-untyped-calls

import ast
import re

from IPython.core.inputtransformer2 import (
    TRANSFORM_LOOP_LIMIT,
    TransformerManager,
    classic_prompt,
    ipython_prompt,
    leading_indent,
)

from app.export import python
from app.export.python import PythonError

# They show something or steer the notebook: a module loses nothing without them.
_NOTEBOOK_ONLY = {
    *("autoreload", "load_ext", "reload_ext", "unload_ext"),
    *("colors", "config", "matplotlib", "pprint", "precision", "xmode"),
    *("pdb", "pinfo", "pinfo2", "psearch", "who", "whos"),
}
_CELL_MAGIC = re.compile(r"%%(\w+)(?!\S).*\n")
_RUNS_THE_CELL = re.compile(r"%%time|%%capture(\s+--\S+)*")


def plain_python(source: str) -> str:
    """The source of a cell as Python, line for line. What is Python already comes as it is.

    `%time` and `%%time` give way to what they time, `%%capture` to what it captures; magics that
    only show something become comments. Raises PythonError for a cell that does not parse, and
    for what works in a notebook only: other magics, shell commands, get_ipython().
    """
    source = source.replace("\r\n", "\n").replace("\r", "\n").rstrip()
    try:
        tree = python.parse(source)
    except PythonError:
        source = _without_magics(source)
        tree = python.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_get_ipython(node.func):
            raise _refusal("get_ipython() exists in notebooks only", node.lineno)
    return source


def _without_magics(source: str) -> str:
    manager = TransformerManager()
    lines = _without_cell_magics(_without_indent(_lines(source)))
    for _ in range(TRANSFORM_LOOP_LIMIT):
        try:
            _, changed = manager.do_one_token_transform(lines)
        except (SyntaxError, ValueError, IndexError, SystemError):
            # The tokenizer (SystemError: Python 3.12's and later) and IPython stumble over code
            # that is broken anyhow. Parsing it tells the line.
            changed = lines
        if changed == lines:
            return "".join(lines).rstrip()
        lines = _with_plain_line(lines, changed)
    raise PythonError(f"there are more than {TRANSFORM_LOOP_LIMIT} magics", 1)


def _lines(source: str) -> list[str]:
    """Lines as Python counts them: str.splitlines() also splits at form feeds and the like."""
    return [line + "\n" for line in source.removesuffix("\n").split("\n")]


def _without_indent(lines: list[str]) -> list[str]:
    """Without common indentation and prompts, as IPython strips them."""
    blank = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    code = ipython_prompt(classic_prompt(leading_indent(lines[blank:])))
    return lines[:blank] + _lines("".join(code))


def _without_cell_magics(lines: list[str]) -> list[str]:
    """Without the %%magics that the rest of the cell is handed to; they can be stacked."""
    lines = list(lines)
    for at, line in enumerate(lines):
        magic = _CELL_MAGIC.fullmatch(line)
        if magic:
            if not _RUNS_THE_CELL.fullmatch(line.strip()):
                raise _refusal(f"%%{magic[1]} works in notebooks only: {line.strip()!r}", at + 1)
            lines[at] = _comment(line)
        elif line.strip():
            break
    return lines


def _with_plain_line(lines: list[str], changed: list[str]) -> list[str]:
    """`changed`, where IPython turned one magic into a call, with Python in place of the call."""
    at = next(at for at, line in enumerate(changed) if line != lines[at])
    # Lines joined by backslashes became one: blank lines keep the numbers of the others.
    joined = len(lines) - len(changed)
    written = "".join(lines[at : at + joined + 1])
    plain = _plain_line(changed[at], written, at + 1)
    return [*changed[:at], plain, *["\n"] * joined, *changed[at + 1 :]]


def _plain_line(line: str, written: str, number: int) -> str:
    statement = line.strip()
    found = _magic(statement)
    if found is None:  # IPython's `/f x` is plain already: `f(x)`
        return line
    target, magic, argument = found
    indent = line[: line.index(statement)]
    if magic == "%time" and (_is_expression(argument) if target else argument):
        return f"{indent}{target}{argument}\n"
    if magic[1:] in _NOTEBOOK_ONLY and not target:
        return f"{indent}pass  {_comment(written)}" if indent else _comment(written)
    raise _refusal(f"{magic} works in notebooks only: {written.strip()!r}", number)


def _magic(statement: str) -> tuple[str, str, str] | None:
    """What stands before a magic call that IPython wrote, which magic it is, and its argument.

    For `x = get_ipython().run_line_magic('time', 'f()')` these are `x = `, `%time` and `f()`.
    """
    try:
        tree = python.parse(statement)
    except PythonError:
        return None
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=method),
                args=[*names, ast.Constant(value=str(argument))],
            ):
                target = statement.removesuffix(ast.get_source_segment(statement, node) or "")
                is_magic = method == "run_line_magic"
                magic = f"%{ast.literal_eval(names[0])}" if is_magic else "a shell command"
                return target, magic, argument.strip()
    return None


def _is_expression(text: str) -> bool:
    try:
        return [type(statement) for statement in python.parse(text).body] == [ast.Expr]
    except PythonError:
        return False


def _is_get_ipython(function: ast.expr) -> bool:
    return "get_ipython" in (getattr(function, "id", ""), getattr(function, "attr", ""))


def _comment(written: str) -> str:
    return f"# notebook only: {' '.join(written.split())}\n"


def _refusal(reason: str, line: int) -> PythonError:
    return PythonError(f"{reason}; write it in Python or move it to a cell without a name", line)
