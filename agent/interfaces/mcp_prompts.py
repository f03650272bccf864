"""Prompts of the MCP server, each in French and in English; their words are in agent/texts."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import mcp_types as types

from aitoll.agent.interfaces.calling import text
from aitoll.agent.texts import surface
from aitoll.tools.errors import UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aitoll.agent.answer import Language

LANGUAGES: tuple[Language, ...] = ("en", "fr")
LONGEST = 500


@cache
def prompts() -> dict[str, dict[str, Any]]:
    """By the name that a user sees; the same prompt has a name in each language."""
    return {words["name"]: words for words in _all()}


def _all() -> Iterator[dict[str, Any]]:
    for language in LANGUAGES:
        yield from surface("mcp", language)["prompts"].values()


def listed() -> list[types.Prompt]:
    return [
        types.Prompt(name=name, title=words["title"], description=words["description"], arguments=_arguments(words))
        for name, words in prompts().items()
    ]


def _arguments(words: dict[str, Any]) -> list[types.PromptArgument]:
    return [types.PromptArgument(name=name, description=said, required=True) for name, said in words["arguments"].items()]


def get(name: str, arguments: dict[str, str]) -> types.GetPromptResult:
    if name not in prompts():
        from difflib import get_close_matches

        raise UnknownName(table="prompts", name=name[:80], near=get_close_matches(name[:80], prompts(), n=3, cutoff=0.4))
    words = prompts()[name]
    filled = {field: text(field, arguments.get(field), LONGEST) for field in words["arguments"]}
    message = types.PromptMessage(role="user", content=types.TextContent(type="text", text=words["text"].format(**filled)))
    return types.GetPromptResult(description=words["description"], messages=[message])
