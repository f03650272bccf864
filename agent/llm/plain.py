"""What a model may not write of its own: an amount in any form, a name that nobody brought up, a link, a mark, another script."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from aitoll.agent.rules.fold import fold
from aitoll.agent.rules.names import find_names
from aitoll.agent.rules.vocabulary import number_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HIDDEN = ("Cf", "Co", "Cn", "Cs", "Cc")  # kinds of characters that nobody sees
BANNED = re.compile(r"[\[\]<>{}$€£¥%‰|\\^~=#`]|https?:|www\.|\]\(|@")
ROMAN = re.compile(r"\b(?=[MDCLXVI]{2,})M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})\b")
APART = re.compile(r"(?<![\w'’])[^\W\d_](?:[ .\-·_]{1,2}[^\W\d_]){2,}(?![\w'’])")  # "t e n": a word that no list knows
ELSEWHERE = re.compile(  # number words of other languages, where they are parts of longer ones
    r"(?<!\w)\w*(?:hundert|tausend|zwanzig|dreissig|vierzig|funfzig|sechzig|siebzig|achtzig|neunzig|zehn|cient[oa]s|quinient[oa]s|cento|mila|honderd|"
    r"duizend|twintig|dertig|veertig|vijftig|zestig|zeventig|tachtig|negentig|tien)\b"
)
ONE = re.compile(r"(?<!the )\bone\b(?! (?:of|can|must|should|may|might|would|could)\b)")
WORD = re.compile(r"[^\W\d_]+(?:[-.'’]?\w+)*")
UNITS = frozenset({"CO2", "CO2e", "CO2eq", "CO₂", "CO₂e"})
KNOWN = UNITS | {
    "I",
    "AI",
    "IA",
    "GPU",
    "GPUs",
    "API",
    "PUE",
    "WUE",
    "EWIF",
    "MFU",
    "TPU",
    "LLM",
    "LLMs",
    "FLOP",
    "FLOPs",
    "En",
    "Le",
    "La",
}
LONGEST_GAP = 40  # characters between two sentences
SENTENCE = re.compile(r"(?:^|[.!?:;–—\n]\s*|^\s*[-*]\s+|\*\*|[«“\"(]\s*)$")


def faults(text: str, known: str) -> list[str]:
    """Everything in a text without its references that breaks the law, in words that a model can act on. `known` is all it was told."""
    found = [f"{shown!r} may not be written" for shown in dict.fromkeys(match[0] for match in BANNED.finditer(text))]
    bare = _without_names(text, known)
    found += [f"{shown!r} is a number of your own: use a reference or leave it out" for shown in dict.fromkeys(_amounts(bare))]
    found += [f"{shown!r} was named by nobody" for shown in dict.fromkeys(_strangers(text, known))]
    return found + _odd(text, known)


def _without_names(text: str, known: str) -> str:
    """Names that hold a digit and were asked or told as they stand, blanked out."""
    told = fold(known)
    spans = [(mention.start, mention.end) for mention in find_names(text) if mention.text[:1].isalpha() and fold(mention.text) in told]
    words = [match for match in re.finditer(r"(?<![\w.-])[\w.-]*\d[\w.-]*", text) if re.search(r"[^\W\d_]", match[0])]
    spans += [match.span() for match in words if match[0].strip(".-") in UNITS or _told(match[0].strip(".-"), known)]
    for start, end in spans:
        text = text[:start] + "\x00" * (end - start) + text[end:]
    return text


def _told(word: str, known: str) -> bool:
    """A name such as GPT-4 or H100 that was told; a scaled number such as 5k or 10M is none, whoever wrote it."""
    return (
        word[:1].isalpha()
        and not re.fullmatch(r"[fp]\d+", word)
        and re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", known) is not None
    )


def _amounts(text: str) -> Iterator[str]:
    for match in re.finditer(r"\S+", text):
        if any(unicodedata.numeric(character, None) is not None for character in match[0]):
            yield match[0].strip("\x00*_,.;:()")
    folded = fold(unicodedata.normalize("NFKC", text)) if len(unicodedata.normalize("NFKC", text)) == len(text) else fold(text)
    for match in re.finditer(r"[a-z]+", folded):
        if match[0] in number_words_of_all():
            yield match[0]
    yield from (match[0] for pattern in (ONE, ELSEWHERE) for match in pattern.finditer(folded))
    yield from (match[0] for match in APART.finditer(text))
    yield from (match[0] for match in ROMAN.finditer(text))


@cache
def number_words_of_all() -> frozenset[str]:
    lines = files("aitoll.agent").joinpath("llm", "number_words.txt").read_text("utf-8").splitlines()
    own = {word for line in lines if not line.startswith("#") for word in line.split()}
    grammar = {word for part in ("units", "tens", "times", "scales", "long_scales") for word in number_words(part)}
    return frozenset((own | grammar) - {"un", "une", "one", "a"})


def _strangers(text: str, known: str) -> Iterator[str]:
    """Capitalised words within a sentence that neither the question nor a tool brought up: an invented source or name."""
    told = _words(known)
    for match in WORD.finditer(text):
        word = match[0]
        if not word[0].isupper() or word in KNOWN or SENTENCE.search(text[max(0, match.start() - LONGEST_GAP) : match.start()]):
            continue
        if fold(re.split(r"['’]", word)[-1]) not in told and fold(word) not in told and not _rows(word) & _rows(known):
            yield word


def _rows(text: str) -> set[str]:
    """The rows that a text names: "French" is told by "France"."""
    return {id for mention in find_names(text) for id in (mention.id, *mention.others)}


def _words(known: str) -> frozenset[str]:
    found = {fold(match[0]) for match in WORD.finditer(known)}
    return frozenset(found | {part for word in found for part in re.split(r"['’-]", word)})


def _odd(text: str, known: str) -> list[str]:
    """Letters of other scripts look like ours and are not; hidden characters are not seen at all."""
    odd = [
        character
        for character in dict.fromkeys(text)
        if character != "\n" and (unicodedata.category(character) in HIDDEN or _foreign(character)) and character not in known
    ]
    return [f"the character U+{ord(character):04X} may not be written" for character in odd]


def _foreign(character: str) -> bool:
    return character.isalpha() and not unicodedata.name(character, "").startswith("LATIN")


def in_language(text: str, language: str) -> bool:
    """Whether a text is not plainly in the other language."""
    from aitoll.agent.rules.reading import WORD as LETTERS
    from aitoll.agent.rules.vocabulary import small_words

    words = LETTERS.findall(fold(text))
    own, other = (sum(word in small_words(name) for word in words) for name in _order(language))
    return own >= other


def _order(language: str) -> Sequence[str]:
    return ("french", "english") if language == "fr" else ("english", "french")
