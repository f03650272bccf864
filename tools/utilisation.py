"""Which share of its peak a run has used."""

from __future__ import annotations

from aitoll.tools.errors import MissingInput
from aitoll.tools.estimate import Estimate, Input, estimate
from aitoll.tools.run import Run, chip_hours, compute, fact_of_chip


class Utilisation(Run):
    """Which share of the peak of its chips did this run use, over all its hours?"""


def utilisation(asked: Utilisation) -> list[Estimate]:
    operations = compute(asked)
    if operations is None:
        raise MissingInput(calculator="utilisation", needs=["flop", "params", "tokens", "model"])
    if asked.has("mfu"):
        raise MissingInput(calculator="utilisation", needs=["gpu_hours", "gpus", "hours"])
    peak: Input = asked.given("peak") if asked.has("peak") else fact_of_chip(asked, "bf16_flop_per_s", "peak")
    return [estimate(used_share, {"flop": operations, "gpu_hours": hours(asked), "peak": peak}, name="mfu", unit="1", gives="s/hour")]


def hours(asked: Utilisation) -> Input:
    """Hours that are known on their own: those from operations would need the utilisation."""
    known_hours = asked.model_copy(update={"flop": None, "params": None, "tokens": None}).with_ranges(asked._ranges)
    return chip_hours(known_hours)


def used_share(flop: float, gpu_hours: float, peak: float) -> float:
    # Reserved hours count in full: a share measured on good steps is higher.
    return flop / (gpu_hours * peak)
