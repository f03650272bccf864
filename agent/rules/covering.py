"""Half a litre for 20 to 50 questions: which volume covers which count, and which count is asked about."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from aitoll.agent.rules.measures import amount, highest
from aitoll.tools.inputs import Range
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.quantities import Quantity
    from aitoll.agent.rules.reading import Reading
    from aitoll.agent.rules.slots import Slots

_COVERS = deferred(
    r"cover|couvr|suffi|good for|serve|permet|pour|for|repond|consom|use|requi|demand|need|cost|coute|per|par|last|answer|dur"
)
_WONDERED = deferred(r"\b(?:combien|how|what|que|quel\w*|qu'|and for|et pour)\b")
_EVERY = deferred(r"\b(?:every|per|par|(?:tou(?:te)?s|pour chaque) les|for each)\s$")
A_SIP, MANY = 0.1, 1000  # litres that one question may take; questions that together take more
_TURN = deferred(r"\b(?:if|si|when|given|sachant|quand)\b|[.:;,] ")


def covered(found: Slots, reading: Reading, volumes: list[Quantity]) -> None:
    """ "500 mL covers 20 to 50 questions": the count tied to the volume is what it covers; another one is how many are asked about."""
    counts = [quantity for quantity in reading.quantities if quantity.unit == "question"]
    if not counts and len(volumes) == 2 and len(found.bare) == 1 and reading.has("question_count"):
        found.numbers["per_questions"] = found.bare.pop()  # "for 3 litres, how many questions if 50 cl cover 25?"
        found.numbers["water_l"] = min(found.volumes, key=lambda volume: volume.low if isinstance(volume, Range) else volume)
    if not counts:
        return
    bare = [one for one in reading.quantities if not one.unit and amount(one, "1") in found.bare]
    volume, tied = min(itertools.product(volumes, [*counts, *bare]), key=lambda pair: tie(reading, *pair))
    others = [count for count in counts if count is not tied]
    found.numbers["water_l"] = amount(volume, "L")
    found.numbers["per_questions"] = amount(tied, "1", "questions")
    found.bare = [value for value in found.bare if tied not in bare or value != amount(tied, "1")]
    if others:
        found.numbers["questions"] = amount(others[0], "1", "questions")
    elif found.bare:
        found.numbers["questions"] = found.bare.pop()
    elif highest(found.numbers["water_l"]) <= A_SIP and highest(found.numbers["per_questions"]) >= MANY:
        found.numbers["water_per_question"] = found.numbers.pop("water_l")  # too little for all of them
        found.numbers["questions"] = found.numbers.pop("per_questions")
    else:
        found.numbers.pop("questions")


def tie(reading: Reading, volume: Quantity, count: Quantity) -> tuple[bool, int]:
    """How loosely a count hangs on a volume: asked about comes last, then by distance."""
    starts = [other.end for other in reading.quantities if other.end <= count.start]
    lead = _TURN.split(reading.folded[max([*starts, count.start - 44, 0]) : count.start])[-1]
    gap = reading.folded[volume.end : count.start] if count.start >= volume.end else reading.folded[count.end : volume.start]
    every = bool(_EVERY.search(reading.folded[max(0, count.start - 12) : count.start]))
    linked = (bool(_COVERS.search(gap)) or len(gap) < 8) and not _TURN.search(gap)
    return not every and (bool(_WONDERED.search(lead)) or not linked or "?" in gap), len(gap)
