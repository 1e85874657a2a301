"""Decryption that scripts do to their own payload: AES, secure strings; hashes."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from noroshi.examine.powershell.values import EvaluationError, Thing, bytes_of, integer_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

SECURE_HEADER: Final = "76492d1116743f0423413b16050a5345"
"""What ``ConvertFrom-SecureString -Key`` writes first (PowerShell's source, `SecureStringHelper`)."""
_KEY_SIZES: Final = frozenset({16, 24, 32})
_HASHES: Final = {"md5": "md5", "sha1": "sha1", "sha256": "sha256", "sha384": "sha384", "sha512": "sha512"}


def decrypted(content: bytes, key: bytes, start: bytes, mode: str, padding: str) -> bytes:
    """AES, with .NET's names of modes and paddings.

    Raises:
        EvaluationError: Key, mode or length do not fit.
    """
    if len(key) not in _KEY_SIZES or (mode != "ecb" and len(start) != 16):
        raise EvaluationError("the key or the initialisation vector has no fitting length")
    chosen: modes.Mode
    if mode == "ecb":
        chosen = modes.ECB()  # noqa: S305 - the script's choice; it is only undone here
    elif mode == "cfb":
        chosen = modes.CFB8(start)
    else:
        chosen = modes.CBC(start)
    if mode != "cfb" and len(content) % 16:
        raise EvaluationError("the encrypted bytes are no whole blocks")
    machine = Cipher(algorithms.AES(key), chosen).decryptor()
    return _unpadded(machine.update(content) + machine.finalize(), padding)


def _unpadded(content: bytes, padding: str) -> bytes:
    if padding in {"none", "1"} or not content:
        return content
    if padding in {"zeros", "3"}:
        return content.rstrip(b"\0")
    count = content[-1]
    if not 1 <= count <= 16:
        raise EvaluationError("the padding is wrong: key or mode do not fit")
    return content[:-count]


def decryptor(machine: Thing, arguments: list[Any]) -> Thing:
    """``CreateDecryptor()`` or ``CreateDecryptor(key, iv)`` of an AES object."""
    key = bytes(bytes_of(arguments[0] if arguments else machine.state.get("key")))
    raw_start = arguments[1] if len(arguments) > 1 else machine.state.get("iv")
    start = bytes(bytes_of(raw_start)) if raw_start is not None else bytes(16)
    mode = _word(machine.state.get("mode"), {"1": "cbc", "2": "ecb", "4": "cfb"}, "cbc")
    padding = _word(machine.state.get("padding"), {}, "pkcs7")

    def action(content: bytes) -> bytes:
        return decrypted(content, key, start, mode, padding)

    return Thing("security.cryptography.icryptotransform", {"action": action})


def _word(value: Any, numbers: dict[str, str], default: str) -> str:
    if value is None:
        return default
    word = text_of(value).lower().rpartition(".")[2].rpartition("::")[2]
    return numbers.get(word, word)


def transform(machine: Thing, arguments: list[Any]) -> bytearray:
    """``TransformFinalBlock(bytes, offset, count)``."""
    content = bytes_of(arguments[0])
    begin, count = integer_of(arguments[1]), integer_of(arguments[2])
    action: Callable[[bytes], bytes] = machine.state["action"]
    return bytearray(action(bytes(content[begin : begin + count])))


def secure_text(text: str, key: bytes) -> str:
    """The text of ``ConvertFrom-SecureString -Key``, decrypted.

    Raises:
        EvaluationError: It is none, or the key does not fit.
    """
    body = text.removeprefix(SECURE_HEADER)
    try:
        _, start, content = base64.b64decode(body).decode("utf-16-le").split("|")
        plain = decrypted(bytes.fromhex(content), key, base64.b64decode(start), "cbc", "pkcs7")
        return plain.decode("utf-16-le")
    except (ValueError, binascii.Error, UnicodeDecodeError):
        raise EvaluationError("no secure string") from None


def digest(type_: str, content: bytes) -> bytearray:
    """A hash by the name of its class.

    Raises:
        EvaluationError: It is not known.
    """
    name = next((known for word, known in sorted(_HASHES.items(), reverse=True) if word in type_), None)
    if name is None:
        raise EvaluationError("the hash is not known")
    return bytearray(hashlib.new(name, content, usedforsecurity=False).digest())
