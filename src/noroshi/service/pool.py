"""A pool of worker processes that ends with its block, and the folder for what they hand over."""

from __future__ import annotations

import multiprocessing
import signal
import tempfile
import threading
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from noroshi.errors import NoroshiError, Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def folder() -> Iterator[str]:
    """A folder for hits on their way; gone at the end, whatever happened."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="noroshi-", ignore_cleanup_errors=True)
    except OSError as error:
        raise NoroshiError(
            Sentence("there is no folder for temporary files ({reason}); set TMPDIR", reason=error.strerror)
        ) from error
    with folder as name:
        yield name


@contextmanager
def without_pipe_signal() -> Iterator[None]:
    """Without SIGPIPE: it would end this process silently when a worker dies."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGPIPE, before)


@contextmanager
def pool_of(count: int, context: Any, begin: Callable[[], None]) -> Iterator[ProcessPoolExecutor]:
    """A pool of workers that ends with the block: after an error or an interrupt, at once."""
    before = {child.pid for child in multiprocessing.active_children()}
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=begin)
    try:
        yield pool
    except BaseException:
        for child in multiprocessing.active_children():
            if child.pid not in before:
                child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
