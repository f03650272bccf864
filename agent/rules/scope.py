"""Whether a question is about what AI costs, and whether it is too bare to be answered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from aitoll.agent.rules.vocabulary import small_words
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aitoll.agent.rules.reading import Reading
    from aitoll.agent.rules.slots import Slots

OURS = ("GPU", "GPU-hour", "token", "FLOP", "FLOP/s", "param")  # units that are of nothing else
TOPICS = (
    "train",
    "use",
    "footprint",
    "why",
    "growth",
    "saving",
    "gap",
    "cooling",
    "claim",
    "who",
    "power_draw",
    "staff",
    "development",
    "compare",
    "economy",
)
#: what a question may be about that says "model" or "training" and not of what
WEAK = ("cost", "growth", "staff", "development", "economy", "gap", "footprint", "rent_or_buy")
#: what a question about AI must be about to be ours: a name alone, or a word for using it, is no subject
SUBJECTS = (
    "cost", "energy", "carbon", "water", "compute", "duration", "gpu_hours", "gpu_count", "footprint", "train", "economy", "growth",
    "saving", "gap", "cooling", "staff", "development", "rent", "buy", "hardware", "tdp", "pue", "wue", "ewif", "memory", "peak", "size",
    "token_count", "mfu", "power_draw", "rent_or_buy", "electricity_bill", "glossary", "grid", "embodied", "amortised", "claim", "draws",
    "cluster", "api",
)  # fmt: skip
SITE_WORDS = {
    "site",
    "sites",
    "campus",
    "campuses",
    "charge",
    "load",
    "loaded",
    "factor",
    "facteur",
    "taux",
    "puissance",
    "hall",
    "renewable",
    "renouvelable",
}
LONG = 500  # characters beyond which single words tell nothing
SENTENCE = deferred(r"[^.?!\n;]+[.?!]*")
NAMED = ("mfu", "wue", "ewif")
UNIT_WORDS = deferred(r"(?:litre|liter|millilit|gallon|kwh|mwh|gwh|twh|watt|power|courant)")


class _Placed(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


def spans(parts: Iterable[_Placed]) -> list[tuple[int, int]]:
    return [(part.start, part.end) for part in parts]


def other_words(reading: Reading) -> list[str]:
    """Words that carry a subject: neither small, nor a cue, nor a name, nor a quantity."""
    free = bytearray(b"\1") * len(reading.folded)
    for start, end in (*spans(reading.cues), *spans(reading.quantities), *spans(reading.names), *spans(reading.years)):
        free[start:end] = bytes(end - start)
    words = (match for match in re.finditer(r"[a-z]{2,}", reading.folded) if free[match.start()])
    return [match[0] for match in words if not _is_small(match[0])]


def _is_small(word: str) -> bool:
    return word in small_words("small") or word in small_words("french") or word in small_words("english")


def is_household(words: list[str]) -> bool:
    """Whether one of the words is of the house, the road or the table."""
    return bool({*words} & small_words("household"))


def is_everyday(reading: Reading) -> bool:
    """All that is named is called as an everyday thing is, such as "Viking", and nothing else is of ours."""
    named = [mention for mention in reading.names if mention.table in ("models", "accelerators", "inference")]
    return bool(named) and all(mention.text.lower() in small_words("everyday_names") for mention in named)


def is_ours(reading: Reading, slots: Slots) -> bool:
    """Something in the question is of AI and of nothing else."""
    named = bool(slots.models or slots.chips or slots.systems or reading.strangers or slots.api_models)
    measured = any(quantity.unit in OURS for quantity in reading.quantities)
    about = bool({*NAMED} & slots.numbers.keys())
    return (
        reading.has("ai", "gpu_hours", "gpu_count", "glossary")
        or measured
        or about
        or (named and (not is_everyday(reading) or reading.has("train")))
    )


def on_topic(reading: Reading, slots: Slots, metrics: list[str]) -> bool:
    """By its own words, or by those of the library."""
    other = other_words(reading)
    ours = is_ours(reading, slots)
    named = bool(slots.models or slots.chips or slots.systems or reading.strangers)
    if reading.has("about_us"):
        return True
    if ours and (slots.places or named or metrics or slots.numbers or reading.has(*TOPICS, "glossary") or not other):
        return True
    return _is_measured(reading, slots, metrics, other) or _is_told_of(reading, metrics, other, ours)


def _is_measured(reading: Reading, slots: Slots, metrics: list[str], other: list[str]) -> bool:
    """A quantity of ours is asked of something that may be ours, and of little else."""
    physical = {"energy", "carbon", "water"} & set(metrics)
    models = any(cue.name == "ai_word" and cue.text.startswith("model") for cue in reading.cues)
    if is_household(other):
        return False
    trained = any(cue.name == "train" and cue.text != "train" for cue in reading.cues)
    if trained and reading.has("cleaner") and not (slots.places or slots.names):
        return True
    if metrics and not other and any(cue.name == "train" and (cue.text != "train" or reading.language == "en") for cue in reading.cues):
        return True
    if "site_kw" in slots.numbers and (physical or reading.has("electricity_bill")) and {*other} <= SITE_WORDS:
        return True
    weak = reading.has("ai_word") or (reading.has("train") and reading.has("economy", "growth"))
    if weak and sum(reading.has(topic) for topic in WEAK) > 1:
        return True
    if reading.has("question_count") and (slots.volumes or {"energy_kwh", "carbon_t"} & slots.numbers.keys()):
        return True
    if (models and physical) or (reading.has("ai_word") and reading.has("train", "use") and metrics) or len(metrics) > 1:
        return len(other) < 2
    if slots.places and reading.has("grid") and reading.has("cleaner"):
        return True
    if slots.places and {"carbon", "water"} & set(metrics) and (reading.has("grid") or (reading.has("cleaner") and len(slots.places) > 1)):
        return True
    return bool(physical) and reading.has("question_count", "grid") and not other


#: "the article", whose claims are asked about
_ARTICLE = deferred(
    r"\b(?:the|your|this|both|which) (?:two )?(?:articles?|faq)\b|\bl'article\b|\b(?:les|vos|la|ces|deux) (?:articles|faq)\b"
)


def _is_told_of(reading: Reading, metrics: list[str], other: list[str], ours: bool) -> bool:
    """The library speaks of it."""
    from aitoll.agent.rules.topics import library_words

    if _is_sum(reading) and not reading.has("convert"):
        return True
    if _ARTICLE.search(reading.folded) and reading.has("claim", "who", "why"):
        return True
    hits = library_words(reading.folded)
    if any(word.strong for word in hits) or (ours and hits):
        return True
    if reading.has("claim") and hits and (metrics or len(hits) > 1):
        return True
    known = " ".join(word.text for word in hits)
    return len({word.text for word in hits}) >= 2 and not [word for word in other if word not in known]


def _is_sum(reading: Reading) -> bool:
    """A sum that only the articles speak of."""
    from aitoll.agent.rules.topics import sums

    return any(quantity.unit == "USD" and quantity.low in sums() for quantity in reading.quantities)


def spelt_out(reading: Reading) -> str:
    """The question with its sums as texts write them: "$600bn" is "600 billion dollars"."""
    text = reading.question
    for quantity in reversed(reading.quantities):
        size = next((size for size in (1e9, 1e6) if quantity.unit == "USD" and not quantity.is_range and quantity.low >= size), 0.0)
        if size:
            scale = {("fr", 1e9): "milliards de", ("fr", 1e6): "millions de", ("en", 1e9): "billion", ("en", 1e6): "million"}
            words = f"{quantity.low / size:g} {scale[reading.language, size]} dollars"
            text = f"{text[: quantity.start]}{words}{text[quantity.end :]}"
    return text


def off_topic(reading: Reading, slots: Slots) -> bool:
    """Numbers that a calculator could take, but of something else: no word of ours, and words of another subject."""
    if is_ours(reading, slots) or reading.has("about_us"):
        return False
    places = " ".join(slots.places).lower()
    other = [word for word in other_words(reading) if word not in places]
    if any(word in small_words("household") for word in other):
        return True
    changes = reading.has("train", "compute", "growth") or (reading.has("ai_word") and reading.has("saving"))
    told = (changes and bool(slots.money)) or _is_told(slots)
    told = told or (reading.has("gap") and bool(slots.money) and {*other} <= {"industry", "industrie", "sector", "secteur", "tech"})
    return bool(other) and not told


def _is_told(slots: Slots) -> bool:
    """Enough is given to leave no doubt what is to be worked out."""
    numbers = slots.numbers
    energy = numbers.get("energy_kwh", numbers.get("it_energy_kwh", 0.0))
    if {"energy_kwh", "it_energy_kwh"} & numbers.keys() and (max(energy) if isinstance(energy, tuple) else energy) >= 1e4:
        return True
    known = {
        "per_questions",
        "energy_per_question",
        "water_per_question",
        "carbon_per_question",
        "cost_per_question",
        "input_price",
        "output_price",
        "carbon_price",
        "pue_after",
        "price",
        "grid_g_per_kwh",
        "grid_before",
        "growth",
        "electricity_price",
        "usd_per_eur",
    }
    of_questions = {"questions", "people"} & numbers.keys() and {"energy_kwh", "carbon_t"} & numbers.keys()
    return bool(known & numbers.keys()) or bool(of_questions) or bool({"energy_kwh", "questions"} & numbers.keys() and slots.places)


def has_subject(reading: Reading) -> bool:
    """Whether a word says what of AI is asked, and not only that AI is spoken of."""
    from aitoll.agent.rules.topics import library_words

    words = library_words(reading.folded)
    told = any(word.strong for word in words) or bool(words and reading.has("who") and not reading.names)
    return reading.has(*SUBJECTS, "about_us") or told or _is_sum(reading)


def focus(reading: Reading) -> str:
    """Of a long text, the sentences that speak both of AI and of a subject of ours; a short question as it stands."""
    if len(reading.folded) <= LONG:
        return reading.question
    ours = [*(cue.start for cue in reading.cues if cue.name in ("ai", "ai_word")), *(name.start for name in reading.names)]
    subjects = [cue.start for cue in reading.cues if cue.name in SUBJECTS]
    kept = [
        match[0].strip()
        for match in SENTENCE.finditer(reading.question)
        if inside(match, ours) and inside(match, subjects) and ("?" in match[0] or len(reading.folded) < 3 * LONG)
    ]
    return " ".join(kept)


def inside(match: re.Match[str], places: list[int]) -> bool:
    return any(match.start() <= place < match.end() for place in places)


def is_price_of_electricity(reading: Reading, slots: Slots, metrics: list[str]) -> bool:
    """ "Price of electricity in Germany?": asked for itself, and of nothing that uses it."""
    priced = any(cue.name == "electricity_bill" and "pri" in cue.text for cue in reading.cues)
    return priced and metrics == ["cost"] and not (slots.numbers or slots.money or slots.chips or slots.models or slots.systems)


_OWN = deferred(
    r"\b(?:my|our|mon|ma|mes|notre|nos)\s(?:\w+\s){0,2}(?:project|projet|model|modele|training|entrainement|run|cluster|chatbot|llm|ai|ia|startup)\b"
)


def is_vague(reading: Reading, slots: Slots, metrics: list[str]) -> bool:
    """ "What will the CO2 of my AI project be?": a quantity of something of the asker's, of which nothing is told."""
    own = _OWN.search(reading.folded)
    return bool(own and metrics) and slots.empty and not reading.has("saving", "why", "growth", "cooling", "claim")


#: subjects of which the sources tell something, whatever the quantity that is asked
TOLD_BY_SOURCES = ("saving", "cooling", "basis", "growth", "gap", "economy", "why", "who")


def points_back(reading: Reading, slots: Slots, metrics: list[str]) -> bool:
    """ "Is it expensive to run?": of something that only the asker knows, and nothing else is said."""
    return reading.has("pronoun") and slots.empty and not reading.years and dangling(reading, slots, metrics)


def dangling(reading: Reading, slots: Slots, metrics: list[str]) -> bool:
    """ "How much CO2 does it emit?": a quantity of nothing that was named, or of too little, but of nothing else either."""
    if not metrics:
        rented = reading.has("how_much") and (reading.has("rent") or (reading.has("train") and reading.has("pronoun")))
        return (rented or (reading.has("follow_up", "them") and bool(slots.bare or slots.numbers))) and not other_words(reading)
    if reading.has("claim", "superlative", *TOLD_BY_SOURCES) and not slots.numbers:
        return False
    if reading.has("ai") or slots.names or any(quantity.unit in OURS for quantity in reading.quantities):
        return bool(slots.numbers or slots.money)
    worded = any(cue.name in metrics and not UNIT_WORDS.match(cue.text) for cue in reading.cues)
    return worded and not other_words(reading) and (slots.empty or bool(slots.numbers))
