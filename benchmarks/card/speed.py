"""Speed: cold and warm beside their floors, the calculators, and how time and memory grow."""

from __future__ import annotations

import gc
import os
import statistics
import time
from typing import TYPE_CHECKING

from aitoll.agent.ask import answer
from aitoll.agent.conversations import InMemory
from aitoll.tools.registry import CALCULATORS, calculate
from aitoll.tools.sweep import sweep
from benchmarks import calculators, run
from benchmarks.card.figures import Measured
from benchmarks.web import memory_mb

if TYPE_CHECKING:
    from collections.abc import Callable


def measure(short: bool) -> list[Measured]:
    return [*run.figures(short), slowest_calculator(), million(100_000 if short else 1_000_000), *growth(100 if short else 1000)]


def slowest_calculator() -> Measured:
    times = {name: calculators.milliseconds(lambda name=name: calculate(name, **calculators.ASKED[name])) for name in CALCULATORS}
    worst = max(times, key=times.__getitem__)
    beside = f"median {statistics.median(times.values()):.3f} ms; slowest {worst}"
    return Measured(
        "slowest calculator", round(times[worst], 3), "ms", "CPU, sources and drivers included", 0.3, True, len(times), beside=beside
    )


def million(count: int) -> Measured:
    import numpy as np

    values = np.geomspace(1e3, 1e9, count)
    start = time.process_time()
    sweep("training_carbon", {"gpu_hours": values}, gpu="h100-sxm", place="fra")
    took = (time.process_time() - start) * 1e6 / count
    return Measured("a sweep of a million cases", round(took, 2), "s", "CPU, low, value and high", 2, True, count)


def growth(turns: int) -> list[Measured]:
    """The last tenth of a long conversation beside its first, and the memory of many answers."""
    memory = InMemory()
    times = [
        _spent(lambda number=number: answer(f"And with {number + 10} H100s?" if number else "CO2 of 10 H100s in a week?", memory))
        for number in range(turns)
    ]
    part = turns // 10
    first, last = statistics.median(times[1:part]), statistics.median(times[-part:])
    before = memory_mb(os.getpid())
    for number in range(turns):
        answer(f"How much CO2 do {number + 1} GWh emit in France?", InMemory())
    gc.collect()
    grown = memory_mb(os.getpid()) - before
    return [
        Measured("the last tenth of a long conversation", round(last / first, 2), "times", f"its first, {turns} turns", 1.5, True, turns),
        Measured("memory grown", round(grown, 1), "MB", f"resident, over {turns} answers after the first", 5, True, turns),
    ]


def _spent(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
