"""A question on the command line, the commonest use: answered without loading the library that the other commands need."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

EXIT = {"answered": 0, "invalid": 2, "not_found": 2, "clarify": 2, "out_of_scope": 3, "failed": 1}
COMMANDS = ("ask", "batch", "calc", "knowledge", "conversations", "mcp", "serve", "slack")
OPTIONS = {"--json", "--full"}


def main(argv: list[str] | None = None) -> int:
    """Run a command line; words that are no command are joined into one question."""
    words = list(sys.argv[1:] if argv is None else argv)
    return guarded(lambda: _run(words))


def _run(words: list[str]) -> int:
    said = [word for word in words if not word.startswith("-")]
    options = {word for word in words if word.startswith("-")}
    if said and said[0] not in COMMANDS and options <= OPTIONS:
        return answer(" ".join(said), as_json="--json" in options, full="--full" in options)
    from aitoll.agent.interfaces.terminal import run

    return run(words)


def guarded(work: Callable[[], int]) -> int:
    """What may end any command early, as an exit code and a line."""
    try:
        return work()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except Exception as error:
        if not _ours(error):
            raise
        print(f"aitoll: {error}", file=sys.stderr)
        return EXIT["failed"]
    except KeyboardInterrupt:
        return 130


def _ours(error: Exception) -> bool:
    """Imported only once something has failed: settings cost more than a command line."""
    from aitoll.settings import SettingsError
    from aitoll.tools.errors import AitollError

    return isinstance(error, (AitollError, SettingsError))


def answer(question: str, *, as_json: bool, full: bool) -> int:
    """Ask, print, and tell by the exit code what kind of answer it was.

    What one question leaves behind goes with the process: to look for it meanwhile would take a twentieth of the time.
    """
    gc.disable()
    try:
        return _answer(question, as_json=as_json, full=full)
    finally:
        gc.enable()


def _answer(question: str, *, as_json: bool, full: bool) -> int:
    from aitoll.agent.ask import ask

    found = ask(question)
    if as_json:
        print(found.model_dump_json(indent=2))
    else:
        from aitoll.agent.interfaces.plain import render

        print(render(found, color=sys.stdout.isatty() and "NO_COLOR" not in os.environ, full=full))
    return EXIT[found.status]
