"""What chips, a run or a whole site take from their surroundings over a time, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitoll.tools.electricity_cost import ElectricityCost, electricity_cost
from aitoll.tools.estimate import Estimate, looked_up
from aitoll.tools.training_carbon import TrainingCarbon, training_carbon
from aitoll.tools.training_energy import at_meter
from aitoll.tools.training_water import TrainingWater, training_water

if TYPE_CHECKING:
    from collections.abc import Iterator


class Footprint(TrainingCarbon, TrainingWater, ElectricityCost):
    """What do so many chips, or a site of so much power, draw, emit, take of water and cost in electricity over some time?"""


def footprint(asked: Footprint) -> list[Estimate]:
    return list(_side_by_side(asked))


def _side_by_side(asked: Footprint) -> Iterator[Estimate]:
    energy = at_meter(asked)
    yield energy if isinstance(energy, Estimate) else looked_up("training_energy", energy)
    yield from training_carbon(asked)
    yield from training_water(asked)
    yield from electricity_cost(asked)
