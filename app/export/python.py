"""Python text: does it compile, and if not, on which line."""

import ast
import warnings
from dataclasses import dataclass
from typing import Any


@dataclass
class PythonError(Exception):
    """What is wrong with a piece of Python, and on which of its lines (from 1)."""

    reason: str
    line: int


def parse(source: str) -> ast.Module:
    """The syntax tree. Raises PythonError."""
    tree: ast.Module = _compile(source, ast.PyCF_ONLY_AST)
    return tree


def check(source: str) -> None:
    """Raise PythonError if the source does not compile as a module (`return` at its top, ...)."""
    _compile(source, 0)


def _compile(source: str, flags: int) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as an invalid escape: the author's business
        try:
            return compile(source, "<module>", "exec", flags, dont_inherit=True)
        except SyntaxError as error:
            shown = f": {error.text.strip()!r}" if error.text else ""
            raise PythonError(f"{error.msg}{shown}", error.lineno or 1) from error
        except (ValueError, RecursionError, MemoryError) as error:
            # Null bytes, lone surrogates; expressions nested too deeply for the compiler.
            raise PythonError(str(error) or "too deeply nested", 1) from error
