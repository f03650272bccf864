"""Operations of a training run."""

from __future__ import annotations

from aitoll.tools.errors import MissingInput
from aitoll.tools.estimate import Estimate, looked_up
from aitoll.tools.inputs import Inputs, name, number
from aitoll.tools.run import Run, compute


class TrainingCompute(Inputs):
    """How many operations (FLOP) does it take to train this model?"""

    model: str | None = name("models", "A published model", "gpt-3-175b")
    params: float | None = number("1", "Parameters that work on each token (active ones for a mixture of experts)", gt=0, le=1e15)
    tokens: float | None = number("token", "Tokens seen in training, epochs included", gt=0, le=1e17)


def training_compute(asked: TrainingCompute) -> list[Estimate]:
    found = compute(Run(**dict(asked)).with_ranges(asked._ranges))
    if found is None:
        raise MissingInput(calculator="training_compute", needs=[field for field in ("params", "tokens") if not asked.has(field)])
    return [found if isinstance(found, Estimate) else looked_up("training_compute", found)]
