"""What is being done, told to whoever waits for the answer."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True)
class Progress:
    """`detail` names the tool that runs, or "wording" and "checking" while a language model writes and its text is checked."""

    stage: Literal["reading", "working", "done"]
    detail: str = ""


_LISTENER: ContextVar[Callable[[Progress], object] | None] = ContextVar("aitoll_progress", default=None)


@contextmanager
def listening(listener: Callable[[Progress], object]) -> Iterator[None]:
    """Hears what happens within, also in threads and tasks that carry this context."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def listened() -> bool:
    return _LISTENER.get() is not None


def tell(detail: str) -> None:
    listener = _LISTENER.get()
    if listener is not None:
        listener(Progress("working", detail))
