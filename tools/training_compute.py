"""Operations of a training run."""

from __future__ import annotations

from aitoll.tools.errors import MissingInput
from aitoll.tools.estimate import Estimate, estimate, looked_up
from aitoll.tools.inputs import number
from aitoll.tools.run import Run, chip_hours, compute, fact_of_chip, utilisation


class TrainingCompute(Run):
    """How many operations (FLOP) does it take to train this model?"""

    achieved: float | None = number("FLOP/s/GPU", "Operations that one chip really made a second", gt=0, le=1e18)


def training_compute(asked: TrainingCompute) -> list[Estimate]:
    if asked.has("achieved") or (asked.has("mfu") and _timed(asked) and not asked.has("flop") and not asked.has("tokens")):
        return [of_hours(asked)]
    found = compute(asked)
    if found is None:
        missing = [field for field in ("params", "tokens") if not asked.has(field)]
        raise MissingInput(calculator="training_compute", needs=missing, every=True)
    return [found if isinstance(found, Estimate) else looked_up("training_compute", found)]


def _timed(asked: TrainingCompute) -> bool:
    return asked.has("gpu_hours") or (asked.has("gpus") and asked.has("hours"))


def of_hours(asked: TrainingCompute) -> Estimate:
    """What so many chip-hours compute, at a speed or a utilisation of the user's."""
    if not _timed(asked):
        raise MissingInput(calculator="training_compute", needs=["gpu_hours", "gpus and hours"])
    title, hours = "training_compute", chip_hours(asked)
    if asked.has("achieved"):
        speed = asked.given("achieved")
        return estimate(operations_of_hours, name=title, unit="FLOP", gives="FLOP*hour/s", gpu_hours=hours, achieved=speed)
    peak = asked.given("peak") if asked.has("peak") else fact_of_chip(asked, "bf16_flop_per_s", "peak")
    return estimate(operations_of_peak, name=title, unit="FLOP", gives="FLOP*hour/s", gpu_hours=hours, peak=peak, mfu=utilisation(asked))


def operations_of_hours(gpu_hours: float, achieved: float) -> float:
    return gpu_hours * achieved


def operations_of_peak(gpu_hours: float, peak: float, mfu: float) -> float:
    return gpu_hours * peak * mfu
