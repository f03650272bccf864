"""What of a whole counts: the parameters that are active, each chip's share of a power that is told of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitoll.agent.rules.measures import DIMENSIONS, amount
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.reading import Reading
    from aitoll.agent.rules.slots import Slots

CHIP_KW = 2.5  # no chip draws as much: this is the power of all of them


def together(found: Slots, reading: Reading) -> None:
    """ "A rack of 32 GPUs averages 22 kW": the power of all, of which each has its share."""
    power, count = found.numbers.get("power_kw"), found.numbers.get("gpus")
    said = [one for one in reading.quantities if DIMENSIONS.get(one.unit) == "power"]
    if (
        isinstance(power, float)
        and power >= CHIP_KW
        and count is None
        and not (found.chips or found.bare or said[0].per)
        and len(said) == 1
    ):
        found.numbers["site_kw"] = found.numbers.pop("power_kw")  # "a rack of 40 kW"
        return
    if not isinstance(power, float) or not isinstance(count, float) or power < CHIP_KW or count < 2:
        return
    if len(said) == 1 and not said[0].per:
        found.spent.add(said[0].low)
        found.numbers["power_kw"] = power / count


_ACTIVE = deferred(r"activ\w*|actif\w*")


def active(found: Slots, reading: Reading) -> None:
    """ "37B active out of 671B": of a mixture of experts, the parameters that each token passes through."""
    sizes = [one for one in reading.quantities if one.unit in ("param", "") and one.scaled and one.value >= 1e7 and not one.per]
    marks = [match.start() for match in _ACTIVE.finditer(reading.folded)]
    if len(sizes) < 2 or not marks or "params" not in found.numbers:
        return
    own = min(sizes, key=lambda one: min(min(abs(mark - one.end), abs(mark - one.start)) for mark in marks))
    whole = next(one for one in sizes if one is not own)
    found.spent |= {whole.low, own.low}
    found.numbers["params"] = amount(own, "1", "params")
    found.bare = [value for value in found.bare if value not in (own.low, whole.low)]
    found.twice = [name for name in found.twice if name != "params"]
