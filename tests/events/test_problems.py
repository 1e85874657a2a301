"""Errors that cut an input, and the record that they cut, share one dead letter."""

from __future__ import annotations

from dataclasses import dataclass, field

from noroshi.errors import LocatedError
from noroshi.events.problems import Problems

CUT = LocatedError("a.tar", "", "is cut off")
REST = LocatedError("a.tar!b.log", "line 7", "the input breaks off in this line")


@dataclass
class Letters:
    """Dead letters in memory."""

    kept: list[tuple[LocatedError, bytes]] = field(default_factory=list)

    def keep(self, error: LocatedError, raw: bytes) -> None:
        """Keep one."""
        self.kept.append((error, raw))


def test_the_record_that_is_cut_goes_into_the_letter_of_the_error() -> None:
    """Whatever came between; a second one has a letter of its own."""
    letters, other = Letters(), LocatedError("a.tar!b.log", "line 3", "is odd")
    problems = Problems(dead_letters=letters)
    problems.cut(CUT)
    problems.add(other, b"odd")
    problems.keep_cut(REST, b"half")
    problems.keep_cut(REST, b"more")
    problems.settle()
    assert [(other, b"odd"), (CUT, b"half"), (REST, b"more")] == letters.kept
    assert (2, [CUT, other]) == (problems.total, problems.errors)


def test_a_letter_that_waits_for_nothing_is_kept_in_the_end() -> None:
    """Before the next one, or when the file ends; once."""
    letters, later = Letters(), LocatedError("a.tar!c.log", "", "is encrypted")
    problems = Problems(dead_letters=letters)
    problems.cut(CUT)
    problems.cut(later)
    assert [(CUT, b"")] == letters.kept
    problems.settle()
    problems.settle()
    assert [(CUT, b""), (later, b"")] == letters.kept


def test_a_record_of_another_file_is_not_taken_for_it() -> None:
    """A name that only begins alike is another file."""
    letters, elsewhere = Letters(), LocatedError("a.tar.1", "line 1", "breaks off")
    problems = Problems(dead_letters=letters)
    problems.cut(CUT)
    problems.keep_cut(elsewhere, b"x")
    problems.settle()
    assert [(elsewhere, b"x"), (CUT, b"")] == letters.kept
