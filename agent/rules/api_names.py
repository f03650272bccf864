"""Names of models sold at an API, as the price tables spell them."""

from __future__ import annotations

from functools import cache

from aitoll.agent.rules.fold import fold
from aitoll.agent.rules.names import TOKEN, key
from aitoll.tools.api_cost import api_models


@cache
def _index() -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for id in sorted(api_models(), key=lambda id: (len(id), id)):
        words = key(id)
        found.setdefault(tuple(sorted(words)), id)
        if words[-1:] == ("0",):  # "claude-sonnet-4-0" is called Claude Sonnet 4
            found.setdefault(tuple(sorted(words[:-1])), id)
    return found


def find_api_model(question: str) -> str | None:
    """The longest name of a priced model in the question, its words in any order."""
    tokens = TOKEN.findall(fold(question))
    for length in range(8, 0, -1):
        for i in range(len(tokens) - length + 1):
            found = _index().get(tuple(sorted(tokens[i : i + length])))
            if found and any(part[0].isdigit() for part in tokens[i : i + length]):
                return found
    return None
