"""CPU time of each calculator beside its bare formula, of the tables, and of a sweep: `python benchmarks/calculators.py`."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from aitoll.tools.estimate import flat
from aitoll.tools.inverse import inverse
from aitoll.tools.registry import CALCULATORS, calculate
from aitoll.tools.sweep import sweep

if TYPE_CHECKING:
    from collections.abc import Callable

GOAL_MS, SWEEP_GOAL_S = 0.3, 2.0
ASKED: dict[str, dict[str, Any]] = {
    "training_compute": {"params": 7e10, "tokens": 1.5e13},
    "training_time": {"params": 7e10, "tokens": 1.5e13, "gpus": 1000},
    "training_cost": {"params": 7e10, "tokens": 1.5e13},
    "gpu_budget": {"gpus": 1000, "cluster": True},
    "training_energy": {"params": 7e10, "tokens": 1.5e13},
    "training_carbon": {"params": 7e10, "tokens": 1.5e13, "place": "fra"},
    "training_water": {"params": 7e10, "tokens": 1.5e13, "place": "fra"},
    "use_energy": {"system": "gemini-comprehensive", "questions": 1e6},
    "use_carbon": {"place": "fra"},
    "use_water": {"system": "openai-altman", "place": "fra"},
    "api_cost": {"api_model": "gpt-4o", "input_tokens": 1000},
    "cost_growth": {"cost": 4e7, "years": 3},
    "savings": {"cost": 1e8},
    "cooling_savings": {},
    "revenue_gap": {},
    "electricity_cost": {"gpus": 1000, "hours": 720},
    "money": {"euros": 100},
    "utilisation": {"flop": 3.8e25, "gpu_hours": 3e7},
    "amortised_cost": {"gpu_hours": 1e6},
    "cost_bases": {"gpus": 1000, "hours": 720},
    "development_cost": {"cost": 4e7},
    "cluster_power": {"gpus": 1000},
    "cluster_budget": {"gpus": 1000},
    "footprint": {"gpus": 1000, "hours": 720},
    "carbon_price": {"carbon_t": 640, "carbon_price": 75},
    "avoided_carbon": {"energy_kwh": 5e6, "place_before": "pol", "place_after": "fra"},
    "site_overhead": {"it_energy_kwh": 1e7, "pue": 1.4},
    "share_each": {"cost": 6e6, "among": 3e6},
    "use_cost": {"questions": 2e6, "cost_per_question": 0.003},
}
TABLES = """
import time
start = time.process_time()
from aitoll.tools.facts import rows
loaded = time.process_time()
for name in ("accelerators", "models", "grids", "facilities", "inference", "constants", "epoch_costs", "sources"):
    rows(name)
print((time.process_time() - loaded) * 1e3, (loaded - start) * 1e3)
"""


def milliseconds(run: Callable[[], object], least: float = 0.05) -> float:
    """CPU time of one call, the best of five rounds that last at least this many seconds."""
    run()
    best, calls = float("inf"), 1
    for _ in range(5):
        spent = 0.0
        while spent < least:
            start = time.process_time()
            for _ in range(calls):
                run()
            spent = time.process_time() - start
            calls = calls if spent >= least else calls * 4
        best = min(best, spent / calls)
    return best * 1e3


def main() -> int:
    late = [name for name in CALCULATORS if not _one(name)]
    loading = min(
        (subprocess.run([sys.executable, "-c", TABLES], capture_output=True, text=True, check=True).stdout.split() for _ in range(5)),
        key=lambda words: float(words[0]),
    )
    print(f"\nall tables from a cold start: {float(loading[0]):.1f} ms (goal 20), imports before: {float(loading[1]):.1f} ms")
    print(
        f"an inverse: {milliseconds(lambda: inverse('training_cost', 'tokens', 1e6, params=7e9)):.3f} ms in closed form, "
        f"{milliseconds(lambda: inverse('cost_growth', 'years', 1e9, cost=4e7)):.3f} ms by bisection"
    )
    seconds = _sweeps()
    print(f"\n{len(late)} of {len(CALCULATORS)} calculators take more than {GOAL_MS} ms: {', '.join(late) or 'none'}")
    return int(bool(late) or seconds > SWEEP_GOAL_S)


def _one(name: str) -> bool:
    asked = ASKED[name]
    found = calculate(name, **asked)[0]
    run, leaves = flat(found)
    numbers = [leaf.value for leaf in leaves]
    whole, bare = milliseconds(lambda: calculate(name, **asked)), milliseconds(lambda: run(numbers))
    print(f"{name:18} {whole:7.3f} ms   bare formula {bare * 1e3:6.2f} µs   {len(leaves)} leaves{'   sampled' if found.sampled else ''}")
    return whole <= GOAL_MS


def _sweeps() -> float:
    values = np.geomspace(1e3, 1e9, 1_000_000)
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("training_cost", "gpu_hours", {"gpu": "h100-sxm"}),
        ("training_carbon", "gpu_hours", {"gpu": "h100-sxm", "place": "fra"}),
        ("training_water", "gpu_hours", {"gpu": "h100-sxm", "place": "fra"}),
    ]
    slowest = 0.0
    print()
    for name, field, inputs in asked:
        start = time.process_time()
        found = sweep(name, {field: values}, **inputs)
        seconds = time.process_time() - start
        run, leaves = flat(found.figure)
        centre: list[Any] = [values if leaf.row == f"given/{field}" else leaf.value for leaf in leaves]
        start = time.process_time()
        run(centre)
        print(f"a million of {name}: {seconds:.2f} s (goal {SWEEP_GOAL_S}), bare formula {time.process_time() - start:.3f} s")
        slowest = max(slowest, seconds)
    return slowest


if __name__ == "__main__":
    raise SystemExit(main())
