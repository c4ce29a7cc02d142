"""The rows that benchmarks run on, and the truth about them where it is known."""

import gzip
import importlib.util
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

from app.sample import SAMPLE

_SHARED = Path(__file__).parents[3] / "shared"
_PUBLISHED = _SHARED / "data" / "unit42_dev.jsonl.gz"
_SAMPLE_TIMES = 25
_SCORED = ("decode_validated", "ioc_url", "ioc_ipv4", "ioc_domain", "ioc_c2")


def source() -> str:
    return "../shared/data" if _PUBLISHED.exists() else "the bundled sample, varied"


def truth() -> list[dict[str, Any]]:
    """The published records with their known answers; [] where they are not at hand."""
    if not _PUBLISHED.exists():
        return []
    with gzip.open(_PUBLISHED, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def unique() -> pd.DataFrame:
    """Distinct command lines, in the column command_line."""
    if records := truth():
        values = pd.Series([record["cmd"] for record in records])
    else:
        lines = sample()["command_line"]
        values = pd.Series([f"{line} #{n}" for n in range(_SAMPLE_TIMES) for line in lines])
    return pd.DataFrame({"command_line": values.drop_duplicates(ignore_index=True)})


def sample() -> pd.DataFrame:
    """The bundled command lines, in the column command_line."""
    values = pd.read_csv(SAMPLE)["ParentCommandLine"].dropna().astype(str)
    return pd.DataFrame({"command_line": values.reset_index(drop=True)})


def accuracy(
    records: list[dict[str, Any]], run: Callable[[pd.DataFrame], pd.DataFrame]
) -> dict[str, str]:
    """The metrics of ../shared/score.py for what `run` makes of the records."""
    score = _score()
    frame = pd.DataFrame({"command_line": [record["cmd"] for record in records]})
    distinct = frame.drop_duplicates(ignore_index=True)
    result = run(distinct).set_index("command_line")[list(_SCORED)].loc[frame["command_line"]]
    result.insert(0, "id", [record["id"] for record in records])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "predictions.csv"
        result.to_csv(path, index=False)
        counts, _ = score.score(records, score.read_predictions(str(path)))
    shares = {metric: score.share(counts, metric, of) for metric, of in score.METRICS}
    return {name: "-" if share is None else f"{share:.2%}" for name, share in shares.items()}


def _score() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", _SHARED / "score.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(_SHARED / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
