"""The data files of this package: YAML beside the module that reads it, by the same name."""

from pathlib import Path
from typing import Any

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def beside(module_file: str) -> Any:
    """The data of a module, given its `__file__`."""
    text = Path(module_file).with_suffix(".yaml").read_text("utf-8")
    return yaml.load(text, _Loader)  # noqa: S506  (both loaders are safe ones)
