"""Encryption whose key is in the script: SecureString, AES, triple DES, hashes, derived keys."""

from __future__ import annotations

import base64
import hashlib
import re

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher as Crypt
from cryptography.hazmat.primitives.ciphers import algorithms, modes

from ..values import Ambient, UnresolvedError, Value, to_bytes, to_int, to_text
from .objects import Cipher, Hasher, KeyDerivation, Transform
from .run import Run

_Mode = modes.CBC | modes.ECB
_NAMESPACE = "security.cryptography."
_MAX_ITERATIONS = 100_000
_MAX_DERIVED = 1024
# Format: ConvertFrom-SecureString -Key. A fixed GUID, then base64 of UTF-16 `2|IV|ciphertext`.
_SECURE_STRING = re.compile(r"\s*76492d1116743f0423413b16050a5345([A-Za-z0-9+/=]+)\s*\Z", re.I)
_HASHES = {
    "md5": "md5",
    "sha1": "sha1",
    "sha256": "sha256",
    "sha384": "sha384",
    "sha512": "sha512",
}
_SUFFIXES = ("managed", "cryptoserviceprovider", "cng")
_CIPHERS = {
    "aes": "aes",
    "rijndael": "aes",
    "tripledes": "tripledes",
    "des": "des",
}


def algorithm(name: str) -> Cipher | Hasher | None:
    """The algorithm that a class in Security.Cryptography stands for, None if it is another."""
    if not name.startswith(_NAMESPACE):
        return None
    name = name.removeprefix(_NAMESPACE)
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    if name in _CIPHERS:
        return Cipher(_CIPHERS[name])
    return Hasher(_HASHES[name]) if name in _HASHES else None


def reveal(protected: str, key: bytes) -> str:
    """The text of a SecureString that was exported with a key of 16, 24 or 32 bytes."""
    match = _SECURE_STRING.match(protected)
    if not match:
        raise UnresolvedError
    fields = base64.b64decode(match.group(1)).decode("utf-16-le").split("|")
    if len(fields) != 3:
        raise UnresolvedError
    vector, ciphertext = base64.b64decode(fields[1]), bytes.fromhex(fields[2])
    return _decrypted(ciphertext, "aes", key, modes.CBC(vector), "pkcs7").decode("utf-16-le")


def decryptor(cipher: Cipher, key: Value, vector: Value, run: Run) -> Transform:
    """CreateDecryptor() with the settings of the script, or with a key and IV given to it."""
    settings = cipher.settings
    secret = bytes(to_bytes(settings.get("key") if key is None else key))
    initial = settings.get("iv") if vector is None else vector
    mode = _mode(settings.get("mode"), bytes(to_bytes(initial)) if initial is not None else b"")
    filling = _name(settings.get("padding"), "pkcs7", {"1": "none", "2": "pkcs7", "3": "zeros"})
    run.step("aes" if cipher.algorithm == "aes" else "des")
    return Transform(lambda data: _decrypted(data, cipher.algorithm, secret, mode, filling))


def _name(value: Value, default: str, numbers: dict[str, str]) -> str:
    """An enum's value, which scripts give by name or by number."""
    if value is None:
        return default
    name = to_text(value).lower() if not isinstance(value, Ambient) else str(value).lower()
    return numbers.get(name, name)


def _mode(value: Value, vector: bytes) -> _Mode:
    name = _name(value, "cbc", {"1": "cbc", "2": "ecb"})
    if name == "ecb":
        return modes.ECB()  # noqa: S305 - the script chose it
    if name != "cbc" or not vector:
        raise UnresolvedError
    return modes.CBC(vector)


def _decrypted(data: bytes, name: str, key: bytes, mode: _Mode, filling: str) -> bytes:
    if name == "aes":
        cipher = Crypt(algorithms.AES(key), mode)
    else:
        cipher = Crypt(TripleDES((key * 3)[:24]), mode)  # DES is triple DES with one key thrice
    engine = cipher.decryptor()
    plain = engine.update(data) + engine.finalize()
    if filling == "zeros":
        return plain.rstrip(b"\0")
    if filling == "pkcs7":
        stripper = padding.PKCS7(128 if name == "aes" else 64).unpadder()
        return stripper.update(plain) + stripper.finalize()
    return plain


def digest(hasher: Hasher, data: bytes) -> bytearray:
    return bytearray(hashlib.new(hasher.name, data, usedforsecurity=False).digest())


def key_derivation(arguments: list[Value]) -> KeyDerivation:
    """Rfc2898DeriveBytes(password, salt[, iterations[, hash]])"""
    password, salt, *rest = arguments
    secret = to_text(password).encode() if isinstance(password, str) else bytes(to_bytes(password))
    iterations = to_int(rest[0]) if rest else 1000
    name = str(rest[1]).lower() if len(rest) > 1 else "sha1"
    if name not in _HASHES or not 0 < iterations <= _MAX_ITERATIONS:
        raise UnresolvedError
    return KeyDerivation(secret, bytes(to_bytes(salt)), iterations, name)


def derived(derivation: KeyDerivation, count: int, run: Run) -> bytearray:
    """The first bytes of the key stream."""
    if not 0 < count <= _MAX_DERIVED:
        raise UnresolvedError
    run.budget.spend(derivation.iterations * (count // 16 + 1))
    return bytearray(
        hashlib.pbkdf2_hmac(
            derivation.hash_name,
            derivation.password,
            derivation.salt,
            derivation.iterations,
            count,
        )
    )
