"""Working out the constants of a script: nothing is executed, unknown values stay unknown.

Importing it registers the functions that evaluate the nodes of the tree and the cmdlets.
"""

from . import (
    cmdlets_objects,
    cmdlets_pipeline,
    cmdlets_running,
    cmdlets_variables,
    expressions,
    members,
    pipelines,
    statements,
)

__all__ = [
    "cmdlets_objects",
    "cmdlets_pipeline",
    "cmdlets_running",
    "cmdlets_variables",
    "expressions",
    "members",
    "pipelines",
    "statements",
]
