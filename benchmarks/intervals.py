"""How often published figures lie inside our 90 % intervals, and how wide those are: `python benchmarks/intervals.py`.

A row counts when its figure was neither an input of the calculator, nor used to set one of its ranges, nor itself an output of
the same formula. What does not count is listed with the reason; what is only recalled, and replays of Epoch's formula, are
reported apart. The utilisation of the peak is a range over the published runs themselves: there each run is held against the
range that the other ones make.
"""

from __future__ import annotations

import csv
import math
import statistics
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent.parent))
from aitoll.tools import implied_utilisation as utilisation
from aitoll.tools.errors import AitollError
from aitoll.tools.estimate import Estimate, Value, estimate, given
from aitoll.tools.facts import aliases, fact, rows
from aitoll.tools.registry import calculate
from aitoll.tools.run import gpu_hours_of_compute
from aitoll.tools.training_cost import rental_cost
from benchmarks.card.figures import least

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
    return placed(id, published, bound, found)


def placed(id: str, published: float, bound: str, found: Estimate) -> Outcome:
    low, high = found.low or 0.0, found.high or math.inf
    inside = {"max": low <= published, "min": high >= published}.get(bound, low <= published <= high)
    return Outcome(id, published, low, high, inside)


def energies() -> Iterator[tuple[str, str | Outcome]]:
    """From chip-hours: at the meter, of the machines, or of the chips alone, as the row says."""
    for id, cells in rows("models").items():
        if not (cells["energy_kwh"] and cells["chip_hours"] and cells["accelerator"]):
            continue
        reason = SET_A_RANGE.get(id) or NOT_A_RUN.get(id) or _by_construction(cells)
        asked = {"gpu_hours": float(cells["chip_hours"]), "gpu": cells["accelerator"], **_scope(cells)}
        yield id, reason or outcome(id, float(cells["energy_kwh"]), "", "training_energy", **asked)


def energies_of_operations() -> Iterator[tuple[str, str | Outcome]]:
    """Where no chip-hours are published: from parameters and tokens."""
    for id, cells in rows("models").items():
        if not (cells["energy_kwh"] and cells["accelerator"]) or cells["chip_hours"]:
            continue
        if not (cells["params_active"] and cells["tokens"]):
            yield id, "neither chip-hours nor parameters and tokens"
            continue
        asked = {"params": float(cells["params_active"]), "tokens": float(cells["tokens"]), "gpu": cells["accelerator"], "model": id}
        yield id, outcome(id, float(cells["energy_kwh"]), "", "training_energy", **asked, **_scope(cells))


def _scope(cells: Row) -> dict[str, float]:
    """The share of servers and site that is in the published figure."""
    scope = cells["energy_scope"] or cells["energy_kwh_note"]
    pue = float(cells["pue"]) if cells["pue"] and "before" not in scope and scope != "GPU" else 1.0
    return {"pue": pue, **({"server_ratio": 1.0} if scope.startswith("GPU") else {})}


def chip_hours() -> Iterator[tuple[str, str | Outcome]]:
    """From operations, at the utilisation that the other runs of the family make likely."""
    shares = utilisation.used()
    for id, cells in rows("models").items():
        if not (cells["chip_hours"] and cells["accelerator"]):
            continue
        if reason := utilisation.unfit(cells):
            yield id, reason
            continue
        family = shares[utilisation.family(cells)]
        low, _, high = utilisation.further([share for other, share in family.items() if other != id])
        asked = {"flop": utilisation.operations(cells), "gpu": cells["accelerator"], "mfu": (low, high)}
        yield id, outcome(id, float(cells["chip_hours"]), "", "training_time", **asked)


def _by_construction(cells: Row) -> str:
    note = cells["energy_kwh_note"]
    return "chip-hours times a rated or an assumed power, not measured" if "not a measurement" in note else ""


def costs() -> Iterator[tuple[str, str | Outcome]]:
    """From chip-hours; the chip is known, the price is the table's."""
    for id, cells in _priced("chip_hours"):
        asked = {"gpu_hours": float(cells["chip_hours"]), "gpu": cells["accelerator"]}
        reason = _not_a_price(id, cells)
        yield id, reason or outcome(id, float(cells["cost_usd"]), cells["cost_usd_bound"], "training_cost", **asked)
    yield from _read(recalled=False)


def costs_of_operations() -> Iterator[tuple[str, str | Outcome]]:
    """From operations, at the utilisation that the other runs of the family make likely and the price of the table."""
    shares = utilisation.used()
    for id, cells in _priced("params_active"):
        if reason := _not_a_price(id, cells) or (cells["chip_hours"] and utilisation.unfit(cells)):
            yield id, reason
            continue
        chip = cells["accelerator"]
        others = [share for other, share in shares[utilisation.family(cells)].items() if other != id]
        low, middle, high = utilisation.further(others)
        hours = estimate(
            gpu_hours_of_compute,
            unit="GPU-hour",
            gives="GPU-second",
            flop=given(utilisation.operations(cells) or 0.0, "FLOP", name="flop"),
            peak=fact("accelerators", chip, "bf16_flop_per_s"),
            mfu=Value(middle, "1", "assumed", low, high, note="the other runs", row="others"),
        )
        found = estimate(rental_cost, unit="USD", gpu_hours=hours, price=fact("accelerators", chip, "rental_usd_per_gpu_hour"))
        yield id, placed(id, float(cells["cost_usd"]), cells["cost_usd_bound"], found)


def _priced(start: str) -> Iterator[tuple[str, Row]]:
    for id, cells in rows("models").items():
        if cells["cost_usd"] and cells[start] and cells["accelerator"]:
            yield id, cells


def _not_a_price(id: str, cells: Row) -> str:
    if "Epoch" in cells["cost_basis"] or "third-party" in cells["cost_basis"]:
        return "an estimate of the same kind, reported apart"
    return SET_A_PRICE.get(id, "")


def _read(recalled: bool) -> Iterator[tuple[str, str | Outcome]]:
    """Runs that are in no table of the calculators: read at their primary, at least in part, or recalled."""
    with Path(__file__).with_name("published_costs.csv").open(encoding="utf-8") as lines:
        for cells in csv.DictReader(lines):
            asked = {"gpu_hours": float(cells["chip_hours"]), "gpu": cells["chip"]}
            if (cells["quality"] == "C") == recalled:
                yield cells["id"], outcome(cells["id"], float(cells["cost_usd"]), cells["bound"], "training_cost", **asked)


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


def report(title: str, found: Iterator[tuple[str, str | Outcome]]) -> list[Outcome]:
    every = list(found)
    counted = [what for _, what in every if isinstance(what, Outcome)]
    print(f"\n{title}: {summary(counted)}")
    if title in WIDEST:
        print(f"  at most {WIDEST[title]} wanted for the width")
    for each in counted:
        print(f"  {'in ' if each.inside else 'OUT'} {each.id:32} {each.published:12.4g}  [{each.low:.4g}, {each.high:.4g}]")
    for id, reason in every:
        if isinstance(reason, str):
            print(f"  --  {id:32} {reason}")
    return counted


def summary(counted: list[Outcome]) -> str:
    inside, of = sum(each.inside for each in counted), len(counted)
    width = statistics.median(each.width for each in counted)
    share = f"{inside} of {of} inside ({inside / of:.0%}; with 95 % confidence at least {least(inside, of):.0%})"
    return f"{share}, median ln(high/low) {width:.2f}"


def kinds() -> dict[str, Iterator[tuple[str, str | Outcome]]]:
    return {
        "an energy from chip-hours": energies(),
        "an energy from operations": energies_of_operations(),
        "chip-hours from operations, each run against the others": chip_hours(),
        "a cost from chip-hours": costs(),
        "a cost from FLOP": costs_of_operations(),
    }


def main() -> int:
    found = {title: report(title, rows_of) for title, rows_of in kinds().items()}
    report("recalled only: a cost from chip-hours (apart)", _read(recalled=True))
    report("replays of Epoch's amortised cost (apart)", replays())
    print("\nIn all")
    for title, counted in found.items():
        print(f"  {title}: {summary(counted)}")
    together = [each for counted in found.values() for each in counted]
    print(f"  every row that counts: {summary(together)}")
    narrow = all(statistics.median(each.width for each in found[title]) <= widest for title, widest in WIDEST.items())
    return int(sum(each.inside for each in together) < GOAL * len(together) or not narrow)


if __name__ == "__main__":
    raise SystemExit(main())
