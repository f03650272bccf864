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
GROUP = deferred(r"\\.|\[[^\]]*\]|\([^()]*\)")
NO_WORD = deferred(r"[^a-z0-9]")
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


OPENED = deferred(r"\^?\(\?:([^()]+)\)([?*]?)")


def _beginnings(pattern: str) -> tuple[str, ...]:
    """The words of which every match of a pattern starts with one, a space before each: "(?:my|our )?mistake" with " my", " our " or
    " mistake"; one that is empty stands for any."""
    opened = OPENED.match(pattern)
    several = [_beginning(one) for one in opened[1].split("|")] if opened else [_beginning(pattern)]
    if opened and opened[2]:
        several += _beginnings(pattern[opened.end() :])
    return ("",) if "" in several or "|" in _outside(pattern) else tuple(f" {NO_WORD.sub(' ', one.strip())}" for one in several)


def _beginning(pattern: str) -> str:
    """The letters that every match of a pattern without groups at its start begins with."""
    match = LITERAL.match(pattern.removeprefix("^"))
    literal = match[0] if match else ""
    following = pattern.removeprefix("^")[len(literal) : len(literal) + 1]
    return literal[:-1] if following in "?*{" and following else literal


def _outside(pattern: str) -> str:
    """What stands in no group."""
    while (inner := GROUP.sub("", pattern)) != pattern:
        pattern = inner
    return pattern


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
    words = f" {NO_WORD.sub(' ', folded)}"
    for literals, pattern, name in known.phrases:
        if any(literal in words for literal in literals):
            found += [Cue(name, match.start(), match.end(), match[0]) for match in _compiled(pattern).finditer(folded)]
    return sorted(found, key=lambda cue: (cue.start, -cue.end))[:MOST]
