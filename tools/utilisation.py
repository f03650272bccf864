"""Which share of its peak a run has used."""

from __future__ import annotations

from aitoll.tools.errors import InvalidInput, MissingInput
from aitoll.tools.estimate import Estimate, Input, estimate
from aitoll.tools.run import Run, chip_hours, compute, fact_of_chip

MOST = "use operations, hours and a chip that go together: no run uses more than the peak of its chips"


class Utilisation(Run):
    """Which share of the peak of its chips did this run use, over all its hours?"""


def utilisation(asked: Utilisation) -> list[Estimate]:
    operations = compute(asked)
    if operations is None:
        raise MissingInput(calculator="utilisation", needs=["flop", "params and tokens", "model"])
    if asked.has("mfu"):
        raise MissingInput(calculator="utilisation", needs=["gpu_hours", "gpus and hours"])
    peak: Input = asked.given("peak") if asked.has("peak") else fact_of_chip(asked, "bf16_flop_per_s", "peak")
    found = estimate(used_share, {"flop": operations, "gpu_hours": hours(asked), "peak": peak}, name="mfu", unit="1", gives="s/hour")
    if found.value > 1:
        raise InvalidInput(
            field="mfu",
            value=f"{found.value:.3g}",
            allowed="no run uses more than the peak of its chips: check the operations, the hours and the chip",
        )
    return [found]


def hours(asked: Utilisation) -> Input:
    """Hours that are known on their own: those from operations would need the utilisation."""
    timed = {field: getattr(asked, field) for field in Run.model_fields if field not in ("flop", "params", "tokens")}
    found = chip_hours(Run(**timed).with_ranges(asked._ranges))
    if any(leaf.name == "mfu" for leaf in (found.leaves() if isinstance(found, Estimate) else ())):
        raise MissingInput(calculator="utilisation", needs=["gpu_hours", "gpus and hours"])
    return found


def used_share(flop: float, gpu_hours: float, peak: float) -> float:
    # Reserved hours count in full: a share measured on good steps is higher.
    return flop / (gpu_hours * peak)
