"""Numbers as people write them in French and English: separators, scales, powers, words. No units here."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from itertools import islice

from aitoll.agent.rules.vocabulary import number_words
from aitoll.tools.patterns import deferred

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
DIGITS = r"(?:\d{1,3}(?:[ '_]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*|(?<![\w.,])[.,]\d+)"
POWER = r"(?:e(?P<e>[+-]?\d+)(?![a-z])|\s?[x×*·]\s?10\s?(?:\^\s?(?P<caret>[+-]?\d+)|\*\*\s?(?P<star>[+-]?\d+)|(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)))"
TEN_TO = r"10(?:\^\s?(?P<caret0>[+-]?\d+)|\*\*\s?(?P<star0>[+-]?\d+)|(?P<raised0>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+))"
SCALE_WORDS, LONG_SCALE = number_words("scales"), number_words("long_scales")
GLUED = {"k": 1e3, "m": 1e6, "b": 1e9, "g": 1e9, "t": 1e12, "p": 1e15}
_WORDS = "|".join(sorted([*SCALE_WORDS, *LONG_SCALE], key=len, reverse=True))
MINUS = r"(?:(?<!\bor )minus |negative |(?<=pendant )moins |(?<=durant )moins )"
NUMBER = deferred(
    rf"(?<![\w.,])(?P<cross>x(?=\d\d?(?!\d)))?(?P<sign>[-+](?=[\d.,$€])|{MINUS}(?=[\d$€]))?\s?(?:{TEN_TO}|(?P<digits>{DIGITS})(?:{POWER})?)"
    rf"(?:[\s-]?(?P<word>(?:{_WORDS})(?:\s(?:de\s)?(?:{_WORDS}))?)(?![a-z0-9])|\s?(?P<glued>[kmbgtp])(?![a-z0-9²³'/]))?"
)


MOST = 40  # numbers of one question that are read


@dataclass(frozen=True)
class Number:
    """What may be meant by one written number, the likeliest reading first."""

    readings: tuple[float, ...]
    start: int
    end: int
    scaled: bool
    digits: str = ""
    glued: str = ""
    factor: float = 1.0  # of the scale word or letter, which the second end of a range lends to the first

    @property
    def value(self) -> float:
        return self.readings[0]


def readings(digits: str, language: str) -> list[float]:
    """Every value that a run of digits, points, commas and spaces may stand for, the language's own first."""
    bare = re.sub(r"[ '_]", "", digits)
    marks = [c for c in bare if c in ".,"]
    if len(set(marks)) == 2:  # the last kind of mark is the decimal one
        thousands = "," if marks[-1] == "." else "."
        return _floats(bare.replace(thousands, "").replace(",", "."))
    if not re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", bare) or bare.startswith("0"):
        return _floats(bare.replace(",", ".")) if len(marks) < 2 else _floats(re.sub("[.,]", "", bare))
    grouped, decimal = re.sub("[.,]", "", bare), bare.replace(",", ".")
    if len(marks) > 1 or " " in digits:
        return _floats(grouped)
    own_decimal = "," if language == "fr" else "."
    return _floats(decimal, grouped) if marks[0] == own_decimal else _floats(grouped, decimal)


def _floats(*texts: str) -> list[float]:
    found = []
    for text in texts:
        try:
            found.append(float(text))
        except ValueError:
            continue
    return found


def find_numbers(folded: str, language: str) -> list[Number]:
    """Numbers in digits, left to right; those in words are found by `find_words`."""
    found = []
    for match in islice(NUMBER.finditer(folded), MOST):
        values = _values(match, language)
        if values:
            start = match.start() + len(match[0]) - len(match[0].lstrip()) + len(match["cross"] or "")
            digits = match["digits"] or ""
            scaled, factor = bool(match["word"] or match["glued"]), _factor(match, language)
            found.append(Number(tuple(values), start, match.end(), scaled, digits, match["glued"] or "", factor))
    return found


def _values(match: re.Match[str], language: str) -> list[float]:
    raised = match["e"] or match["caret"] or match["star"] or match["raised"] or match["caret0"] or match["star0"] or match["raised0"]
    power = int(raised.translate(SUPERSCRIPTS)) if raised and raised.translate(SUPERSCRIPTS).lstrip("+-").isdigit() else 0
    values = readings(match["digits"], language) if match["digits"] else [1.0]
    factor = _factor(match, language)
    sign = -1.0 if match["sign"] and match["sign"] != "+" else 1.0
    return [sign * _times_power(value * factor, power) for value in values]


def _factor(match: re.Match[str], language: str) -> float:
    return scale(match["word"], language) if match["word"] else GLUED.get(match["glued"] or "", 1.0)


def _times_power(value: float, power: int) -> float:
    if abs(power) > 400:
        return math.inf if power > 0 and value else 0.0
    try:
        return float(f"{value!r}e{power}") if power and "e" not in repr(value) else value * 10.0**power
    except OverflowError:
        return math.inf if value else 0.0


def scale(words: str, language: str) -> float:
    """ "millions" is 1e6, "mille milliards" 1e12; "billion" is 1e9 in English and 1e12 in French."""
    factor = 1.0
    for word in words.replace(" de ", " ").split():
        english = 1e9 if word in LONG_SCALE else SCALE_WORDS.get(word, 1.0)
        factor *= LONG_SCALE[word] if language == "fr" and word in LONG_SCALE else english
    return factor


_UNITS, _TENS, _TIMES, _HALF = number_words("units"), number_words("tens"), number_words("times"), number_words("halves")


@cache
def worded(language: str) -> re.Pattern[str]:
    """Number words in a row; "cent" is a hundred in French and money in English."""
    known = {*_UNITS, *_TENS, *_TIMES, *_HALF, *SCALE_WORDS, *LONG_SCALE, "a"} - ({"cent", "cents"} if language == "en" else {"a"})
    words = "|".join(sorted(known, key=len, reverse=True))
    return re.compile(rf"(?<![\w-])(?:{words})(?:(?:[ -](?:et |and |de |d'|of )?)(?:{words}))*(?![\w])")


_LINKS = frozenset(("et", "and", "de", "d", "of"))
_ONE = frozenset(("un", "une", "a", "one"))
_ALONE = _ONE | {"cents", "million", "millions", "md", "mds", "mn", "bn", "tn", "mio", "dozen", "hundred", "mille", "thousand"}
_COUNTED = deferred(
    r" (?:seule? |single |full )?"
    r"(?:h(?:ou)?rs?|heures?|days?|jours?|weeks?|semaines?|fortnights?|quinzaines?|months?|mois|quarters?(?! of)|trimestres?"
    r"|semest(?:er|re)s?|years?|ans?(?! h)|annee|decades?|decennies?|lit(?:re|er)s?|dollars?|euros?)(?![a-z])"
)


def find_words(folded: str, language: str) -> list[Number]:
    """Numbers in words: "dix mille", "twenty-five", "trois cent cinquante", "half a million"."""
    found = []
    for match in islice(worded(language).finditer(folded), MOST):
        words = [word for word in re.split(r"[ '-]", match[0]) if word not in _LINKS]
        if len(words) == 1 and not _stands_alone(words[0], folded, match, language):
            continue
        value, factor = _worded(words, language), scale(words[-1], language)
        if value is not None:
            found.append(Number((value,), match.start(), match.end(), True, factor=factor))
    return found


def _stands_alone(word: str, folded: str, match: re.Match[str], language: str) -> bool:
    """ "mille GPU" and "cent GPU" are counts; "one" is, before a time; "a", "cents" and "millions" are not."""
    if word in _ONE:
        return bool(_COUNTED.match(folded, match.end()))
    if word in ("mille", "cent"):
        return language == "fr"
    if word in _HALF:
        return folded[match.end() : match.end() + 1] in (" ", "-")
    return word not in _ALONE


def _worded(words: list[str], language: str) -> float | None:
    total, current, last = 0.0, 0.0, 1.0
    for i, word in enumerate(words):
        if word in _HALF:  # "half a million", "two and a half million", "un million et demi"
            current, total = _halved(words, i, current, total, last)
        elif word in ("a", "un", "une") and current:
            continue
        elif word in ("a", "un", "une"):
            current = 0.0 if word == "a" and words[i + 1 : i + 2] and words[i + 1] in {*_UNITS, *_TENS} else 1.0
        elif word in _UNITS:
            twenties = word == "quatre" and words[i + 1 : i + 2] in (["vingt"], ["vingts"])
            current += 20 * (_UNITS[word] - 1) if twenties else _UNITS[word]
        elif word in _TENS:
            current += _TENS[word]
        elif word in _TIMES:
            current = (current or 1.0) * _TIMES[word]
        else:
            last = scale(word, language)
            # A scale multiplies all that is smaller: "dix mille milliards".
            total, current = ((total + current or 1.0) * last if last > total else total + (current or 1.0) * last), 0.0
    return total + current if total + current > 0 or words == ["zero"] else None


def _halved(words: list[str], i: int, current: float, total: float, last: float) -> tuple[float, float]:
    article = i > 0 and words[i - 1] in ("a", "un", "une") and current == 1.0 and i == 1
    if article or not (current or total):
        return 0.5, total
    return (current + 0.5, total) if current else (0.0, total + 0.5 * last)
