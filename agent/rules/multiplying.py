"""A follow-up that changes by a factor what was asked before: "twice as many", "20 % de plus", "deux fois plus longtemps"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitoll.agent.rules.measures import scaled
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.measures import Number
    from aitoll.agent.rules.reading import Reading

COUNTS = ("gpus", "questions", "gpu_hours", "energy_kwh", "params", "tokens", "input_tokens", "output_tokens", "hours")
_WORDS = {
    "two": 2,
    "deux": 2,
    "three": 3,
    "trois": 3,
    "four": 4,
    "quatre": 4,
    "five": 5,
    "cinq": 5,
    "ten": 10,
    "dix": 10,
    "hundred": 100,
    "cent": 100,
}
_TIMES = rf"(?P<times>\d+(?:[.,]\d+)?|{'|'.join(_WORDS)})"
_MORE = r"(?:more|as (?:many|much|long|big|large)|plus|the|that|this|le|la|l'|ce|cette|higher|longer|larger|bigger)"
_LESS = r"(?:fewer|less|moins|lower|shorter|smaller|cleaner|greener|plus propre|plus vert)"
_SHARE = r"(?<!\d)(?P<percent>\d{1,15}(?:[.,]\d{1,15})?) ?(?:%|percent|per cent|pour ?cent)"
_WITHIN = r"[^?.%]{0,30}?"
FACTORS = (
    (deferred(rf"\b(?:divi[ds]\w*){_WITHIN} (?:by|par|in) {_TIMES}(?![a-z0-9])"), "fraction"),
    (deferred(rf"\b(?:multipl\w*){_WITHIN} (?:by|par) {_TIMES}(?![a-z0-9])"), "multiple"),
    (deferred(rf"\b(?:reduc\w*|redui\w*|cut|lower|drop|decrease|baiss\w*|diminu\w*|less|moins){_WITHIN} (?:by|de) {_SHARE}"), "less"),
    (
        deferred(
            rf"\b(?:increas\w*|rais\w*|augment\w*|add|ajout\w*|grow|more|plus){_WITHIN}(?: (?:by|de))? {_SHARE}"
            r"(?! (?:less|fewer|moins))"
        ),
        "more",
    ),
    (deferred(rf"{_SHARE}(?: (?:of|de)? ?\w+)? (?:en plus|extra|additional|supplementaires?|on top)(?![a-z])"), "more"),
    (deferred(rf"{_SHARE}(?: (?:of|de)? ?\w+)? en moins(?![a-z])"), "less"),
    (deferred(r"\bhalv(?:e|ed|ing|es)\b|\bcut\b[^?.]{0,24} in (?:half|two)|\breduced? by half|de moitie"), "half"),
    (deferred(rf"{_SHARE} (?:de |d')?{_LESS}(?: (?:of|de))?\b|(?:minus|moins) {_SHARE.replace('percent>', 'off>')}"), "less"),
    (deferred(rf"{_SHARE} (?:de |d')?{_MORE}\b|(?:plus) {_SHARE.replace('percent>', 'on>')}"), "more"),
    (deferred(rf"\b{_TIMES} (?:times|fois) (?:de )?{_LESS}\b"), "fraction"),
    (
        deferred(rf"\b{_TIMES} (?:times|fois) (?:de )?{_MORE}\b|\b{_TIMES.replace('times>', 'fold>')} (?:times|fois)(?= *[?.!]|$)"),
        "multiple",
    ),
    (deferred(r"\b(?:half|moitie moins|la moitie)\b(?! (?:an|a|de l')?\s?(?:hour|day|year|heure|million|billion))"), "half"),
    (deferred(r"\b(?:twice|doubl(?:e|ing|er|ant|ons|ez)|le double|deux fois plus)\b"), "twice"),
    (deferred(r"\b(?:tripl(?:e|ing|er|ant|ons|ez)|thrice|le triple)\b"), "thrice"),
)
#: words for what is multiplied; without any, the first count of before
OBJECTS = (
    (deferred(r"clean|green|propre|vert|intensit|grid|reseau|mix\b"), ("grid_g_per_kwh",)),
    (deferred(r"output|sortie|generated|received|completion"), ("output_tokens",)),
    (deferred(r"input|entree|prompt tokens|sent\b"), ("input_tokens",)),
    (deferred(r"long|duration|time\b|days|hours|months|duree|temps|jours|heures|mois"), ("hours",)),
    (deferred(r"price|expensive|prix|cher|tarif|rate\b"), ("price", "unit_price", "electricity_price")),
    (deferred(r"gpu|chip|card|carte|puce|\ue001"), ("gpus", "gpu_hours")),
    (deferred(r"question|prompt|quer|request|requete|message"), ("questions",)),
    (deferred(r"param|bigger model|larger model|modele plus"), ("params",)),
    (deferred(r"token"), ("tokens", "input_tokens", "output_tokens")),
    (deferred(r"energ|electri|kwh|mwh|gwh|power|courant"), ("energy_kwh",)),
)


def multiplied(reading: Reading) -> float | None:
    """The factor that a follow-up says in words, where it says one."""
    for pattern, kind in FACTORS:
        if match := pattern.search(reading.folded):
            said = {name: value for name, value in match.groupdict().items() if value}
            return _factor(kind, _number(next(iter(said.values()), "1")))
    return None


def _number(text: str) -> float:
    return float(_WORDS.get(text) or text.replace(",", "."))


def _factor(kind: str, said: float) -> float:
    fixed = {"half": 0.5, "twice": 2.0, "thrice": 3.0}
    return fixed.get(kind) or {"less": 1 - said / 100, "more": 1 + said / 100, "fraction": 1 / (said or 1), "multiple": said}[kind]


#: what a word for multiplying may have been taken for
MISTAKEN = ("divisor", "growth")


def changed(numbers: dict[str, Number], reading: Reading, factor: float) -> dict[str, Number]:
    """The numbers of before with the one that is meant multiplied."""
    wanted = next((names for pattern, names in OBJECTS if pattern.search(reading.folded)), COUNTS)
    name = next((name for name in (*wanted, *COUNTS) if name in numbers), None)
    if name is None or factor <= 0:
        return numbers
    sided = any(wanted == names and len(names) == 1 for _, names in OBJECTS)
    names = [one for one in TOKENS if one in numbers] if name in TOKENS and not sided else [name]  # "double the volume" is of both sides
    return {**numbers, **{one: scaled(numbers[one], factor) for one in names}}


TOKENS = ("tokens", "input_tokens", "output_tokens", "cached_tokens")
