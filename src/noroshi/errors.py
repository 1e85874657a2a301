"""What can go wrong, as values that name the place and the mend.

`NoroshiError` is the root. `LocatedError` is the one that people see: where, what, how to mend.
"""

from __future__ import annotations

from dataclasses import dataclass


class NoroshiError(Exception):
    """Root of all errors that Noroshi raises on purpose."""


class UsageError(NoroshiError):
    """The command was called with something it cannot take; exit status 2."""


@dataclass(unsafe_hash=True)  # not frozen: raising, `contextlib` and `pickle` set attributes of an exception
class LocatedError(NoroshiError):
    """One mistake at one place.

    Attributes:
        path: The file as the user named it, or ``-`` for standard input.
        place: Where in it: a line number (``line 12``), a record (``record 17``), an offset (``byte 4096``)
            or the empty string.
        what: What is wrong, one sentence without a full stop.
        mend: How to mend it, one sentence without a full stop; empty where nothing can be done.
    """

    path: str
    place: str
    what: str
    mend: str = ""

    def __str__(self) -> str:
        where = f"{self.path}: {self.place}" if self.place else self.path
        return f"{where}: {self.what}; {self.mend}" if self.mend else f"{where}: {self.what}"

    def __reduce__(self) -> tuple[type[LocatedError], tuple[str, str, str, str]]:
        """Workers send errors to their parent; an exception's own way knows `args` only."""
        return LocatedError, (self.path, self.place, self.what, self.mend)
