"""What a question says, before anything is decided: language, names, quantities, cues."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal

from aitoll.agent.rules.cues import Cue, find_cues
from aitoll.agent.rules.fold import fold
from aitoll.agent.rules.names import Mention, find_names
from aitoll.agent.rules.quantities import MASKS, Quantity, find_quantities
from aitoll.agent.rules.siblings import completed, of_family
from aitoll.agent.rules.spelling import mended
from aitoll.agent.rules.unknown import members
from aitoll.agent.rules.vocabulary import lexicon, small_words
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from collections.abc import Callable

Language = Literal["fr", "en"]
LONGEST_QUESTION = 10_000
WORD = deferred(r"[a-z]{2,}")
UNKNOWN = "\ue006"
SPACES = deferred(r"\s{2,}")
HYPHENED = deferred(r"(?<![a-z0-9-])[a-z]+(?:-[a-z0-9.]+)*?-\d[a-z0-9.]*(?:-[a-z0-9.]+)*")  # "claude-3-5-sonnet" holds no number
US_MONEY = deferred(r"us (?:cents?|dollars?|\$)")
#: "4090 GWh", "with 4090 H100s": a number of what follows it, though a card goes by that number alone
COUNT = deferred(
    r"\d+ ?(?:[$€%]|(?:[kmgtp]?w(?:h|atts?)?|tokens?|jetons?|h(?:ours?|eures?)?|days?|jours?|weeks?|semaines?|months?|mois|years?|ans?"
    r"|dollars?|euros?|questions?|prompts?|requetes?|queries|messages?|t(?:on(?:ne)?s?|co2e?)?|l(?:itre|iter)?s?|m3|thousand|mill\w+"
    r"|billions?|trillions?|[habvl]\d{2,3}s?|of (?:them|these|those)|d'entre)\b)"
)
NUMERAL = deferred(r"[\d-]")
ACCENTS = deferred("[àâçèéêëîïôùûœÀÂÇÈÉÊËÎÏÔÙÛŒ]")


@dataclass(frozen=True)
class Year:
    value: int
    start: int
    end: int


@dataclass(frozen=True)
class Reading:
    question: str
    folded: str  # as long as the question, names left as they are
    language: Language
    understood: bool  # whether it is French or English at all
    names: tuple[Mention, ...]
    quantities: tuple[Quantity, ...]
    years: tuple[Year, ...]
    cues: tuple[Cue, ...]
    strangers: tuple[str, ...] = ()  # members of known families that no table has

    def has(self, *names: str) -> bool:
        return any(cue.name in names for cue in self.cues)

    def first(self, name: str) -> int | None:
        return next((cue.start for cue in self.cues if cue.name == name), None)

    def named(self, table: str) -> list[Mention]:
        return [mention for mention in self.names if mention.table == table]


def read(question: str, default: Callable[[], Language] = lambda: "en") -> Reading:
    question = mended(SPACES.sub(" ", question).strip())
    question, mentions = _named(question)
    folded = fold(question)
    counts = (mention for mention in mentions if mention.text.isdigit() and COUNT.match(folded, mention.start))
    taken = {mention.start for mention in counts} | {mention.start for mention in mentions if US_MONEY.match(folded, mention.start)}
    names = tuple(mention for mention in mentions if mention.start not in taken)
    masked = mask(folded, names)
    strangers = members(question, names)
    spans = [match.span() for match in strangers]
    names = tuple(mention for mention in names if not any(start <= mention.start < end for start, end in spans))
    for match in strangers:
        masked = masked[: match.start()] + UNKNOWN * (match.end() - match.start()) + masked[match.end() :]
    for match in HYPHENED.finditer(folded):
        masked = masked[: match.start()] + NUMERAL.sub(UNKNOWN, masked[match.start() : match.end()]) + masked[match.end() :]
    cues = tuple(find_cues(masked))
    if not any(cue.name == "use" for cue in cues):
        names = tuple(mention for mention in names if fold(mention.text).removesuffix("'s") not in small_words("only_in_use"))
    language, understood = language_of(question, masked, cues, default)
    years, blanked = find_years(masked)
    quantities = tuple(find_quantities(question, blanked, language))
    return Reading(question, folded, language, understood, names, quantities, years, cues, tuple(match[0].strip() for match in strangers))


def _named(question: str) -> tuple[str, list[Mention]]:
    """The question with the families' names put in where they go without saying, and all that it names."""
    mentions = find_names(question)
    if not any(of_family(mention) for mention in mentions):
        return question, mentions
    whole = completed(question, mentions)
    return (question, mentions) if whole == question else (whole, find_names(whole))


def language_of(question: str, masked: str, cues: tuple[Cue, ...], default: Callable[[], Language]) -> tuple[Language, bool]:
    """By its small words and its accents; a question with none of either's words is in neither language."""
    words, known = WORD.findall(masked), bool(cues)
    french, english = sum(word in small_words("french") for word in words), sum(word in small_words("english") for word in words)
    accents = min(2, sum(masked[match.start()] != "\ue003" for match in ACCENTS.finditer(question)))
    if french + accents == english == 0:
        lean = sum(_lean(cue) for cue in cues)
        return ("fr" if lean > 0 else "en" if lean < 0 else default()), known or len(words) < 3
    if french + accents == english:
        return default(), True
    return ("fr" if french + accents > english else "en"), (french + english) * 12 >= len(words)


def _lean(cue: Cue) -> int:
    """Above 0 for a word that only French has, below for one that only English has."""
    french, english = (_holds(words, cue.text) for words in (lexicon()[cue.name]["fr"], lexicon()[cue.name]["en"]))
    return int(french) - int(english)


def _holds(words: list[str], text: str) -> bool:
    return any(word == text or (word.endswith("*") and text.startswith(word[:-1])) for word in words)


def mask(folded: str, names: tuple[Mention, ...]) -> str:
    """Names replaced letter for letter, so that the numbers in them are not read as quantities."""
    parts, last = [], 0
    for mention in names:
        parts += [folded[last : mention.start], MASKS[mention.table] * (mention.end - mention.start)]
        last = mention.end
    return "".join(parts) + folded[last:]


_LEADS = ("in", "en", "of", "since", "depuis", "from", "to", "a", "by", "until", "de", "for", "pour", "annee", "et", "and", "does", "will")
_COUNTED = r"\ue001|gpus?|h100|chips?|puces?|tokens?|kwh|mwh|gwh|hours?|heures?|dollars?|euros?|[$€%]"
_COUNTED += r"|questions?|prompts?|requetes?|queries|messages?|k?w\b|watts?|param|flops?|cards?|cartes?|milli|mille|billions?|trillions?"
_COUNTED += r"|thousand|l(?:itres?)?\b"
# What stands before is asked last: digits are rare in a text, and are found fast.
_BEFORE = "|".join(rf"(?<={lead}\d{{4}})" for lead in (*(rf"\b{lead} " for lead in _LEADS), "d'ici ", r"\(", "-", "^"))
_ASKED = r"(?<=[;:.,] \d{4})(?= ?\?)"  # "from $5M in 2023; 2025?"
_YEAR = deferred(rf"(19[89]\d|20\d\d|2100)(?:{_BEFORE}|{_ASKED})(?=[\s?.,;:)!-]|$)(?! ?(?:{_COUNTED}))")


def find_years(masked: str) -> tuple[tuple[Year, ...], str]:
    """Years such as "in 2026", and the text without them."""
    found = tuple(Year(int(match[1]), match.start(), match.end()) for match in islice(_YEAR.finditer(masked), 20))
    for year in found:
        masked = masked[: year.start] + "\ue005" * (year.end - year.start) + masked[year.end :]
    return found, masked
