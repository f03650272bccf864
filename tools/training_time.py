"""How long a run takes, or how many chip-hours it needs."""

from __future__ import annotations

from aitoll.tools.estimate import Estimate, estimate, looked_up
from aitoll.tools.facts import fact, known
from aitoll.tools.run import Run, chip_hours


class TrainingTime(Run):
    """How long does it take to train this model on so many chips, or how many chip-hours does it need?"""


def training_time(asked: TrainingTime) -> list[Estimate]:
    if asked.model and not asked.has("gpus") and _as_published(asked) and known("models", asked.model, "wallclock_hours"):
        return [looked_up("training_time", fact("models", asked.model, "wallclock_hours"))]
    needed = chip_hours(asked)
    whole = needed if isinstance(needed, Estimate) else looked_up("gpu_hours", needed)
    if not asked.has("gpus"):
        return [whole]
    return [estimate(wall_clock, name="training_time", unit="hour", gpu_hours=needed, gpus=asked.given("gpus")), whole]


def _as_published(asked: TrainingTime) -> bool:
    return not any(asked.has(field) for field in ("gpu", "mfu", "params", "tokens", "flop", "hours", "gpu_hours"))


def wall_clock(gpu_hours: float, gpus: float) -> float:
    return gpu_hours / gpus
