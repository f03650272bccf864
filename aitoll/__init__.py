"""What AI costs in money, energy, carbon and water. Public names are loaded when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aitoll.agent.answer import Answer, Citation, Figure
    from aitoll.agent.ask import aask, ask, calculate, stream
    from aitoll.agent.interfaces.langchain_tools import langchain_tools

    __version__: str

__all__ = ["Answer", "Citation", "Figure", "__version__", "aask", "ask", "calculate", "langchain_tools", "stream"]

_HOMES = {
    "Answer": "aitoll.agent.answer",
    "Citation": "aitoll.agent.answer",
    "Figure": "aitoll.agent.answer",
    "aask": "aitoll.agent.ask",
    "ask": "aitoll.agent.ask",
    "calculate": "aitoll.agent.ask",
    "langchain_tools": "aitoll.agent.interfaces.langchain_tools",
    "stream": "aitoll.agent.ask",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        value: Any = _version()
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module 'aitoll' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("aitoll")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "0+checkout"
