"""Hashes, fingerprints and identifiers. Sums and addresses are those of the standards named."""

from __future__ import annotations

import hashlib

import pytest

from tests.indicators.extraction.cases import found

AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/80.0.3987.132"
)
SSDEEP = "96:s4Ud1Lj96tHHlZDrwciQmA+4uy1I0G4HYuL8N3TzS8QsO/wqWXLcMSx:sF1LjEtHHlZDrJzrhuyZvHYm8tKp/RWO"
# Of the empty input (RFC 1321, FIPS 180-4).
MD5 = hashlib.md5(b"", usedforsecurity=False).hexdigest()
SHA1 = hashlib.sha1(b"", usedforsecurity=False).hexdigest()
SHA256 = hashlib.sha256(b"").hexdigest()
SHA512 = hashlib.sha512(b"").hexdigest()
JARM = "27d40d40d29d40d1dc42d43d00041d4689ee210389f4f6b4b5b1b93f92252d"
TLSH = "T1" + "A1B2C3D4E5" * 7


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (f"md5 {MD5}", MD5),
        (f"md5 {MD5}", MD5.upper()),
        (f"md5 {MD5}", f"0x{MD5}"),
        (f"md5 {MD5}", f"MD5:{MD5}。"),
        (f"md5 {MD5}", f"ハッシュ値は{MD5}です"),
        (f"md5 {MD5}", f"authentihash: {MD5}"),
        (f"sha1 {SHA1}", f"({SHA1})"),
        (f"sha256 {SHA256}", f"sha256={SHA256},"),
        (f"sha256 {SHA256}", f"|{SHA256}|"),
        (f"sha512 {SHA512}", SHA512),
        (f"imphash {MD5}", f"imphash: {MD5}"),
        (f"imphash {MD5}", f"IMPHASH={MD5}"),
        (f"imphash {MD5}", f"| Import Hash | {MD5} |"),
        (f"imphash {MD5}", f"インポートハッシュ：{MD5}"),
        (f"ja3 {MD5}", f"JA3: {MD5}"),
        (f"ja3 {MD5}", f"ja3 hash: `{MD5}`"),
        (f"ja3s {MD5}", f"JA3S {MD5}"),
        (f"jarm {JARM}", f"JARM: {JARM}"),
        (f"jarm {JARM}", f"JARM fingerprint {JARM}"),
        (f"tlsh {TLSH}", TLSH),
        (f"tlsh {TLSH}", f"TLSH: {TLSH[2:]}"),
        ("ssdeep 3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C", "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C"),
        (f"ssdeep {SSDEEP}", f"ssdeep: {SSDEEP}"),
        ("cve CVE-2017-11882", "CVE-2017-11882"),
        ("cve CVE-2017-11882", "cve-2017-11882"),
        ("cve CVE-2017-11882", "CVE-2017–11882"),
        ("cve CVE-2017-11882", "CVE‑2017‑11882"),
        ("cve CVE-2017-11882", "脆弱性(CVE-2017-11882)を悪用"),
        ("cve CVE-2017-11882", "ＣＶＥ－２０１７－１１８８２"),
        ("attack T1059", "T1059"),
        ("attack T1059.001", "(T1059.001)"),
        ("attack T1059.001", "技術 T1059/001"),
        ("attack TA0011", "TA0011"),
        # The address of the genesis block; BIP 173; BIP 350.
        ("btc 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        ("btc bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"),
        ("btc bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
         "送金先 bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"),
        ("registry_key HKCU\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Run",
         "HKCU\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Run"),
        ("registry_key HKEY_LOCAL_MACHINE\\SOFTWARE\\x", "HKEY_LOCAL_MACHINE\\SOFTWARE\\x."),
        ("registry_key HKLM\\SOFTWARE\\x", "it writes HKLM\\SOFTWARE\\x and ends"),
        ("registry_key HKLM\\SOFTWARE\\x", '"HKLM\\\\SOFTWARE\\\\x"'),
        (f"user_agent {AGENT}", f"with {AGENT}, then"),
    ],
)  # fmt: skip
def test_signs(value: str, text: str) -> None:
    """Each kind by its shape or its label."""
    assert [value] == found(text)


@pytest.mark.parametrize(
    "text",
    [
        MD5[:-1],
        f"g{MD5}",
        f"{MD5}z",
        SHA256[:-1],
        SHA256 + "a",
        "0" * 32,
        "1" * 40,
        "12345678901234567890123456789012",
        "deadbeefdeadbeefdeadbeefdeadbeef",
        "CVE-17-1",
        "CVE-2017-",
        "XCVE-2017-11882",
        "T9999",
        "T10590",
        "XT1059",
        "AT1059.5x",
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
        "12:345678:901234",
        "at 10:123456:123",
        "HKLM",
        "Mozilla/5.0",
    ],
)
def test_no_signs(text: str) -> None:
    """Wrong lengths, borders inside words, wrong check sums, sizes that no block has."""
    assert [] == found(text)


def test_a_hash_inside_a_longer_one_is_none() -> None:
    """No MD5 is cut out of a SHA-256."""
    assert [f"sha256 {SHA256}"] == found(SHA256)
