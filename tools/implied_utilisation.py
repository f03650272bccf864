"""Which share of their peak published runs used over all stated hours, by family of chips, and the 90 % range for a further one.

The rows of `constants` named mfu-over-reported-hours-… hold these, rounded: `python -m aitoll.tools.implied_utilisation` prints both.
"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

from aitoll.tools.facts import rows
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.tools.facts import Row

FAMILIES = {"a100": "a100", "a800": "a100", "h100": "h100", "h800": "h100", "gh200": "h100", "tpu": "tpu"}
NOT_REPORTED = deferred(r"infer|extrapol|derived|estimate|upper bound|assum|re-reading|disagree|roughly|significant digit|recalled|window")


def operations(cells: Row) -> float | None:
    """Reported, or counted from active parameters and tokens; nothing where they were worked out from the hours."""
    if cells["flop_method"].startswith("reported") and " x " not in cells["flop_method"]:
        return float(cells["train_flop"])
    return 6 * float(cells["params_active"]) * float(cells["tokens"]) if cells["params_active"] and cells["tokens"] else None


def unfit(cells: Row) -> str:
    """Why a row says nothing about the utilisation of training; empty where it does."""
    said = cells["chip_hours_note"] + cells["chip_hours_status"]
    if found := NOT_REPORTED.search(said):
        return f"its hours are not as reported ({found[0]}…)"
    if "fine-tuning" in cells["flop_method"] or "continued" in cells["flop_method"]:
        return "fine-tuning or continued training"
    return "" if operations(cells) else "its operations were worked out from the hours, or are not known"


def family(cells: Row) -> str:
    if cells["params_active"] and cells["params_total"] and float(cells["params_active"]) < 0.9 * float(cells["params_total"]):
        return "moe"
    return next((name for start, name in FAMILIES.items() if cells["accelerator"].startswith(start)), "default")


def used() -> dict[str, dict[str, float]]:
    """Family → run → share of the peak used."""
    found: dict[str, dict[str, float]] = {}
    for id, cells in rows("models").items():
        if not (cells["chip_hours"] and cells["accelerator"]) or unfit(cells):
            continue
        peak = float(rows("accelerators")[cells["accelerator"]]["bf16_flop_per_s"])
        share = (operations(cells) or 0.0) / (float(cells["chip_hours"]) * 3600 * peak)
        found.setdefault(family(cells), {})[id] = share
    everything = {id: share for runs in found.values() for id, share in runs.items()}
    return {**found, "default": everything}


def further(runs: list[float]) -> tuple[float, float, float]:
    """Low, middle and high for one more run like these: the 90 % prediction interval of a log-normal."""
    logs = [math.log(share) for share in runs]
    middle, spread = statistics.mean(logs), statistics.stdev(logs)
    reach = student(len(runs) - 1) * spread * math.sqrt(1 + 1 / len(runs))
    return math.exp(middle - reach), math.exp(middle), min(1.0, math.exp(middle + reach))


def student(freedom: int, normal: float = 1.6448536269514722) -> float:
    """The 95 % point of Student's t, from that of the normal (Cornish and Fisher)."""
    first = (normal**3 + normal) / 4
    second = (5 * normal**5 + 16 * normal**3 + 3 * normal) / 96
    return normal + first / freedom + second / freedom**2


def main() -> None:
    for name, runs in used().items():
        low, middle, high = further(list(runs.values()))
        kept = rows("constants")[f"mfu-over-reported-hours-{name}"]
        print(f"{name:8} {len(runs):3} runs: {middle:.3f} ({low:.3f} to {high:.3f})")
        print(f"    in the table: {kept['value']} ({kept['low']} to {kept['high']})")
        for id, share in sorted(runs.items(), key=lambda run: run[1]):
            print(f"    {share:.3f} {id}")


if __name__ == "__main__":
    main()
