"""Words that tell what is asked, found token by token: only a phrase whose beginning stands in the text costs a search."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from aitoll.agent.rules.vocabulary import lexicon
from aitoll.tools.patterns import deferred

TOKEN = deferred(r"[a-z0-9]+")
WORD = deferred(r"[a-z0-9]+\*?")
LITERAL = deferred(r"[a-z0-9 '-]*")
MOST = 80  # cues of one question


@dataclass(frozen=True)
class Cue:
    name: str
    start: int
    end: int
    text: str


@dataclass
class _Index:
    words: dict[str, list[str]] = field(default_factory=dict)
    prefixes: dict[str, list[str]] = field(default_factory=dict)
    lengths: tuple[int, ...] = ()
    phrases: list[tuple[tuple[str, ...], str, str]] = field(default_factory=list)  # what it may begin with, its pattern, its cue


@cache
def _index() -> _Index:
    found = _Index()
    for name, languages in lexicon().items():
        for word in dict.fromkeys((*languages["fr"], *languages["en"])):
            if not WORD.fullmatch(word):
                found.phrases.append((_beginnings(word), word.replace("*", "[a-z0-9]*") if _is_plain(word) else word, name))
            elif word.endswith("*"):
                found.prefixes.setdefault(word[:-1], []).append(name)
            else:
                found.words.setdefault(word, []).append(name)
    found.lengths = tuple(sorted({len(prefix) for prefix in found.prefixes}))
    return found


def _is_plain(word: str) -> bool:
    return re.fullmatch(r"[a-z0-9 '*-]+", word) is not None


OPENED = deferred(r"\(\?:([a-z0-9 '|-]+)\)(?![?*])")


def _beginnings(pattern: str) -> tuple[str, ...]:
    """The letters of which every match of a pattern starts with one: "(?:my|our) mistake" with "my" or "our"."""
    opened = OPENED.match(pattern)
    several = tuple(opened[1].split("|")) if opened else ()
    return several if all(several) and several else (_beginning(pattern),)


def _beginning(pattern: str) -> str:
    """The letters that every match of a pattern starts with."""
    match = LITERAL.match(pattern)
    literal = match[0] if match else ""
    following = pattern[len(literal) : len(literal) + 1]
    return "" if "|" in pattern and "(" not in pattern.split("|")[0] else literal[:-1] if following in "?*{" and following else literal


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9])(?:{pattern})(?![a-z0-9])")


def is_cue(token: str) -> bool:
    """Whether one word by itself tells what is asked."""
    known = _index()
    return token in known.words or any(token[:length] in known.prefixes for length in known.lengths if length <= len(token))


def find_cues(folded: str) -> list[Cue]:
    """Every cue of a folded text, left to right, the longer first."""
    known = _index()
    found = []
    for match in TOKEN.finditer(folded):
        token = match[0]
        names = list(known.words.get(token, ()))
        for length in known.lengths:
            if length > len(token):
                break
            names += known.prefixes.get(token[:length], ())
        found += [Cue(name, match.start(), match.end(), token) for name in dict.fromkeys(names)]
    for literals, pattern, name in known.phrases:
        if any(literal in folded for literal in literals):
            found += [Cue(name, match.start(), match.end(), match[0]) for match in _compiled(pattern).finditer(folded)]
    return sorted(found, key=lambda cue: (cue.start, -cue.end))[:MOST]
