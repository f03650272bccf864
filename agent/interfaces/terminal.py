"""The terminal: one question, a conversation, a batch, one calculator, the store. It renders the Answer and nothing else."""

from __future__ import annotations

import json
import re
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aitoll.agent.interfaces.question import COMMANDS, EXIT, OPTIONS, answer

if TYPE_CHECKING:
    from collections.abc import Iterator

WRONG_COMMAND = 64
OPTION = re.compile(r"--?[A-Za-z][\w-]*(=.*)?")

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=False,
    help="What AI costs in money, electricity, carbon and water, with its proof.",
)
knowledge = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="The library and your own documents.")
conversations = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="What is kept of conversations.")
app.add_typer(knowledge, name="knowledge")
app.add_typer(conversations, name="conversations")
AsJson = Annotated[bool, typer.Option("--json", help="Print the whole Answer as JSON.")]


def run(words: list[str]) -> int:
    """Run a command line; its exit code."""
    command = _as_command(words)
    if command[0] == "ask" and (wrong := _no_option(command[1:])):
        typer.echo(f"aitoll: No such option: {wrong} (aitoll --help lists the commands)", err=True)
        return WRONG_COMMAND
    try:
        result = app(args=command, prog_name="aitoll", standalone_mode=False)
    except typer.Abort:
        return 130
    except typer.TyperException as error:
        typer.echo(f"aitoll: {error.format_message()} (aitoll --help lists the commands)", err=True)
        return WRONG_COMMAND
    return result if isinstance(result, int) else 0


def _as_command(words: list[str]) -> list[str]:
    if not words:
        return ["ask", "--stdin"]
    first = next((word for word in words if not word.startswith("-")), "")
    if first in COMMANDS or (not first and words[0] in ("--help", "--version", "-h")):
        return ["--help" if word == "-h" else word for word in words]
    return ["ask", *words]


def _no_option(words: list[str]) -> str:
    """A word written as an option that `ask` does not have; "-5" and what comes after "--" belong to the question."""
    said = words[: words.index("--")] if "--" in words else words
    options = {*OPTIONS, "--stdin", "--help"}
    return next((word for i, word in enumerate(said) if OPTION.fullmatch(word) and word not in options and (i == 0 or word[1] == "-")), "")


@app.callback(invoke_without_command=True)
def version(show: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if show:
        import aitoll

        typer.echo(aitoll.__version__)


@app.command("ask", context_settings={"ignore_unknown_options": True})
def ask_command(
    words: Annotated[list[str] | None, typer.Argument(help="The question, in French or English.")] = None,
    as_json: AsJson = False,
    full: Annotated[bool, typer.Option("--full", help="Formulas, every input and the sources' own words.")] = False,
    from_stdin: Annotated[bool, typer.Option("--stdin", hidden=True)] = False,
) -> int:
    """Answer one question."""
    if from_stdin and not words:
        if sys.stdin.isatty():
            from aitoll.agent.interfaces.chat import converse

            return converse()
        question = sys.stdin.buffer.read(1_000_001).decode("utf-8", "replace")
    else:
        question = " ".join(words or [])
    return answer(question, as_json=as_json, full=full)


@app.command("batch")
def batch_command(file: Annotated[str, typer.Argument(help="JSON lines {id, turns}; - for standard input.")]) -> int:
    """Answer a file of questions, one Answer a line, in order."""
    from aitoll.agent.batch import answers

    if file != "-" and not Path(file).is_file():
        typer.echo(f"aitoll: no file {file!r}; give a file of JSON lines, or - for standard input", err=True)
        return WRONG_COMMAND
    with sys.stdin.buffer if file == "-" else Path(file).open("rb") as lines:
        for count, one in enumerate(answers(lines), 1):
            typer.echo(one.model_dump_json())
            if sys.stderr.isatty() or count % 100 == 0:
                typer.echo(f"\r{count} answered", err=True, nl=not sys.stderr.isatty())
    return 0


@app.command("calc", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def calc_command(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="The calculator; without it, all are listed.")] = None,
    inputs: Annotated[list[str] | None, typer.Option("--input", "-i", help="name=value, or name=low..high; may be repeated.")] = None,
    as_json: AsJson = False,
) -> int:
    """Run one calculator by itself: its inputs as --name value, or as -i name=value."""
    from aitoll.agent.interfaces import calc

    if name is None or name.startswith("-"):
        if left := [*([name] if name else []), *context.args]:
            context.fail(f"No such option: {left[0]}")
        typer.echo(calc.listed(as_json))
        return 0
    return calc.run(name, [*(inputs or []), *context.args], as_json)


@contextmanager
def needing(extra: str) -> Iterator[None]:
    """What to install, where a surface's own packages are missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("aitoll"):
            raise
        typer.echo(f"aitoll: {error.name} is missing, it comes with an extra: pip install 'aitoll[{extra}]'", err=True)
        raise typer.Exit(1) from None


@app.command("mcp")
def mcp_command(tools: Annotated[str, typer.Option(help="Only these tools, comma-separated; left out: all.")] = "") -> int:
    """Serve other agents over MCP, on standard input and output."""
    with needing("mcp"):
        from aitoll.agent.interfaces.mcp_server import run_stdio

    if sys.stdin.isatty():
        typer.echo("aitoll: a host starts this command and speaks MCP to it; docs/embedding.md shows how. End it with Ctrl-D.", err=True)
    run_stdio(*(name.strip() for name in tools.split(",") if name.strip()))
    return 0


@app.command("slack")
def slack_command(
    show_manifest: Annotated[bool, typer.Option("--manifest", help="Print the app manifest, and end.")] = False,
    url: Annotated[str | None, typer.Option(help="With --manifest: where `aitoll serve` is reached; without: socket mode.")] = None,
    worker: Annotated[bool, typer.Option("--worker", hidden=True)] = False,
) -> int:
    """The Slack app, in socket mode."""
    from aitoll.agent.interfaces.slack_command import run

    return run(show_manifest, url, worker)


@app.command("serve")
def serve_command(
    host: Annotated[str | None, typer.Option(help="Left out: AITOLL_HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Left out: AITOLL_PORT; 0: any that is free.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes. Left out: AITOLL_WORKERS.")] = None,
) -> int:
    """Serve the page, REST, the OpenAI-compatible endpoint, and MCP and Slack where they are set up."""
    with needing("web"):
        from aitoll.agent.interfaces.web import serve

    return serve(host, port, workers)


@knowledge.command("search")
def search_command(
    text: str,
    as_json: AsJson = False,
    within: Annotated[str, typer.Option("--in", help="all, library or user.")] = "all",
    limit: Annotated[int, typer.Option(min=1, max=100)] = 5,
) -> int:
    """Find passages, best first."""
    from aitoll.agent.interfaces import store

    return store.in_words(lambda: store.search(text, within, limit, as_json))


@knowledge.command("list")
def list_command(as_json: AsJson = False) -> int:
    """The state of the store."""
    from aitoll.agent.interfaces import store

    return store.in_words(lambda: store.listed(as_json))


@knowledge.command("add")
def add_command(paths: Annotated[list[Path], typer.Argument(help="Files and folders: Markdown, text, HTML, PDF.")]) -> int:
    """Add your own documents."""
    from aitoll.agent.interfaces import store

    return store.in_words(lambda: store.add(paths))


@knowledge.command("remove")
def remove_command(names: Annotated[list[str], typer.Argument(help="Paths or ids, as `list` shows them.")]) -> int:
    """Remove documents of yours."""
    from aitoll.agent.interfaces import store

    return store.in_words(lambda: store.remove(names))


@knowledge.command("rebuild")
def rebuild_command() -> int:
    """Build the library's index anew, and that of your documents with the present model."""
    from aitoll.agent.interfaces import store

    return store.in_words(lambda: store.rebuild())


@knowledge.command("export")
def export_command(file: Annotated[Path, typer.Argument(help="The file to write; it must not exist yet.")]) -> int:
    """Write your documents into one file, for another machine or model."""
    from aitoll.agent.interfaces import store

    return store.in_words(lambda: store.export(file))


@knowledge.command("import")
def import_command(file: Annotated[Path, typer.Argument(help="A file that `export` wrote.")]) -> int:
    """Take in what was exported; what is here in another state stays."""
    from aitoll.agent.interfaces import store

    return store.in_words(lambda: store.take_export(file))


@knowledge.command("check")
def check_command() -> int:
    """Sources past their review date."""
    from datetime import UTC, datetime

    from aitoll.tools.sources import overdue

    late = overdue(datetime.now(UTC).date().isoformat())
    typer.echo("\n".join(f"{found.review_by}  {found.id}: {found.title}" for found in late) or "every source is within its review date")
    return 0


@conversations.command("list")
def conversations_list() -> int:
    """Every conversation kept, with its number of turns and when it was last used."""
    from datetime import UTC, datetime

    from aitoll.agent.conversations import kept

    for id, turns, last in kept():
        typer.echo(f"{id}\t{turns}\t{datetime.fromtimestamp(last, UTC).astimezone():%Y-%m-%d %H:%M}")
    return 0


@conversations.command("export")
def conversations_export(id: str) -> int:
    """The Answers of one conversation, as JSON."""
    from aitoll.agent.conversations import export

    found = export(id)
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    return 0 if found else EXIT["not_found"]


@conversations.command("delete")
def conversations_delete(
    id: Annotated[str | None, typer.Argument()] = None, everything: Annotated[bool, typer.Option("--all")] = False
) -> int:
    """Delete one conversation, or all of them."""
    from aitoll.agent.conversations import delete

    if not id and not everything:
        typer.echo("aitoll: name a conversation, or --all", err=True)
        return WRONG_COMMAND
    typer.echo(f"{delete(id)} turn(s) deleted")
    return 0
