"""Windows programs and libraries (PE): imports, signature, what is packed, what is appended."""

from __future__ import annotations

import math
import re
import warnings
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pefile
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates
from cryptography.x509.oid import NameOID

from noroshi.examine.examiner import DamagedSpecimenError, Recognition
from noroshi.examine.kinds.unix_program import addresses
from noroshi.examine.model import Detail, Finding, Piece, Place, Severity
from noroshi.examine.registry import type_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen

MAX_SHOWN: Final = 30
MAX_RESOURCES: Final = 500
MAX_CARRIED: Final = 20
_SAMPLE: Final = 1 << 20
_PACKED: Final = 7.2
"""Bits a byte: compressed or encrypted code has more, ordinary code has about 6."""

_PACKERS: Final = {
    "upx": "UPX", ".aspack": "ASPack", ".adata": "ASPack", ".themida": "Themida", ".winlice": "WinLicense",
    ".vmp": "VMProtect", ".mpress": "MPRESS", ".petite": "Petite", ".nsp": "NsPack", ".enigma": "Enigma",
    "pec2": "PECompact", ".ndata": "NSIS", "_winzip_": "WinZip SFX",
}  # fmt: skip
_INJECTION: Final = (
    {"virtualallocex", "writeprocessmemory"},
    {"ntunmapviewofsection", "writeprocessmemory"},
    {"queueuserapc", "writeprocessmemory"},
)
_VERSION: Final = (
    "CompanyName",
    "ProductName",
    "FileDescription",
    "OriginalFilename",
    "InternalName",
    "FileVersion",
)
_DIRECTORIES: Final = (0, 1, 2, 4, 6, 13, 14)
"""Exports, imports, resources, signature, debug, delayed imports, .NET."""

_CARRIED: Final = frozenset({"unknown", "text", "html"})
_WRITABLE_CODE: Final = 0xA0000000


class PeExaminer:
    """Examines PE files."""

    name: Final = "pe"
    types: Final = frozenset({"pe"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """By both magics: ``MZ``, and ``PE`` where it says."""
        del name
        if isinstance(content, str) or content[:2] != b"MZ" or len(content) < 64:
            return None
        at = int.from_bytes(content[60:64], "little")
        return Recognition("pe", 0.95) if content[at : at + 4] == b"PE\0\0" else Recognition("mz", 0.4)

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Heads, imports, version, signature, sections, then what it carries."""
        raw = specimen.raw
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                program = pefile.PE(data=raw, fast_load=True)
                program.parse_data_directories(directories=list(_DIRECTORIES))
        except Exception as problem:
            raise DamagedSpecimenError("its heads cannot be read") from problem
        yield from _guarded("heads", _heads(program))
        yield from _guarded("imports", _symbols(program))
        yield from _guarded("version", _version(program))
        yield from _guarded("signature", _signature(program, raw))
        yield from _guarded("sections", _sections(program))
        yield from addresses(raw)
        yield from _guarded("resources", _resources(program, budget))
        yield from _guarded("overlay", _overlay(program, raw, budget))


def _guarded(part: str, outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
    """The outcomes of one part; that the library fails on it is no reason to leave out the next."""
    try:
        yield from outcomes
    except Exception:  # noqa: BLE001 - hostile tables make the library fail in any way
        yield Finding("damaged", Severity.LOW, {"type": "pe", "what": f"its {part} cannot be read"})


def _heads(program: Any) -> Iterator[Outcome]:
    head = program.FILE_HEADER
    yield Detail(
        "cpu",
        pefile.MACHINE_TYPE.get(head.Machine, hex(head.Machine)).removeprefix("IMAGE_FILE_MACHINE_"),
    )
    subsystem = pefile.SUBSYSTEM_TYPE.get(program.OPTIONAL_HEADER.Subsystem, "")
    kind = "library" if program.is_dll() else "driver" if program.is_driver() else "program"
    yield Detail("kind", f"{kind} ({subsystem.removeprefix('IMAGE_SUBSYSTEM_')})")
    if head.TimeDateStamp:
        yield Detail("linked", datetime.fromtimestamp(head.TimeDateStamp, UTC).isoformat())
    for name, value in (("imphash", program.get_imphash()), ("rich hash", _rich(program))):
        if value:
            yield Detail(name, value)
    if getattr(program, "DIRECTORY_ENTRY_COM_DESCRIPTOR", None) is not None:
        yield Detail("runtime", ".NET")
    for entry in getattr(program, "DIRECTORY_ENTRY_DEBUG", [])[:MAX_SHOWN]:
        path = getattr(entry.entry, "PdbFileName", b"") if entry.entry else b""
        if path:
            yield Detail("debug path", path.rstrip(b"\0").decode("utf-8", "replace")[:500])


def _rich(program: Any) -> str:
    return str(program.get_rich_header_hash() or "") if getattr(program, "RICH_HEADER", None) else ""


def _symbols(program: Any) -> Iterator[Outcome]:
    libraries: dict[str, None] = {}
    names: set[str] = set()
    for directory in ("DIRECTORY_ENTRY_IMPORT", "DIRECTORY_ENTRY_DELAY_IMPORT"):
        for entry in getattr(program, directory, []):
            libraries.setdefault((entry.dll or b"").decode("latin-1").lower())
            names |= {(one.name or b"").decode("latin-1").lower() for one in entry.imports}
    names.discard("")
    if libraries:
        yield Detail("imports", f"{len(names)}: {', '.join(list(libraries)[:MAX_SHOWN])}")
    for pair in _INJECTION:
        if pair <= names:
            yield Finding("injects", Severity.MEDIUM, {"functions": ", ".join(sorted(pair))})
            break
    exported = getattr(program, "DIRECTORY_ENTRY_EXPORT", None)
    if exported is not None:
        symbols = [(one.name or b"").decode("latin-1") or f"#{one.ordinal}" for one in exported.symbols]
        yield Detail("exports", f"{len(symbols)}: {', '.join(symbols[:MAX_SHOWN])}"[:1_000])
        name = (exported.name or b"").decode("latin-1")
        if name:
            yield Detail("library name", name)


def _version(program: Any) -> Iterator[Outcome]:
    for block in getattr(program, "FileInfo", None) or []:
        for entry in block:
            for table in getattr(entry, "StringTable", []):
                given = {_text(key): _text(value) for key, value in table.entries.items()}
                for name in _VERSION:
                    if given.get(name):
                        yield Detail(_WORDS[name], given[name][:300])
                return


_WORDS: Final = {
    "CompanyName": "company", "ProductName": "product", "FileDescription": "description",
    "OriginalFilename": "original name", "InternalName": "internal name", "FileVersion": "version",
}  # fmt: skip


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").strip("\0 ")


def _signature(program: Any, raw: bytes) -> Iterator[Outcome]:
    """Who signed it, if anybody; whether the signature holds is not checked."""
    directory = program.OPTIONAL_HEADER.DATA_DIRECTORY
    if len(directory) <= 4 or not directory[4].VirtualAddress or not directory[4].Size:
        return
    at, size = directory[4].VirtualAddress, directory[4].Size
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = load_der_pkcs7_certificates(raw[at + 8 : at + size])
            names = [one.subject.get_attributes_for_oid(NameOID.COMMON_NAME) for one in found]
    except Exception:  # noqa: BLE001 - a certificate table with anything in it
        yield Finding("signature-unreadable", Severity.MEDIUM)
        return
    shown = [str(name[0].value) for name in names if name]
    yield Detail("certificates", ", ".join(shown[:MAX_SHOWN])[:500])
    yield Finding("signed", Severity.INFO, {"signer": shown[-1] if shown else "?"})


def _sections(program: Any) -> Iterator[Outcome]:
    shown: list[str] = []
    packers: dict[str, None] = {}
    for section in program.sections[:MAX_SHOWN]:
        name = section.Name.rstrip(b"\0").decode("latin-1")
        bits = _entropy(section.get_data()[:_SAMPLE])
        shown.append(f"{name} {bits:.1f}")
        packers.update({word: None for key, word in _PACKERS.items() if name.lower().startswith(key)})
        place = Place(offset=section.PointerToRawData, name=name)
        if bits >= _PACKED and section.SizeOfRawData >= 4_096:
            values = {"section": name, "entropy": f"{bits:.2f}"}
            yield Finding("section-packed", Severity.MEDIUM, values, place)
        if section.Characteristics & _WRITABLE_CODE == _WRITABLE_CODE:
            yield Finding("section-writable", Severity.LOW, {"section": name}, place)
    yield Detail("sections", ", ".join(shown))
    if packers:
        yield Finding("packer", Severity.MEDIUM, {"name": ", ".join(packers)})


def _entropy(sample: bytes) -> float:
    total = len(sample)
    return -sum(one / total * math.log2(one / total) for one in Counter(sample).values())


def _resources(program: Any, budget: Budget) -> Iterator[Outcome]:
    """Files of a known type among the resources: a dropper carries what it drops there."""
    waiting = list(getattr(getattr(program, "DIRECTORY_ENTRY_RESOURCE", None), "entries", []))
    carried = 0
    for _ in range(MAX_RESOURCES):
        if not waiting or carried >= MAX_CARRIED:
            return
        entry = waiting.pop(0)
        if hasattr(entry, "directory"):
            waiting += entry.directory.entries[:MAX_RESOURCES]
            continue
        place = entry.data.struct
        try:
            content = program.get_data(place.OffsetToData, place.Size)
        except pefile.PEFormatError:
            continue
        if len(content) >= 64 and type_of(content, "") not in _CARRIED:
            carried += 1
            if budget.take("unfolded", len(content)):
                yield Finding("file-inside", Severity.MEDIUM, {"name": "", "size": str(len(content))})
                yield Piece("resource", "", content)


def _overlay(program: Any, raw: bytes, budget: Budget) -> Iterator[Outcome]:
    begin = program.get_overlay_data_start_offset()
    if begin is None:
        return
    end = len(raw)
    directory = program.OPTIONAL_HEADER.DATA_DIRECTORY
    if len(directory) > 4 and directory[4].VirtualAddress >= begin and directory[4].Size:
        end = directory[4].VirtualAddress  # the signature stands behind everything and is nothing appended
    content = raw[begin:end].strip(b"\0")
    if re.search(rb"[^\0]", content) and budget.take("unfolded", len(content)):
        yield Finding("appended", Severity.LOW, {"size": str(len(content))}, Place(offset=begin))
        yield Piece("appended data", "", content, place=Place(offset=begin))


EXAMINERS: Final = (PeExaminer(),)
