"""Names that no table has: a model, a chip or a place that is told by where it stands."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from aitoll.agent.rules.fold import fold
from aitoll.agent.rules.names import families
from aitoll.agent.rules.spelling import is_known
from aitoll.agent.rules.vocabulary import lexicon, small_words
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aitoll.agent.rules.names import Mention

_BEFORE = r"(?:mod[eè]le|model|llm|training|train|entra[iî]nement de|entra[iî]ner|pretraining)\s+"
_OF = r"(?:(?:of|de|du|le|la|the|model|mod[eè]le|llm|named|called|appel[eé])\s+){0,4}"
_NAME = r"(?-i:([A-Z][\w.]*(?:[ -](?:[A-Z][\w.]*|[\w.]*\d[\w.-]*))*|[\w-]*\d[\w.-]*))"
ASKED_NAME = deferred(
    r"\b(?:did|does|has|was|were|is|will|would|for|of|pour|de|que|d')\s?"
    r"((?=[\w -]{0,40}\d)[A-Z][A-Za-z]{1,30}[ -]?[\w.-]{0,30}\d[\w.]{0,20})"
    r"(?=\s(?:take|need|use|emit|cost|consume|require|train|trained|a|to)\b|\s?\?|$)"
)
#: "Blorptron-X 12", "HelioBot 5": a name of several parts of which one has a digit, after what a name stands after
PARTED_NAME = deferred(
    r"\b(?:of|de|d['’]|for|pour|to|[àa]|by|train|entra[iî]ner|pretraining|run|running)\s?(?:the |le |la |l['’])?"
    r"([A-Z][A-Za-z]{2,20}(?:[ -](?:[A-Z][A-Za-z]{0,15}|\d{1,4}(?:\.\d)?[a-z]?(?![\w%])))+)"
    r"(?=\s*(?:[?.!,;:)]|$|\s(?:cost|take|use|emit|in|en|and|et|on|sur)\b))"
)
UNKNOWN_NAME = deferred(rf"\b{_BEFORE}{_OF}{_NAME}", re.IGNORECASE)
_YEARLY = deferred(r"\b(?:19|20)\d\d$")
_CODE = r"(?=[A-Za-z]{1,4}[ -]?\d)[A-Za-z]{1,4}-?\d{2,5}[A-Za-z]{0,2}"
CODE_NAME = deferred(r"\b(?:of|de|d'|for|pour|behind)\s?([A-Z][A-Za-z]{2,20}[- ]?\d[\w.-]{0,12})")
UNKNOWN_CHIP = deferred(
    rf"(?:(?:\d|\b(?:a|an|one|un|une|le|the|des|du|de|d'|of|on|sur|gpus?|puces?|chips?|cards?|cartes?|type|nvidia|rent|buy|louer|acheter))\s|^)({_CODE}?)s?\b",
    re.IGNORECASE,
)
UNKNOWN_PLACE = deferred(
    r"\b(?:in|en|au|aux|dans|[àa]|from|near)\s(?:the\s|le\s|la\s|l')?((?-i:[A-ZÀ-Ý])[\w'’-]{2,}(?:\s(?-i:[A-ZÀ-Ý])[\w'’-]+)*)"
)
_TIER = "opus|sonnet|haiku|mini|nano|pro|flash|turbo|large|medium|small|ultra|max|plus|coder|vision|lite|fast|base|heavy|thinking|codex"
_TIER = rf"(?:[ -]?(?:(?:{_TIER})(?![a-z])|(?-i:[A-Z][a-z]{{1,15}})))"
MEMBER = deferred(rf"\b([A-Za-z]{{3,20}})(?![a-z]){_TIER}?[ -]?v?\d[\w.]{{0,10}}(?: ?{_TIER})?", re.IGNORECASE)


#: a small number right after a name, that counts and measures nothing
VERSION = deferred(
    r"[ -]v?\d{1,2}(?:\.\d{1,2})?(?=\s*(?:[?.!,;:)]|$|\s(?:cost|train|use|emit|co[uû]t|a |en |in |pour|for|and|et|vs|on|sur|est|is)))",
    re.IGNORECASE,
)


def shouted(question: str) -> bool:
    """Mostly capitals, which then tell no name."""
    letters = [character for character in question if character.isalpha()]
    return sum(character.isupper() for character in letters) * 2 > len(letters)


def members(question: str, names: Iterable[Mention]) -> list[re.Match[str]]:
    """ "GPT-5", "Claude Opus 4", "Kimi K2": a family that is known, with a number that no table has."""
    own = [match for match in _members(question) if fold(match[1]) in families() and not _is_taken(match, names)]
    begun = [match.span() for match in own]
    others = (match for match in _elsewhere(question) if not _is_taken(match, names))
    found = [*own, *(match for match in others if not any(start <= match.start() < end for start, end in begun))]
    return sorted(found, key=lambda match: match.start())


def _members(question: str) -> Iterable[re.Match[str]]:
    """Of "did Claude 9 Opus" the word before a family is no beginning of its name."""
    start = 0
    while match := MEMBER.search(question, start):
        known = fold(match[1]) in families()
        start = match.end() if known else match.end(1)
        if known:
            yield match


def _is_taken(match: re.Match[str], names: Iterable[Mention]) -> bool:
    """Whether a known name stands there; the bare name of a family does not, where a number follows it."""
    inside = [mention for mention in names if mention.start < match.end() and match.start() < mention.end]
    bare = all(mention.others and not any(map(str.isdigit, mention.text)) and mention.end < match.end() for mention in inside)
    return bool(inside) and not bare


def _elsewhere(question: str) -> Iterable[re.Match[str]]:
    """Families of which no table has a model, with what may follow their name."""
    lowered = question.lower()
    words = sorted((word for word in small_words("families_elsewhere") if word in lowered), key=len, reverse=True)
    return _one_of(tuple(words)).finditer(question) if words else ()


@lru_cache(64)
def _one_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(words)})(?![a-z])(?:[ -]?(?:[a-z]{{0,2}}\d[\w.]*|{_TIER}))*", re.IGNORECASE)


def newer(question: str, names: Iterable[Mention]) -> str:
    """ "Gemini 3", "Mistral Large 3": a known name with a version after it that is none of ours."""
    for mention in names:
        if mention.table not in ("models", "inference"):
            continue
        match = VERSION.match(question, mention.end)
        if match and not any(mention.start < other.start < match.end() for other in names):
            return question[mention.start : match.end()]
    return ""


def unknown_model(question: str, taken: list[tuple[int, int]], *, ours: bool) -> str:
    """What stands where a model's name should, after "train", "model" and the like; in a question that is `ours`, after "of" or "for"."""
    parted = (
        match for match in PARTED_NAME.finditer(question) if ours and not _YEARLY.search(match[1]) and any(map(str.isdigit, match[1]))
    )
    for match in (*parted, *UNKNOWN_NAME.finditer(question), *CODE_NAME.finditer(question), *ASKED_NAME.finditer(question)):
        word = match[1].strip(".-")
        known = any(begin <= match.start(1) < end for begin, end in taken) or fold(word.split()[0]) in _said()
        capital = not shouted(question) or any(character.isdigit() for character in word)
        if not known and capital and len(word) > 1 and not word.replace(".", "").isdigit() and word.lower() not in small_words("no_names"):
            return word
    return ""


_CARD = deferred(
    rf"\b(?:gpus?|cards?|cartes?|puces?|chips?|accelerators?|acc[eé]l[eé]rateurs?)\s(?:(?:type|mod[eè]le|model)\s)?{_CODE}\b", re.IGNORECASE
)


_MADE = deferred(r"\b([A-Z][A-Za-z]{2,15} [A-Z]{1,3}\d{1,4}[A-Za-z]{0,2})\s(?:GPUs?|gpus?|cards?|chips?|accelerators?)\b")


def is_card(question: str) -> bool:
    """Letters and digits right beside a word for a chip."""
    return bool(_CARD.search(question) or _MADE.search(question))


def unknown_chip(question: str, taken: list[tuple[int, int]]) -> str:
    """ "100 H1000", "a Z900": letters and digits after a count or an article."""
    made = (match for match in _MADE.finditer(question) if fold(match[1].split()[0]) not in _said() and not match[1][0].isdigit())
    found = (
        match
        for match in (*made, *UNKNOWN_CHIP.finditer(question))
        if not any(begin < match.end(1) and match.start(1) < end for begin, end in taken)
    )
    return next((match[1] for match in found if not fold(match[1]).startswith(("co2", "tco2", "fy", "gpt", "v1", "v2"))), "")


SMALL_PLACE = deferred(
    r"\b(?:in|en|[àa]|au|from)\s([a-zà-ÿ][a-zà-ÿ'’-]{3,24})(?=\s*(?:[?.!,;:]|$|\s(?:for|pour|pendant|with|avec|and|et)\b))"
)


def unknown_place(question: str, taken: list[tuple[int, int]]) -> str:
    """A word after "in", "en", "au": a place, unless it is known as something else; without a capital, only where nothing follows it."""
    if shouted(question):
        return ""
    for match in SMALL_PLACE.finditer(question):
        known = any(begin < match.end(1) and match.start(1) < end for begin, end in taken)
        word = re.split("['’]", match[1])[-1]
        if not known and fold(word) not in _said() and not is_known(fold(word)):
            return word.capitalize()
    for match in UNKNOWN_PLACE.finditer(question):
        known = any(begin < match.end(1) and match.start(1) < end for begin, end in taken)
        if not known and fold(match[1].split()[0]) not in _said() and not match[1].isupper():
            return match[1]
    return ""


@cache
def _said() -> frozenset[str]:
    """Words that begin with a capital now and then and are no place."""
    return small_words("no_places") | small_words("small") | small_words("french") | small_words("english") | frozenset(_cues())


def _cues() -> Iterable[str]:
    return (word.rstrip("*") for languages in lexicon().values() for words in languages.values() for word in words)
