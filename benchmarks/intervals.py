"""How often published figures lie inside our 90 % intervals, and how wide those are: `python benchmarks/intervals.py`.

A row counts when its figure was neither an input of the calculator, nor used to set one of its ranges, nor itself an output of
the same formula. What does not count is listed with the reason; replays of Epoch's formula are reported apart.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from aitoll.tools.errors import AitollError
from aitoll.tools.facts import aliases, rows
from aitoll.tools.registry import calculate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aitoll.tools.facts import Row

GOAL = 0.9
WIDEST = {"a cost from FLOP": 2.6, "a cost from chip-hours": 1.4, "an energy from chip-hours": 0.9}
SET_A_RANGE = {
    "gpt-3-175b": "set the power of V100 (Patterson et al., Table 4)",
    "bert-base-nvidia-run-strubell": "set the low end of the power of V100",
    "xlm-r-as-xlm-in-llmcarbon": "set the power of V100",
    "t5-11b": "set the power of TPU v3",
    "meena": "set the power of TPU v3",
    "gshard-600b": "set the power of TPU v3",
    "switch-transformer-1-5t": "set the power of TPU v3",
    "palm-540b": "set the power of TPU v4",
    "glam-1-2t": "set the power of TPU v4",
}
SET_A_PRICE = {
    "deepseek-v3": "set the rental price of the H800",
    "deepseek-r1-rl-on-v3-base": "at the rental price that set that of the H800",
}
NOT_A_RUN = {
    "olmo-development-runs-all-sizes": "813 runs, GPU energy alone",
    "gpt-4": "an estimate from assumed chips and weeks",
    "apertus-70b": "recalled, not re-read",
}


@dataclass(frozen=True)
class Outcome:
    id: str
    published: float
    low: float
    high: float
    inside: bool

    @property
    def width(self) -> float:
        return math.log(self.high / self.low)


def outcome(id: str, published: float, bound: str, name: str, **inputs: Any) -> Outcome | str:
    """Where the published figure lies; "less than" and "more than" are inside when the interval reaches that side."""
    try:
        found = calculate(name, **inputs)[0]
    except AitollError as error:
        return str(error)
    low, high = found.low or 0.0, found.high or math.inf
    inside = {"max": low <= published, "min": high >= published}.get(bound, low <= published <= high)
    return Outcome(id, published, low, high, inside)


def energies() -> Iterator[tuple[str, str | Outcome]]:
    for id, cells in rows("models").items():
        if not (cells["energy_kwh"] and cells["chip_hours"] and cells["accelerator"]):
            continue
        reason = SET_A_RANGE.get(id) or NOT_A_RUN.get(id) or _by_construction(cells)
        if reason:
            yield id, reason
            continue
        pue = float(cells["pue"]) if "before" not in cells["energy_scope"] and cells["pue"] else 1.0
        asked = {"gpu_hours": float(cells["chip_hours"]), "gpu": cells["accelerator"], "pue": pue}
        yield id, outcome(id, float(cells["energy_kwh"]), "", "training_energy", **asked)


def _by_construction(cells: Row) -> str:
    note = cells["energy_kwh_note"]
    return "chip-hours times a rated or an assumed power, not measured" if "not a measurement" in note else ""


def costs(start: str) -> Iterator[tuple[str, str | Outcome]]:
    """From chip-hours, or from operations; the chip is known, the price is the table's."""
    for id, cells in rows("models").items():
        if not (cells["cost_usd"] and cells[start] and cells["accelerator"]):
            continue
        if "Epoch" in cells["cost_basis"] or "third-party" in cells["cost_basis"]:
            yield id, "an estimate of the same kind, reported apart"
            continue
        if id in SET_A_PRICE:
            yield id, SET_A_PRICE[id]
            continue
        if start == "train_flop" and cells["chip_hours"] and _sets_utilisation(cells):
            yield id, "its hours are among those that set the utilisation"
            continue
        field = {"chip_hours": "gpu_hours", "train_flop": "flop"}[start]
        asked = {field: float(cells[start]), "gpu": cells["accelerator"]}
        yield id, outcome(id, float(cells["cost_usd"]), cells["cost_usd_bound"], "training_cost", **asked)


def _sets_utilisation(cells: Row) -> bool:
    return bool(cells["params_active"] and cells["tokens"] and float(cells["train_flop"] or 0) > 1e23)


def replays() -> Iterator[tuple[str, str | Outcome]]:
    for id, cells in rows("epoch_costs").items():
        if not (cells["chip_hours"] and cells["amortised_hw_energy_usd"]):
            continue
        chip = rows("models").get(id, {}).get("accelerator") or chips().get(cells["hardware"].casefold())
        if not chip:
            yield id, f"hardware {cells['hardware']!r} is not one chip of the table"
            continue
        asked = {"gpu": chip, "gpu_hours": float(cells["chip_hours"]), "age": age(chip, cells["released"])}
        yield id, outcome(id, float(cells["amortised_hw_energy_usd"]), "", "amortised_cost", **asked)


def chips() -> dict[str, str]:
    return {name.casefold(): id for id, cells in rows("accelerators").items() for name in (id, cells["name"], *aliases(cells))}


def age(chip: str, released: str) -> float:
    """Years from the chip to the run, half a year before the model came out."""
    bought = rows("accelerators")[chip]["released"]
    if len(bought) != 10 or len(released) != 10:
        return 1.0
    return max(0.25, (date.fromisoformat(released) - date.fromisoformat(bought)).days / 365.25 - 0.5)


def least_share(inside: int, of: int, doubt: float = 0.05) -> float:
    """Lower end of the exact one-sided 95 % interval for a share (Clopper and Pearson)."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        at_least = sum(math.comb(of, k) * middle**k * (1 - middle) ** (of - k) for k in range(inside, of + 1))
        low, high = (middle, high) if at_least < doubt else (low, middle)
    return low


def report(title: str, found: Iterator[tuple[str, str | Outcome]]) -> bool:
    every = list(found)
    counted = [what for _, what in every if isinstance(what, Outcome)]
    left_out = [(id, what) for id, what in every if isinstance(what, str)]
    inside = sum(each.inside for each in counted)
    share = inside / len(counted) if counted else 0.0
    width = statistics.median(each.width for each in counted) if counted else math.nan
    print(
        f"\n{title}: {inside} of {len(counted)} inside ({share:.0%}; with 95 % confidence at least {least_share(inside, len(counted)):.0%})"
    )
    print(f"  median ln(high/low) {width:.2f}" + (f", at most {WIDEST[title]} wanted" if title in WIDEST else ""))
    for each in counted:
        print(f"  {'in ' if each.inside else 'OUT'} {each.id:32} {each.published:12.4g}  [{each.low:.4g}, {each.high:.4g}]")
    for id, reason in left_out:
        print(f"  --  {id:32} {reason}")
    return share >= GOAL and width <= WIDEST.get(title, math.inf)


def main() -> int:
    kept = [
        report("an energy from chip-hours", energies()),
        report("a cost from chip-hours", costs("chip_hours")),
        report("a cost from FLOP", costs("train_flop")),
    ]
    report("replays of Epoch's amortised cost (apart)", replays())
    return int(not all(kept))


if __name__ == "__main__":
    raise SystemExit(main())
