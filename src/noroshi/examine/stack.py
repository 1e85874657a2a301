"""Room on the stack for evaluators of deeply nested scripts."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

STACK_BYTES: Final = 256 * 1024 * 1024
RECURSION: Final = 60_000

T = TypeVar("T")


def with_room(action: Callable[[], T]) -> T:
    """Run where deeply nested scripts have the stack they need; its exceptions come through."""
    results: list[T] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            results.append(action())
        except BaseException as problem:  # noqa: BLE001 - handed to the caller's thread
            failures.append(problem)

    before_stack, before_depth = threading.stack_size(STACK_BYTES), sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(RECURSION)
        thread = threading.Thread(target=run)
        thread.start()
    finally:
        threading.stack_size(before_stack)
    thread.join()
    sys.setrecursionlimit(before_depth)
    if failures:
        raise failures[0]
    return results[0]
