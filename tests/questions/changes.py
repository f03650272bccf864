"""Changes to a question that must not change its plan: case, accents, number format, politeness, typos, spaces."""

from __future__ import annotations

import re
import unicodedata
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUPS = {mark: re.compile(rf"(?<![\d.,])(\d{{1,3}})((?:[{mark}]\d{{3}})+)(?![\d.,]*\d)") for mark in (",", " \u00a0\u202f'")}
DECIMAL = re.compile(r"(?<![\d.,])(\d+)[.,](\d{1,2})(?![\d.,]|\d)")
UNIT = re.compile(r"[kMGT]?Wh?|[mc]?[lL]|k?g|[kMGT]|FLOPs?|GPUs?|tokens")
WORD = re.compile(r"\b[a-zà-ÿ]{6,}\b")
POLITE = {
    "fr": [
        "Bonjour, {} Merci !",
        "Pourriez-vous me dire : {}",
        "S'il vous plaît, {}",
        "{} svp",
        "Une question : {}",
        "Salut ! {} Merci d'avance.",
    ],
    "en": ["Hello, {} Thanks!", "Could you please tell me: {}", "Please, {}", "{} pls", "Quick question: {}", "Hi there! {} Thank you."],
}


def lower(question: str) -> str:
    return question.lower()


def upper(question: str) -> str:
    """Capitals all over; what holds a digit or a unit is left, for "MW" and "mW" differ."""
    return re.sub(r"(?<![\w/×])[^\W\d_]{2,}(?![\w/])", lambda match: match[0] if UNIT.fullmatch(match[0]) else match[0].upper(), question)


def bare(question: str) -> str:
    """Without accents."""
    return "".join(part for part in unicodedata.normalize("NFD", question) if not unicodedata.combining(part))


def polite(question: str, lang: str, random: Random) -> str:
    return random.choice(POLITE[lang]).format(question)


def regrouped(question: str, lang: str, mark: str) -> str:
    """Other marks of thousands; a comma is one in English only, where French has its decimals."""
    group = GROUPS["," if lang == "en" else " \u00a0\u202f'"]
    return group.sub(lambda match: match[1] + re.sub(r"\D", mark, match[2]), question)


def other_decimal(question: str, lang: str) -> str:
    """ "2.50" as "2,50" and back; never three decimals, which may be a thousand."""
    mark = "." if lang == "fr" else ","
    return DECIMAL.sub(lambda match: f"{match[1]}{mark}{match[2]}", question)


def typo(question: str, random: Random) -> str:
    """One slip of the fingers in one long word: two letters swapped, one doubled or one lost."""
    words = [*WORD.finditer(question)]
    if not words:
        return question
    found = random.choice(words)
    at = random.randrange(1, len(found[0]) - 2)
    text = found[0]
    slip = random.choice(
        [text[:at] + text[at + 1] + text[at] + text[at + 2 :], text[:at] + text[at] + text[at:], text[:at] + text[at + 1 :]]
    )
    return question[: found.start()] + slip + question[found.end() :]


def curly(question: str) -> str:
    """The other apostrophe."""
    return question.replace("'", "’") if "'" in question else question.replace("’", "'")


def tight(question: str) -> str:
    """No space before signs and units: "2,50$/h", "40%"."""
    return re.sub(r"(?<=\d)[ \u00a0\u202f](?=[$€%]|[kMG]Wh\b|[kM]?W\b|m?L\b|g/)", "", question)


def changes(question: str, lang: str) -> dict[str, str]:
    random = Random(question)
    return {
        "lower": lower(question),
        "upper": upper(question),
        "bare": bare(question),
        "polite": polite(question, lang, random),
        "ungrouped": regrouped(question, lang, ""),
        "narrow": regrouped(question, lang, "\u202f"),
        "swiss": regrouped(question, lang, "'"),
        "other_decimal": other_decimal(question, lang),
        "typo": typo(question, random),
        "spaced": question.replace(" ", "  "),
        "unmarked": question.rstrip(" ?!.\u00a0\u202f"),
        "curly": curly(question),
        "tight": tight(question),
    }


def pairs(question: str, lang: str) -> Iterator[tuple[str, str]]:
    """Each change that changes the text, with the changed question."""
    for name, changed in changes(question, lang).items():
        if changed != question:
            yield name, changed
