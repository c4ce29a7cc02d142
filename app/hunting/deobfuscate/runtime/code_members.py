"""Methods of what runs code: script blocks, $ExecutionContext, [powershell]::Create()."""

from __future__ import annotations

from ..values import UnresolvedError, Value, to_text
from . import lookups
from .blocks import call, run_script
from .objects import Engine
from .run import Run, ScriptBlock


def block_member(block: ScriptBlock, name: str, arguments: list[Value] | None, run: Run) -> Value:
    if name in ("invoke", "invokereturnasis", "invokewithcontext"):
        return call(block, run, {}, arguments or [], None)
    if name == "tostring":
        return block.text
    if name in ("getnewclosure", "ast"):
        return block
    raise UnresolvedError


def engine_member(engine: Engine, name: str, arguments: list[Value] | None, run: Run) -> Value:
    """$ExecutionContext.InvokeCommand.InvokeScript('...') and its like."""
    if name == "invokecommand":
        return engine
    if name == "addscript" and arguments and isinstance(arguments[0], str):
        run_script(arguments[0], run)
        return engine
    if not arguments:
        raise UnresolvedError
    texts = [to_text(argument) for argument in arguments if isinstance(argument, (str, list))]
    blocks = [argument for argument in arguments if isinstance(argument, ScriptBlock)]
    if name == "invokescript":
        return call(blocks[0], run, {}, [], None) if blocks else run_script(texts[0], run)
    if name == "newscriptblock":
        return run.block(texts[0])
    if name == "expandstring":
        return _expanded(texts[0], run)
    if name in ("getcommand", "getcmdlet", "getcmdlets", "getcommandname"):
        return lookups.commands_like(texts[0], run)
    raise UnresolvedError


def _expanded(text: str, run: Run) -> Value:
    """What a double-quoted string with this content would be."""
    escaped = text.replace('"', '""')
    return run_script(f'"{escaped}"', run)
