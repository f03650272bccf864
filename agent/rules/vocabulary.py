"""The words that the rules know: cues, units and small words, from the YAML files beside this one, compiled on first use."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from aitoll.tools.patterns import deferred
from aitoll.tools.yaml_files import read

if TYPE_CHECKING:
    from collections.abc import Iterator


@cache
def lexicon() -> dict[str, dict[str, list[str]]]:
    """Cue → its words in both languages."""
    found: dict[str, dict[str, list[str]]] = read("agent/rules/lexicon")
    return found


@cache
def _words() -> dict[str, Any]:
    found: dict[str, Any] = read("agent/rules/words")
    return found


@cache
def small_words(name: str) -> frozenset[str]:
    return frozenset(_words()[name])


def word_lists(name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = _words()[name]
    return found


def text_speak(language: str) -> dict[str, str]:
    """Words that a phone makes short → whole."""
    found: dict[str, str] = _words()["text_speak"][language]
    return found


@cache
def ordinary_words() -> frozenset[str]:
    """Words of everyday French and English that are one slip away from a word of ours; made by tests/questions/ordinary.py."""
    return frozenset(files("aitoll.agent").joinpath("rules", "ordinary.txt").read_text("utf-8").split())


@cache
def number_words(name: str) -> dict[str, float]:
    return {word: float(value) for word, value in _words()["numbers"][name].items()}


@cache
def _units() -> dict[str, Any]:
    found: dict[str, Any] = read("agent/rules/units")
    return found


@cache
def unit_names() -> tuple[str, ...]:
    return tuple(_units()["units"])


@cache
def unit_words() -> frozenset[str]:
    """Words in the patterns of units, with their plurals."""
    texts = [*(pattern for patterns in _units()["units"].values() for pattern in patterns), *_units()["denominators"]]
    bare = {word for text in texts for word in re.findall(r"[a-z]{3,}", re.sub(r"\(\?:|[()]", "", text.replace("s?", "")))}
    return frozenset({*bare, *(word + "s" for word in bare)})


_LINKS = "de |d'|of |more |other |autres |full |whole |entire |single |seule? |working |business "


@cache
def unit_pattern() -> re.Pattern[str]:
    """A unit right after its number; the group that matched gives its place in `unit_names`."""
    words = "|".join(f"({'|'.join(patterns)})" for patterns in _capturing_nothing(_units()["units"]))
    return re.compile(rf"[\s-]?(?:{_LINKS})?(?:{words})(?![a-z0-9\ue001-\ue004²]|'[a-z])")


def _capturing_nothing(units: dict[str, list[str]]) -> Iterator[list[str]]:
    for patterns in units.values():
        yield [re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern) for pattern in patterns]


@cache
def per_pattern() -> re.Pattern[str]:
    """What a quantity is divided by, after it: "per GPU hour", "de l'heure", "/h/GPU"."""
    lead = r"(?:/|(?:in|on|en) (?=million|m ?tok)|per|par|pour|a l'|de l'|l'|d'|de|le|la|the|an?|each|@|chaque|every"
    lead += r"|tous les|toutes les|for each|for every|pour chaque|for one)\s?"
    unit = "|".join([*_units()["denominators"], *_units()["denominators_after"]])
    also = r"gpus?|carte|card|puce|chip|\ue001+|h(?:ou)?rs?|h(?:eures?)?"
    second = rf"(?:\s?(?:/|per|par|et par)\s?(?P<also>{also})(?![a-z0-9]))?"
    sided = r"(?:\s(?:in|out|input|output|en entree|en sortie)(?=\s?(?:/|per|par|le|a|pour)))?"
    return re.compile(rf"{sided}\s?{lead}(?:(?:one|une?|the)\s)?(?P<unit>{unit})(?![a-z0-9]){second}")


#: what a question is called beside its own name
_KINDS = (
    "chatbot|chat|user|ai|ia|llm|api|average|typical|median|single|simple|short|long|text"
    "|utilisateur|moyenne?|typique|type|courte?|longue?|seule?"
)


@cache
def led_pattern() -> re.Pattern[str]:
    """What a quantity is divided by, before it: "each kWh emits", "an hour costs", "le GPU à"."""
    lead = r"(?:per|for|each|an?|one|the|l'|le|la|un|une|chaque|every|du|d'un|d'une|unit|au|par) ?"
    unit = "|".join(_units()["denominators"])
    link = r"costs?|is|are|emits?|at|goes|to|was|were|of|rises|falls|"
    link += r"takes?|uses?|needs?|consumes?|requires?|draws?|prend|prenne|consomme|demande|utilise|necessite|"
    link += r"vaut|coute|couterait|emet|passe|a|etait|etant|serait|soit|est|rejette|de|monte|tombe|descend"
    link += r"|worth|is worth"
    link += r"|(?:m'|nous |vous |lui |leur )?est|(?:is|me|us) |facturee?s?|proposee?s?|vendue?s?|charged|billed|priced"
    between = rf"(?: (?:de |d'|of )?\ue001+)?(?:(?: (?:{link})|,| ?[:=])+ ?| )"
    kinds = rf"(?:{_KINDS}|[\ue002\ue004]+)"
    told = rf"{lead}(?:{kinds} )?(?P<unit>{unit})(?:(?: (?:de |d'|a |to |of |for |pour )?{kinds}){{1,2}}(?= ))?{between}"
    whole = rf"(?:each|every|chaque) (?P<each>{unit}) (?!for|from|with|pour|avec|sur)[a-z]{{3,12}} "
    things = r"gpus?|chips?|cards?|cartes?|puces?|\ue001+|questions?|requetes?|prompts?|quer(?:y|ies)|requests?|messages?"
    counted = rf"(?P<counted>{things}) (?:a|at|of|de|d'|using|consommant|costing)(?: |$)"
    bare = r"(?P<bare>question|requete|prompt|query|request|message|answer|reply|reponse|response|chat|image)(?: ?[:=]| )"
    return re.compile(rf"(?<![a-z0-9])(?:{told}|{counted}|{whole}|{bare})(?:environ |about |only |seulement )?$")


@cache
def _per_units() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((deferred("|".join(patterns)), unit) for unit, patterns in _units()["per"].items())


def per_unit(written: str) -> str:
    """The unit that a written denominator stands for."""
    return next((unit for pattern, unit in _per_units() if pattern.match(written)), "")


def divides(unit: str, per: str) -> bool:
    """Whether a quantity of the one per the other makes sense."""
    return per in _units()["sensible"].get("USD" if unit == "EUR" else unit, ())
