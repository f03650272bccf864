"""Names of models sold at an API, as the price tables spell them."""

from __future__ import annotations

import itertools
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from aitoll.agent.rules.fold import fold
from aitoll.agent.rules.names import TOKEN, key
from aitoll.tools.api_cost import api_models
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable

FAMILY = deferred(
    r"\b(?:opus|sonnet|haiku|mini|nano|flash|turbo|pro|gpt|claude|gemini|gemma|mistral|mixtral|codestral|grok|deepseek|command|llama|qwen|kimi|glm|nova|phi"
    r"|o[134])(?![a-z])"
)
LONGEST, MOST = 8, 400  # words of a name, words of a question in which it is looked for


def is_of_family(folded: str) -> bool:
    """Whether a word is that of a family of models that are sold: the price tables are long to load."""
    return bool(FAMILY.search(folded))


@cache
def _index() -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for id in sorted(api_models(), key=lambda id: (len(id), id)):
        words = _parted(key(id))
        found.setdefault(tuple(sorted(words)), id)
        if words[-1:] == ("0",):  # "claude-sonnet-4-0" is called Claude Sonnet 4
            found.setdefault(tuple(sorted(words[:-1])), id)
    return found


@cache
def _words() -> frozenset[str]:
    return frozenset(word for id in _index() for word in id)


def _parted(words: Iterable[str]) -> tuple[str, ...]:
    """ "4.5" and "4-5" are the same version."""
    return tuple(part for word in words for part in word.split("."))


class Sold(NamedTuple):
    """A model of the price tables as it stands in a question."""

    id: str
    start: int
    end: int


def find_api_models(question: str) -> list[Sold]:
    """Names of priced models, the longest first where they overlap, their words in any order; left to right."""
    known = _words()
    tokens = [match for match in islice(TOKEN.finditer(fold(question)), MOST) if match[0][0].isdigit() or match[0] in known]
    found: list[Sold] = []
    i = 0
    while i < len(tokens):
        sold = next((one for length in range(min(LONGEST, len(tokens) - i), 0, -1) if (one := _sold(tokens[i : i + length]))), None)
        if sold:
            found.append(sold)
        i = i + 1 if sold is None else next((j for j in range(i, len(tokens)) if tokens[j].start() >= sold.end), len(tokens))
    return found


def _sold(tokens: list[re.Match[str]]) -> Sold | None:
    words = _parted(match[0] for match in tokens)
    close = all(after.start() - before.end() <= 2 for before, after in itertools.pairwise(tokens))
    id = _index().get(tuple(sorted(words))) if close and any(word[0].isdigit() for word in words) else None
    return Sold(id, tokens[0].start(), tokens[-1].end()) if id else None


def find_api_model(question: str) -> str | None:
    """The first name of a priced model in the question."""
    return next((sold.id for sold in find_api_models(question)), None)


def near_sold(name: str) -> list[str]:
    """Ids of priced models that are spelt like this."""
    from difflib import get_close_matches

    return get_close_matches("-".join(key(name)), api_models(), n=2, cutoff=0.7)
