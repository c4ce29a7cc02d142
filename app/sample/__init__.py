"""The bundled sample: forty made-up process events, made by `python -m app.sample`.

Its addresses are reserved for documentation (RFC 5737, RFC 3849, RFC 2606); nothing in it does
harm.
"""

from pathlib import Path

SAMPLE = Path(__file__).parent / "powershell_commands.csv"
