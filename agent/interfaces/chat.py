"""A conversation on a terminal, with follow-ups and history."""

from __future__ import annotations

import sys

import typer

from aitoll.agent.ask import answer
from aitoll.agent.conversations import InMemory
from aitoll.agent.interfaces.plain import render

HELLO = "aitoll — ask what AI costs, in French or English; an empty line or Ctrl-D ends. / Posez vos questions ; une ligne vide termine."


def converse() -> int:
    """Questions until an empty line; each answer remembers the ones before it."""
    import contextlib

    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 (line editing and history, where the system has it)
    typer.echo(HELLO)
    memory = InMemory()
    while True:
        try:
            question = input("\n› ").strip()
        except EOFError:
            return 0
        if not question:
            return 0
        typer.echo("…", err=True, nl=False)
        said = answer(question, memory)
        typer.echo("\r \r", err=True, nl=False)
        typer.echo(render(said, color=sys.stdout.isatty()))
