"""A snapshot of indicators in one file: memory-mapped, shared by all workers, asked by typed hash look-up.

After a JSON header the file holds an open-addressing table of 64-bit hashes of everything that an indicator
can be found by, the number of the indicator beside each, and the indicators as JSON in compressed blocks. A
look-up touches one or two cells; an indicator is read only where something was found, and is then compared in
full, so two values with one hash are never confused.

| an indicator of type | is found by |
|---|---|
| ``domain`` | its name; the caller asks for a host name and every name above it |
| ``ip``, ``cidr`` | prefix length and network; the caller asks for each length that occurs |
| ``ip:port`` | address and port together; the address alone says that there is such a pair |
| ``url`` | the whole, without query, host and path; the host alone says that there is a URL |
| hashes, ``email``, ``ja3`` and texts | type and folded value |

Types that no log shows (``cve``, ``attack``, ``btc``, ``asn``, ``ssdeep``, ``tlsh``, ``text``) are left out.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from array import array
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec
import zstandard
from xxhash import xxh3_64_intdigest

from noroshi.errors import LocatedError, Sentence
from noroshi.folding import fold
from noroshi.indicators.kinds import key_of
from noroshi.indicators.values import address_and_port, parse_network

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAGIC: Final = b"NOROSHI\x01"
BLOCK: Final = 64
"""Indicators that are compressed together."""
SAME_KEY: Final = 8
"""Indicators that one key may lead to; a host with fifty thousand URLs is found by the first of them."""
_ROOM: Final = 4_096
"""Bytes kept for the header."""
_PLAIN: Final = frozenset(
    {
        "md5", "sha1", "sha256", "sha512", "imphash", "ja3", "ja3s", "jarm", "email", "file_name", "mutex",
        "mail_subject", "user_agent", "registry_key",
    }
)  # fmt: skip
SEARCHED: Final = _PLAIN | {"domain", "ip", "cidr", "ip:port", "url"}
"""Types of indicators that are looked for in logs."""
_TABLES: Final = {
    name: seed
    for seed, name in enumerate(
        ("domain", "net", "pair", "pair-host", "url", "url-bare", "url-place", "url-host", *sorted(_PLAIN)), 1
    )
}


class Record(msgspec.Struct, array_like=True, frozen=True):
    """One indicator as the snapshot keeps it.

    Attributes:
        claims: JSON of the source claims, as the store keeps them; read only for an alert.
        sighted_last: Microseconds since 1970-01-01 UTC, or None.
    """

    type: str
    value: str
    level: int
    exempt: bool
    compromised_site: bool
    claims: msgspec.Raw
    sighted_last: int | None = None


def key_of_record(record: Record) -> bytes:
    """The 16 bytes that the store knows the indicator by."""
    return key_of(record.type, record.value)


class _Header(msgspec.Struct):
    """The header of the file; places in bytes from its beginning."""

    created: str
    indicators: int
    entries: int
    cells: int
    digest: str
    prefixes: list[tuple[int, int]]
    hashes_at: int
    numbers_at: int
    blocks_at: int
    blocks: int
    end: int


def hash_of(table: str, key: bytes) -> int:
    """64 bits of a look-up key, never 0 (an empty cell)."""
    return xxh3_64_intdigest(key, _TABLES[table]) or 1


def network_key(packed: bytes, length: int) -> bytes:
    """The key of a network: sizes, then the address with its host bits cut off."""
    bits = len(packed) * 8
    number = int.from_bytes(packed, "big") >> (bits - length) << (bits - length)
    return bytes((len(packed), length)) + number.to_bytes(len(packed), "big")


def keys_of(type_: str, value: str) -> list[tuple[str, bytes]]:
    """Everything that an indicator (in normal form) is found by: (table, key)."""
    if type_ == "url":
        return _url_keys(value)
    if type_ == "domain":
        return [("domain", value.encode("ascii", "replace"))]
    if type_ in _PLAIN:
        return [(type_, fold(value).encode("utf-8", "surrogatepass"))]
    if type_ in {"ip", "cidr"}:
        packed, length = parse_network(value)
        return [("net", network_key(packed, length))]
    if type_ == "ip:port" and (pair := address_and_port(value)) is not None:
        packed, port = pair
        return [("pair", packed + port.encode()), ("pair-host", packed)]
    return []


def _url_keys(value: str) -> list[tuple[str, bytes]]:
    """Of a URL in normal form, so it only has to be cut (`noroshi.indicators.values.Url`)."""
    scheme, mark, rest = value.partition("://")
    if not mark:
        rest = value
    place, _, query = rest.partition("?")
    host, _, path = place.partition("/")
    # A query under `/` is all that tells such a URL from the home page; see `noroshi.indicators.sets.UrlSet`.
    only_query = "?" if not path and query else ""
    key = (place + only_query).encode("utf-8", "surrogatepass")
    found = [("url-place", key)]
    if mark:
        found.append(("url", value.encode("utf-8", "surrogatepass")))
        found.append(("url-bare", scheme.encode() + b"://" + key))
    found.append(("url-host", url_host(host)))
    return found


def url_host(authority: str) -> bytes:
    """The host of ``host:port`` or ``[v6]:port`` as a key."""
    if authority.startswith("["):
        return authority[1:].partition("]")[0].encode("ascii", "replace")
    return authority.partition(":")[0].encode("ascii", "replace")


class IndicatorSnapshot:
    """An open snapshot file: immutable; the mapping is shared with forked processes.

    Attributes:
        created: When it was made, ISO 8601 UTC.
        digest: 32 hexadecimal digits over the indicators.
        prefixes: (bytes of an address, prefix length) of the networks in it, the longest first.
    """

    def __init__(self, path: Path) -> None:
        """Open a snapshot.

        Raises:
            LocatedError: It is none, is truncated, or was made by another version.
        """
        self.path = path
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            head = file.read(_ROOM)
            if head[:8] != MAGIC or len(head) < _ROOM:
                raise _no_snapshot(path, "is no snapshot of indicators of this version")
            header = _read_header(path, head[8:])
            if header.end != size:
                raise _no_snapshot(
                    path, Sentence("has {size:,} bytes instead of {wanted:,}", size=size, wanted=header.end)
                )
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._header = header
        self.created = header.created
        self.digest = header.digest
        self.prefixes = tuple(header.prefixes)
        view = memoryview(self._map)
        self._mask = header.cells - 1
        self._hashes = view[header.hashes_at : header.hashes_at + 8 * header.cells].cast("Q")
        self._numbers = view[header.numbers_at : header.numbers_at + 4 * header.cells].cast("I")
        self._blocks = view[header.blocks_at : header.blocks_at + 8 * (header.blocks + 1)].cast("Q")
        view.release()
        self._block = lru_cache(maxsize=32)(self._read_block)

    def __len__(self) -> int:
        return self._header.indicators

    def holds(self, table: str, key: bytes) -> bool:
        """Whether anything is found by this key (one in 10¹² answers "yes" is wrong; `find` is exact)."""
        wanted = xxh3_64_intdigest(key, _TABLES[table]) or 1
        hashes, mask = self._hashes, self._mask
        at = wanted & mask
        while (there := hashes[at]) != wanted:
            if not there:
                return False
            at = (at + 1) & mask
        return True

    def find(self, table: str, key: bytes) -> tuple[Record, ...]:
        """The indicators that are found by this key, at most `SAME_KEY`, in the order of adding."""
        wanted = hash_of(table, key)
        found: list[Record] = []
        at = wanted & self._mask
        while there := self._hashes[at]:
            if there == wanted:
                record = self.record(self._numbers[at])
                if (table, key) in keys_of(record.type, record.value):
                    found.append(record)
            at = (at + 1) & self._mask
        return tuple(found)

    def get(self, type_: str, value: str) -> Record | None:
        """One indicator by type and normal value, or None."""
        keys = keys_of(type_, value)
        exact = keys[1] if type_ == "url" and len(keys) > 2 else keys[0] if keys else None
        if exact is None:
            return None
        same = (record for record in self.find(*exact) if record.value == value and record.type == type_)
        return next(same, None)

    def record(self, number: int) -> Record:
        """The indicator of this number."""
        return self._block(number // BLOCK)[number % BLOCK]

    def _read_block(self, block: int) -> list[Record]:
        raw = self._map[self._blocks[block] : self._blocks[block + 1]]
        return _RECORDS.decode(zstandard.ZstdDecompressor().decompress(raw))

    def records(self) -> Iterator[Record]:
        """All indicators."""
        return (self.record(number) for number in range(len(self)))

    def close(self) -> None:
        """Give the mapping back; look-ups fail afterwards."""
        for view in (self._hashes, self._numbers, self._blocks):
            view.release()
        with suppress(BufferError):
            self._map.close()


_RECORDS: Final = msgspec.json.Decoder(list[Record])
_ENCODER: Final = msgspec.json.Encoder()


def _no_snapshot(path: Path, what: str) -> LocatedError:
    return LocatedError(str(path), "", what, "make it anew: `noroshi indicators snapshot FILE`")


def _read_header(path: Path, raw: bytes) -> _Header:
    try:
        return msgspec.json.decode(raw.rstrip(b" \n"), type=_Header)
    except (msgspec.ValidationError, msgspec.DecodeError):
        raise _no_snapshot(path, "has a damaged header") from None


@dataclass(frozen=True, slots=True)
class Built:
    """What was written.

    Attributes:
        entries: Keys by which the indicators are found.
        left_out: Indicators of types that no log shows.
        size: Bytes of the file.
    """

    indicators: int
    entries: int
    left_out: int
    size: int


def build_snapshot(records: Iterable[Record], path: Path, created: str) -> Built:
    """Write a snapshot; the file appears under its name only when it is whole.

    Args:
        records: Values in normal form; the order decides which of many with one key are found by it.
        path: Where to.
        created: ISO 8601 UTC.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".snapshot-")
    try:
        with os.fdopen(handle, "w+b") as file:
            built = _Builder(file).write(records, created)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return built


class _Builder:
    """Writes one file: records first (how many there are is known last), then the tables, then the header."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hashes = array("Q")
        self._numbers = array("I")
        self._blocks = array("Q")
        self._waiting: list[Record] = []
        self._prefixes: set[tuple[int, int]] = set()
        self._digest = blake2b(digest_size=16)
        self._compress = zstandard.ZstdCompressor(level=1).compress

    def write(self, records: Iterable[Record], created: str) -> Built:
        """All of it."""
        self._file.seek(_ROOM)
        count = left_out = 0
        for record in records:
            if self._add(record, count):
                count += 1
            else:
                left_out += 1
        self._flush()
        self._blocks.append(self._file.tell())
        hashes, numbers = _table(self._hashes, self._numbers)
        header = _Header(
            created=created,
            indicators=count,
            entries=len(self._hashes),
            cells=len(hashes),
            digest=self._digest.hexdigest(),
            prefixes=sorted(self._prefixes, reverse=True),
            hashes_at=self._append(hashes),
            numbers_at=self._append(numbers),
            blocks_at=self._append(self._blocks),
            blocks=len(self._blocks) - 1,
            end=self._file.tell(),
        )
        self._file.seek(0)
        self._file.write((MAGIC + _ENCODER.encode(header)).ljust(_ROOM))
        return Built(count, len(self._hashes), left_out, header.end)

    def _add(self, record: Record, number: int) -> bool:
        """Whether the indicator is of a type that is looked for."""
        keys = keys_of(record.type, record.value)
        for table, key in keys:
            self._hashes.append(xxh3_64_intdigest(key, _TABLES[table]) or 1)
            self._numbers.append(number)
        if not keys:
            return False
        if keys[0][0] == "net":
            size, length = keys[0][1][:2]
            self._prefixes.add((size, length))
        self._waiting.append(record)
        if len(self._waiting) == BLOCK:
            self._flush()
        return True

    def _flush(self) -> None:
        if self._waiting:
            raw = _ENCODER.encode(self._waiting)
            self._digest.update(raw)
            self._blocks.append(self._file.tell())
            self._file.write(self._compress(raw))
            self._waiting = []

    def _append(self, table: array[int]) -> int:
        """Write a table at an aligned place; returns the place."""
        self._file.write(b"\0" * (-self._file.tell() % 8))
        at = self._file.tell()
        table.tofile(self._file)
        return at


def _table(hashes: array[int], numbers: array[int]) -> tuple[array[int], array[int]]:
    """Open addressing, at most two thirds full; of one key at most `SAME_KEY` entries."""
    cells = 1 << max(4, (len(hashes) * 3 // 2).bit_length())
    mask = cells - 1
    table, owners = array("Q", bytes(8 * cells)), array("I", bytes(4 * cells))
    for wanted, number in zip(hashes, numbers, strict=True):
        at = wanted & mask
        same = 0
        while there := table[at]:
            same += there == wanted
            if same == SAME_KEY:
                break
            at = (at + 1) & mask
        else:
            table[at] = wanted
            owners[at] = number
    return table, owners
