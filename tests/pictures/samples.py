"""Data for pictures, with hostile text in them."""

import numpy as np
import pandas as pd

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)> $x^$ @{host}"


def events(count: int, lanes: int = 5) -> pd.DataFrame:
    rows = np.arange(count)
    return pd.DataFrame(
        {
            "_time": pd.Timestamp("2026-01-01") + pd.to_timedelta(rows, "s"),
            "host": [f"host{row % lanes}" for row in rows],
            "command_line": HOSTILE,
            "odd": rows % 1000 == 7,
        }
    )


def processes() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": [1, 2, 3, 4],
            "parent": [None, 1, 2, 1],
            "image": ["explorer.exe", "winword.exe", HOSTILE, "notepad.exe"],
            "score": [0.0, 0.1, 0.9, 0.2],
            "odd": [False, False, True, False],
        }
    )
