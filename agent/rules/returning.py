"""A follow-up that goes back to what was said at first: "back to the first price", "reviens au premier PUE, mais pour 60 jours"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitoll.agent.rules.measures import NAMES
from aitoll.agent.rules.multiplying import OBJECTS
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.measures import Number
    from aitoll.agent.rules.reading import Reading

_FIRST = "(?:first|original|initial|starting|premi(?:er|ere)s?|initiale?s?|originale?s?|origine|depart|debut)"
_BACK = deferred(
    r"\b(?:back to|return(?:ing)? to|revert(?:ing)? to|restore|reset to|reviens|revenons|revient|retour|retournons|reprends|reprenons"
    r"|remets|remettons)"
    r" ?(?:au|aux|a la|a l'|to|a|le|la|les|l')? ?(?:the |our |my |le |la |l')?"
    rf"(?P<what>(?:[\w'-]+ ){{0,2}}?){_FIRST}(?P<of>(?: [\w'-]+)?)"
)


def goes_back(reading: Reading) -> bool:
    return bool(_BACK.search(reading.folded))


def as_at_first(numbers: dict[str, Number], first: dict[str, Number], reading: Reading) -> dict[str, Number]:
    """The numbers of before with those of the first question in their place: the one that is named, or else all."""
    match = _BACK.search(reading.folded)
    if match is None:
        return numbers
    named = _meant(f"{match['what']}{match['of']}")
    return {**numbers, **{name: value for name, value in first.items() if not named or name in named}}


def _meant(words: str) -> tuple[str, ...]:
    """The inputs that a word for one of them may mean."""
    close = tuple(name for pattern, name in NAMES if pattern.search(words))
    return close or next((names for pattern, names in OBJECTS if pattern.search(words)), ())
