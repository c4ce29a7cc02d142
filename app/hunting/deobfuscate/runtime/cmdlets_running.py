"""Cmdlets that run code: Invoke-Expression, Invoke-Command, Start-Process."""

from __future__ import annotations

from ..values import UnresolvedError, Value, known, to_list, to_text
from . import launchers
from .blocks import call, run_script
from .invocation import Invocation, cmdlet
from .run import ScriptBlock


@cmdlet("invoke-expression")
def _invoke_expression(invocation: Invocation) -> Value:
    argument = invocation.bound("command").get("command")
    texts = [to_text(known(item)) for item in invocation.items(argument)]
    if not any(text.strip() for text in texts):
        raise UnresolvedError
    invocation.run.step("invoke")
    return run_script("\n".join(texts), invocation.run)


@cmdlet("invoke-command", "start-job")
def _invoke_command(invocation: Invocation) -> Value:
    bound = invocation.bound("scriptblock argumentlist computername session credential filepath")
    block = bound.get("scriptblock")
    if not isinstance(block, ScriptBlock) or "computername" in bound or "session" in bound:
        raise UnresolvedError
    arguments = to_list(bound.get("argumentlist"))
    return call(block, invocation.run, {}, arguments, invocation.whole_input())


@cmdlet("start-process")
def _start_process(invocation: Invocation) -> Value:
    bound = invocation.bound(
        "filepath argumentlist workingdirectory windowstyle verb credential",
        "nonewwindow passthru wait",
    )
    program = to_text(known(bound.get("filepath")))
    arguments = to_text(known(bound.get("argumentlist")))
    invocation.run.effects += 1
    if launchers.shell_name(program):
        launchers.start(f'"{program}" {arguments}', invocation.run)
    raise UnresolvedError
