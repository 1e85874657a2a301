"""Functions and commands of macro sheets that would touch the machine: they become effects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.libraries import library_function
from noroshi.examine.model import EffectKind
from noroshi.examine.xlm.arguments import given, said
from noroshi.examine.xlm.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.xlm.evaluator import Evaluator
    from noroshi.examine.xlm.nodes import Call

    Action = Callable[[Evaluator, Call], Any]


def _exec(evaluator: Evaluator, call: Call) -> Any:
    evaluator.session.effect(EffectKind.PROCESS, "EXEC", command=said(evaluator, call, 0))
    return 33


def _register(evaluator: Evaluator, call: Call) -> Any:
    """``REGISTER(library, function, types, name …)``: the function can be called by the name from now on."""
    library, function, alias = (said(evaluator, call, place) for place in (0, 1, 3))
    if alias:
        evaluator.session.registered[alias.lower()] = (library, function)
    evaluator.session.see(f"{library}!{function}")
    return f"{library}!{function}"


def _call(evaluator: Evaluator, call: Call) -> Any:
    """``CALL(library, function, types, arguments …)``, or ``CALL(registered, arguments …)``."""
    first = said(evaluator, call, 0)
    if "!" in first:
        library, _, function = first.partition("!")
        begin = 1
    else:
        library, function, begin = first, said(evaluator, call, 1), 3
    return library_call(
        evaluator, library, function, [said(evaluator, call, at) for at in range(begin, len(call.arguments))]
    )


def library_call(evaluator: Evaluator, library: str, function: str, values: list[str]) -> Any:
    """The effect of calling a function of a library."""
    known = library_function(function)
    if known is None:
        evaluator.session.effect(
            EffectKind.LIBRARY, "CALL", path=library, function=function, arguments=", ".join(values)
        )
        return Unknown(f"{library}!{function}")
    kind, by, places = known
    named = {word: values[place] for word, place in places.items() if place < len(values)}
    evaluator.session.effect(kind, by, **named)
    return 0 if kind is EffectKind.DOWNLOAD else 33


def _open_file(evaluator: Evaluator, call: Call) -> int:
    files = evaluator.session.files
    handle = len(files) + 1
    files[handle] = said(evaluator, call, 0)
    return handle


def _write_file(evaluator: Evaluator, call: Call) -> Any:
    handle, text = given(evaluator, call, 0), said(evaluator, call, 1)
    path = evaluator.session.files.get(handle, "") if isinstance(handle, int) else ""
    evaluator.session.effect(EffectKind.FILE_WRITE, call.name, path=path, content=text)
    return len(text)


def _open(evaluator: Evaluator, call: Call) -> Any:
    path = said(evaluator, call, 0)
    if "://" in path:
        evaluator.session.effect(EffectKind.DOWNLOAD, call.name, url=path)
    else:
        evaluator.session.effect(EffectKind.FILE_READ, call.name, path=path)
    return True


def _told(kind: EffectKind, name: str) -> Action:
    def act(evaluator: Evaluator, call: Call) -> bool:
        evaluator.session.effect(kind, call.name, **{name: said(evaluator, call, 0)})
        return True

    return act


def _initiate(evaluator: Evaluator, call: Call) -> Any:
    """``INITIATE(service, topic)``: DDE starts the service with the topic as its command line."""
    command = f"{said(evaluator, call, 0)} {said(evaluator, call, 1)}".strip()
    evaluator.session.effect(EffectKind.PROCESS, "INITIATE", command=command)
    return 1


MACHINE: Final[dict[str, Action]] = {
    "EXEC": _exec, "REGISTER": _register, "REGISTER.ID": _register, "CALL": _call,
    "FOPEN": _open_file, "FWRITE": _write_file, "FWRITELN": _write_file, "OPEN": _open, "OPEN.TEXT": _open,
    "FILE.DELETE": _told(EffectKind.FILE_DELETE, "path"), "SAVE.AS": _told(EffectKind.FILE_WRITE, "path"),
    "SAVE.COPY.AS": _told(EffectKind.FILE_WRITE, "path"), "ALERT": _told(EffectKind.MESSAGE, "text"),
    "WAIT": _told(EffectKind.SLEEP, "until"), "INITIATE": _initiate,
    "HYPERLINK": _told(EffectKind.REQUEST, "url"),
}  # fmt: skip
