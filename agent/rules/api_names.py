"""Names of models sold at an API, as the price tables spell them."""

from __future__ import annotations

from functools import cache

from aitoll.agent.rules.fold import fold
from aitoll.agent.rules.names import TOKEN, key
from aitoll.tools.api_cost import api_models


@cache
def _index() -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for id in api_models():
        found.setdefault(key(id), id)
    return found


def find_api_model(question: str) -> str | None:
    """The longest name of a priced model in the question."""
    tokens = TOKEN.findall(fold(question))
    for length in range(8, 0, -1):
        for i in range(len(tokens) - length + 1):
            found = _index().get(tuple(tokens[i : i + length]))
            if found and any(part.isdigit() or part[0].isdigit() for part in tokens[i : i + length]):
                return found
    return None
