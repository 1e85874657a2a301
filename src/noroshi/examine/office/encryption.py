"""Encrypted Office documents (agile, standard, RC4, XOR), opened with passwords that are tried.

Excel opens a workbook under the password ``VelvetSweatshop`` without asking, which hides macros from scanners
at no cost to the victim.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, Final

import msoffcrypto
from msoffcrypto.method.ecma376_agile import ECMA376Agile

from noroshi.examine.model import Finding, Piece, Severity
from noroshi.examine.passwords import USUAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen

DEFAULT: Final = "VelvetSweatshop"
MAX_ATTEMPTS: Final = 60
MAX_SPINS: Final = 1_000_000
"""Rounds of hashing a password; Office writes 100,000, and the format allows ten million."""
_SPINS: Final = re.compile(rb"spinCount\s*=\s*[\"'](\d{1,9})[\"']")
_SPINS_A_STEP: Final = 100


def decrypted(specimen: Specimen, info: bytes, budget: Budget) -> Iterator[Outcome]:
    """The document inside, with the password that opened it; else that it is encrypted.

    Args:
        specimen: The compound file.
        info: Its stream ``EncryptionInfo``; empty for the older encryptions.
        budget: Each attempt is counted by the rounds it takes.
    """
    spins = max((int(one) for one in _SPINS.findall(info)), default=50_000 if info else 0)
    if spins > MAX_SPINS:
        yield Finding("encryption-costly", Severity.MEDIUM, {"rounds": str(spins), "limit": str(MAX_SPINS)})
        return
    for password in list(dict.fromkeys((DEFAULT, *specimen.passwords, *USUAL)))[:MAX_ATTEMPTS]:
        if not budget.take("steps", 1 + spins // _SPINS_A_STEP):
            break
        content = _opened(specimen.raw, password)
        if content is not None:
            if budget.take("unfolded", len(content)):
                default = "default-password" if password == DEFAULT else "password-found"
                yield Finding(default, Severity.MEDIUM, {"password": password})
                yield Piece("decrypted document", specimen.name, content)
            return
    yield Finding("encrypted", Severity.MEDIUM, {"name": specimen.name})


def _opened(raw: bytes, password: str) -> bytes | None:
    """The document; None if the password does not fit or the encryption is not known."""
    out = io.BytesIO()
    try:
        file: Any = msoffcrypto.OfficeFile(io.BytesIO(raw))
        kind = getattr(file, "type", "")
        if not file.is_encrypted() or (kind == "agile" and not _fits(file.info, password)):
            return None
        if kind == "standard":
            file.load_key(password=password, verify_password=True)
        else:  # the older ones verify by themselves
            file.load_key(password=password)
        file.decrypt(out)
    except Exception:  # noqa: BLE001 - a wrong password and damage are told apart by no common class
        return None
    return out.getvalue()


def _fits(info: dict[str, Any], password: str) -> bool:
    """Whether a password opens an agile encryption; asked alone, this takes half the rounds of `load_key`."""
    return bool(
        ECMA376Agile.verify_password(
            password,
            info["passwordSalt"],
            info["passwordHashAlgorithm"],
            info["encryptedVerifierHashInput"],
            info["encryptedVerifierHashValue"],
            info["spinValue"],
            info["passwordKeyBits"],
        )
    )
