"""Who asks: a key, a session, a Slack user. A day's budget is theirs; a surface says so with `acting_as`."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CALLER: ContextVar[str] = ContextVar("aitoll_caller", default="local")


@contextmanager
def acting_as(principal: str) -> Iterator[None]:
    token = _CALLER.set(principal)
    try:
        yield
    finally:
        _CALLER.reset(token)


def caller() -> str:
    return _CALLER.get()
