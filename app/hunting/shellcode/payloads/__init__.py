"""What decoded shellcode does: Metasploit's and Cobalt Strike's payloads."""

from app.hunting.shellcode.payloads.reader import UNKNOWN, Payload, read

__all__ = ["UNKNOWN", "Payload", "read"]
