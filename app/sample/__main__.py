"""Writes the bundled sample anew: `python -m app.sample`. It is the same at every run."""

from app.sample import SAMPLE
from app.sample.events import as_csv

if __name__ == "__main__":
    SAMPLE.write_text(as_csv(), "utf-8")
