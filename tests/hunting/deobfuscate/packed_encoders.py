"""Texts in base64, compressed, or encrypted with the key beside them."""

import base64
import gzip
import zlib
from random import Random

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.hunting.deobfuscate.text_encoders import concatenation
from tests.hunting.deobfuscate.words import LOOPS, Encoded, Encoder, cased, name, quoted


def base64_text(text: str, rng: Random) -> Encoded:
    label, codec = rng.choice(
        (
            ("UTF8", "utf-8"),
            ("Unicode", "utf-16-le"),
            ("ASCII", "ascii"),
            ("BigEndianUnicode", "utf-16-be"),
        )
    )
    blob = quoted(base64.b64encode(text.encode(codec, "replace")).decode())
    encoding = rng.choice(
        (f"[Text.Encoding]::{label}", f"[System.Text.Encoding]::{cased(label, rng)}")
    )
    method = rng.choice(("FromBase64String", cased("FromBase64String", rng)))
    decode = rng.choice(
        (f"[Convert]::{method}({blob})", f"[System.Convert]::('From'+'Base64String')({blob})")
    )
    return "", f"{encoding}.{cased('GetString', rng)}({decode})"


def compressed(text: str, rng: Random) -> Encoded:
    data = text.encode("utf-8")
    kind = rng.choice(("Deflate", "Gzip"))
    if kind == "Deflate":
        engine = zlib.compressobj(9, wbits=-15)
        packed = engine.compress(data) + engine.flush()
    else:
        packed = gzip.compress(data)
    blob = f"[Convert]::FromBase64String('{base64.b64encode(packed).decode()}')"
    stream = cased(f"IO.Compression.{kind}Stream", rng)
    mode = cased("[IO.Compression.CompressionMode]::Decompress", rng)
    encoding = "[Text.Encoding]::UTF8"
    loop = rng.choice(LOOPS)
    reader, memory = "New-Object IO.StreamReader", f"New-Object IO.MemoryStream(,{blob})"
    inflate = f"New-Object {stream}([IO.MemoryStream]{blob},{mode})"
    reads = f"{loop}{{{reader}($_,{encoding})}}|{loop}{{$_.ReadToEnd()}}"
    return "", rng.choice(
        (
            f"(({inflate}|{reads}))",
            f"({reader}((New-Object {stream}(({memory}),{mode})),{encoding})).ReadToEnd()",
            f"$({reader}($(New-Object {stream}($({memory}),{mode})),{encoding})).ReadToEnd()",
            f"([IO.StreamReader]::new([{stream}]::new([IO.MemoryStream]::new({blob}),{mode}))).ReadToEnd()",
        )
    )


def compressed_with_variables(text: str, rng: Random) -> Encoded:
    source, stream, target = (f"${name(rng)}{n}" for n in range(3))
    blob = base64.b64encode(gzip.compress(text.encode())).decode()
    before = (
        f'{source}=New-Object System.IO.MemoryStream(,[Convert]::FromBase64String("{blob}"));'
        f"{stream}=New-Object System.IO.Compression.GzipStream({source},"
        f"[IO.Compression.CompressionMode]::Decompress);{target}=New-Object System.IO.MemoryStream;"
        f"{stream}.CopyTo({target});"
    )
    return before, f"[Text.Encoding]::UTF8.GetString({target}.ToArray())"


def _padded(text: str, codec: str, block: int) -> bytes:
    padder = padding.PKCS7(block).padder()
    return padder.update(text.encode(codec)) + padder.finalize()


def secure_string(text: str, rng: Random) -> Encoded:
    key = bytes(rng.randint(0, 255) for _ in range(rng.choice((16, 24, 32))))
    vector = rng.randbytes(16)
    engine = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    ciphertext = engine.update(_padded(text, "utf-16-le", 128)) + engine.finalize()
    fields = f"2|{base64.b64encode(vector).decode()}|{ciphertext.hex()}"
    blob = base64.b64encode(fields.encode("utf-16-le")).decode()
    protected = quoted("76492d1116743f0423413b16050a5345" + blob)
    shown = rng.choice((",".join(map(str, key)), "(" + ",".join(map(str, key)) + ")"))
    secret = rng.choice(
        (
            f"({protected}|{cased('ConvertTo-SecureString', rng)} -k {shown})",
            f"$(ConvertTo-SecureString {protected} -Key {shown})",
        )
    )
    return "", _revealed(secret, rng)


def _revealed(secret: str, rng: Random) -> str:
    marshal = cased("[Runtime.InteropServices.Marshal]", rng)
    return rng.choice(
        (
            f"({marshal}::PtrToStringAuto({marshal}::SecureStringToBSTR({secret})))",
            f"({marshal}::PtrToStringUni({marshal}::SecureStringToGlobalAllocUnicode({secret})))",
            f"{marshal}::PtrToStringBSTR({marshal}::SecureStringToBSTR({secret}))",
            f"(New-Object Net.NetworkCredential('',{secret})).Password",
            f"(New-Object Management.Automation.PSCredential ' ',{secret}).GetNetworkCredential().Password",
            f"[System.Net.NetworkCredential]::new('',{secret}).Password",
        )
    )


def plain_secure_string(text: str, rng: Random) -> Encoded:
    inner = concatenation(text, rng)[1]
    return "", _revealed(f"(ConvertTo-SecureString {inner} -AsPlainText -Force)", rng)


def aes(text: str, rng: Random) -> Encoded:
    key, vector = rng.randbytes(rng.choice((16, 32))), rng.randbytes(16)
    mode = rng.choice(("CBC", "ECB"))
    chosen = modes.CBC(vector) if mode == "CBC" else modes.ECB()
    engine = Cipher(algorithms.AES(key), chosen).encryptor()
    data = engine.update(_padded(text, "utf-8", 128)) + engine.finalize()
    maker = rng.choice(
        (
            "[Security.Cryptography.Aes]::Create()",
            "New-Object System.Security.Cryptography.AesManaged",
            "New-Object Security.Cryptography.RijndaelManaged",
            "[System.Security.Cryptography.AesCryptoServiceProvider]::new()",
        )
    )
    return _cipher(text, rng, maker, mode, key, vector, data)


def triple_des(text: str, rng: Random) -> Encoded:
    key, vector = rng.randbytes(24), rng.randbytes(8)
    engine = Cipher(TripleDES(key), modes.CBC(vector)).encryptor()
    data = engine.update(_padded(text, "utf-8", 64)) + engine.finalize()
    maker = "New-Object Security.Cryptography.TripleDESCryptoServiceProvider"
    return _cipher(text, rng, maker, "CBC", key, vector, data)


def _cipher(
    text: str, rng: Random, maker: str, mode: str, key: bytes, vector: bytes, data: bytes
) -> Encoded:
    cipher, blob = f"${name(rng)}a", f"${name(rng)}b"

    def b64(value: bytes) -> str:
        return f"[Convert]::FromBase64String('{base64.b64encode(value).decode()}')"

    before = (
        f"{cipher}={maker};{cipher}.Mode=[Security.Cryptography.CipherMode]::{mode};"
        f"{cipher}.Padding=[Security.Cryptography.PaddingMode]::PKCS7;{blob}={b64(data)};"
    )
    if rng.random() < 0.5:
        before += f"{cipher}.Key={b64(key)};{cipher}.IV={b64(vector)};"
        decryptor = f"{cipher}.CreateDecryptor()"
    else:
        numbers = ",".join(map(str, key))
        decryptor = f"{cipher}.CreateDecryptor([byte[]]({numbers}),{b64(vector)})"
    stream = "New-Object Security.Cryptography.CryptoStream"
    memory = f"(New-Object IO.MemoryStream(,{blob}))"
    return before, rng.choice(
        (
            f"[Text.Encoding]::UTF8.GetString({decryptor}.TransformFinalBlock({blob},0,{blob}.Length))",
            f"(New-Object IO.StreamReader(({stream}({memory},{decryptor},'Read')))).ReadToEnd()",
        )
    )


ENCODERS: dict[str, Encoder] = {
    function.__name__: function
    for function in (
        base64_text,
        compressed,
        compressed_with_variables,
        secure_string,
        plain_secure_string,
        aes,
        triple_des,
    )
}
