"""The bundled sample: made-up process events with PowerShell command lines."""

from pathlib import Path

SAMPLE = Path(__file__).parent / "powershell_commands.csv"
