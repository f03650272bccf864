"""Slips of the fingers in words of five letters or more, mended to the word of the vocabulary that is one slip away."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from aitoll.agent.rules.cues import is_cue
from aitoll.agent.rules.fold import fold
from aitoll.agent.rules.names import own_words
from aitoll.agent.rules.vocabulary import lexicon, number_words, ordinary_words, small_words, unit_words
from aitoll.tools.patterns import deferred

WORD = deferred(r"[^\W\d_]{4,24}")
MOST = 40  # words of one question that are looked at


def mended(question: str) -> str:
    """The question with misspelt words of its subject put right; a word that may be an ordinary one is left alone."""
    parts, last, seen = [], 0, 0
    for match in WORD.finditer(question):
        word = fold(match[0])
        if seen >= MOST or not word.isascii():
            continue
        known = is_known(word)
        right = _inflected(word) if known else ""
        if known and not right:
            continue
        seen += 1
        if right := right or _unglued(match[0], word) or _nearest(word):
            parts += [question[last : match.start()], right if match[0].islower() else right.capitalize()]
            last = match.end()
    return "".join(parts) + question[last:] if parts else question


@lru_cache(4096)
def _inflected(word: str) -> str:
    """ "electriciity" begins as a word of ours does, and is one slip from a whole one."""
    if len(word) < 8 or word in _words()[0] or word in ordinary_words() or word in own_words(word[0]):
        return ""
    near = (known for known in small_words("inflected") if known[0] == word[0] and abs(len(known) - len(word)) <= 1)
    return min((known for known in near if sorted(known) != [*sorted(word), "s"] and known not in (word + "s", word[:-1])
                and one_slip(word, known)), key=lambda known: (set(known) != set(word), known), default="")  # fmt: skip


def _unglued(written: str, word: str) -> str:
    """ "lentrainement" has lost its apostrophe."""
    apart = word[0] in "ldsnm" and word[1] in "aeiouh" and len(word) > 6 and is_cue(word[1:])
    return f"{written[0]}'{written[1:]}" if apart else ""


@cache
def _words() -> tuple[frozenset[str], tuple[str, ...]]:
    """Whole words, and beginnings to which any ending may be put."""
    said = {word for languages in lexicon().values() for words in languages.values() for word in words}
    whole = {part for word in said for part in re.findall(r"(?<![a-z])[a-z]{3,}(?![a-z*(?])", word)}
    numbers = {word for kind in ("scales", "long_scales", "units", "tens", "times") for word in number_words(kind)}
    small = {word for kind in ("french", "english", "small", "everyday_names") for word in small_words(kind)}
    begun = tuple(sorted(word[:-1] for word in said if re.fullmatch(r"[a-z]{4,}\*", word)))
    return frozenset(whole | numbers | small | unit_words() | small_words("inflected")), begun


@cache
def _begun() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for beginning in _words()[1]:
        found.setdefault(beginning[:3], []).append(beginning)
    return {first: tuple(words) for first, words in found.items()}


def is_known(word: str) -> bool:
    """The commonest first: the whole vocabulary is put together only for a word that is in none of these."""
    return (
        any(word in small_words(kind) for kind in ("small", "english", "french"))
        or is_cue(word)
        or word in unit_words()
        or word in own_words(word[0])
        or word in _words()[0]
        or word in ordinary_words()
        or word.startswith(_begun().get(word[:3], ("\0",)))
        or (word[-1] == "s" and (word[:-1] in _words()[0] or word[:-1] in own_words(word[0])))
    )


@lru_cache(128)
def _by_beginning(letter: str) -> tuple[str, ...]:
    return tuple(sorted(word for word in {*_words()[0], *own_words(letter)} if len(word) >= 5 and word[0] == letter))


@lru_cache(4096)
def _nearest(word: str) -> str:
    """The one word that a single slip leads from; names give way to other words."""
    names = own_words(word[0])
    known_words = _by_beginning(word[0]) if len(word) > 4 else (name for name in names if len(name) == 5)
    near = [known for known in known_words if abs(len(known) - len(word)) <= 1 and one_slip(word, known)]
    return min(near, key=lambda known: (known in names, sorted(known) != sorted(word), set(known) != set(word), known), default="")


def one_slip(word: str, known: str) -> bool:
    """One letter too many, missing or other, or two neighbours swapped."""
    i = 0
    most = min(len(word), len(known))
    while i < most and word[i] == known[i]:
        i += 1
    if len(word) == len(known):
        return word[i + 1 :] == known[i + 1 :] or (word[i : i + 2] == known[i : i + 2][::-1] and word[i + 2 :] == known[i + 2 :])
    return word[i + 1 :] == known[i:] if len(word) > len(known) else word[i:] == known[i + 1 :]
