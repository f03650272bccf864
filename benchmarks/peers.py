"""The same question to aitoll and to its installed peers, and why they differ: `python benchmarks/peers.py > docs/peers.md`.

Peers are no dependency of aitoll; one that is not installed leaves a gap: pip install ecologits codecarbon ecocost sitefootprint.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from aitoll.tools.registry import calculate
from aitoll.tools.units import convert

if TYPE_CHECKING:
    from collections.abc import Callable

PLACES = {"France": "fra", "Germany": "deu", "Poland": "pol", "United States": "usa", "Sweden": "swe", "India": "ind"}
ISO = {"fra": "FRA", "deu": "DEU", "pol": "POL", "usa": "USA", "swe": "SWE", "ind": "IND"}
SIZES = {
    "Llama 3.1 8B": (8, 8, "mlenergy-llama-3-1-8b-instruct-h100-1"),
    "Llama 3.1 70B": (70, 70, "mlenergy-llama-3-1-70b-instruct-h100-4"),
    "Llama 3.1 405B": (405, 405, "mlenergy-llama-3-1-405b-instruct-fp8-h100-8"),
    "DeepSeek-V3.1": (37, 671, "mlenergy-deepseek-v3-1-b200-8"),
}
PRICED = {"gpt-4o": (1000, 500), "gpt-4": (1000, 500), "gemini-2.5-flash": (1000, 500), "claude-opus-4-5": (2000, 1000)}


@dataclass(frozen=True)
class Line:
    asked: str
    ours: str
    peer: str
    theirs: str
    why: str


def ours(name: str, unit: str, **inputs: Any) -> str:
    found = calculate(name, **inputs)[0]
    low, value, high = (convert(end, found.unit, unit) if end is not None else None for end in (found.low, found.value, found.high))
    interval = "" if low == high else f" ({low:.3g} to {high:.3g})" if low is not None and high is not None else ""
    return f"{value:.3g}{interval} {unit}"


def theirs(compute: Callable[[], float], unit: str) -> str:
    try:
        return f"{compute():.3g} {unit}"
    except ModuleNotFoundError:
        return "not installed"


def ecologits(active: float, total: float) -> Callable[[], float]:
    def energy() -> float:
        from ecologits.impacts.llm import compute_llm_impacts  # type: ignore[import-not-found,unused-ignore]

        factors = {f"if_electricity_mix_{name}": 1.0 for name in ("adpe", "pe", "gwp", "wue")}
        made = compute_llm_impacts(active, total, 400, datacenter_pue=1.2, datacenter_wue=0.0, request_latency=1e9, **factors)
        value = made.energy.value
        return float(getattr(value, "mean", value)) * 1e3

    return energy


def codecarbon(iso: str) -> Callable[[], float]:
    def intensity() -> float:
        text = files("codecarbon").joinpath("data/private_infra/global_energy_mix.json").read_text("utf-8")
        return float(json.loads(text)[iso]["carbon_intensity"]) / 1e3

    return intensity


def sitefootprint(iso: str) -> Callable[[], float]:
    def intensity() -> float:
        from sitefootprint import grid_intensity  # type: ignore[import-not-found,unused-ignore]

        return float(grid_intensity(iso, 2025)[0])

    return intensity


def ecocost() -> float:
    from ecocost import estimate  # type: ignore[import-not-found,unused-ignore]

    return float(estimate("gpt-oss-120b", provider="fireworks", input_tokens=0, output_tokens=400)["energy"]["value"])


def genai(model: str, sent: int, received: int) -> Callable[[], float]:
    def price() -> float:
        from genai_prices import Usage, calc_price

        return float(calc_price(Usage(input_tokens=sent, output_tokens=received), model_ref=model).total_price)

    return price


FITTED = "theirs is a fit by size at batch 64 on H100; ours a measurement at the best batch (high: the worst), host and idle added"
DERIVED = "theirs is derived from operations; we ask for the energy of a token"
OLDER = "same source (Ember); theirs is the year 2023, ours 2025 with the years around it as its range"
LATEST = "same source (Ember), their latest year"
SAME = "the same table, so the same result"


def lines() -> list[Line]:
    return [*energies(), *intensities(), *prices()]


def energies() -> list[Line]:
    found = []
    for name, (active, total, row) in SIZES.items():
        here = ours("use_energy", "Wh", system=row, output_tokens=400, pue=1.2)
        there = theirs(ecologits(active, total), "Wh")
        found.append(Line(f"energy of 400 output tokens, {name}, PUE 1.2", here, "ecologits", there, FITTED))
    unknown = "no measurement in the table"
    return [*found, Line("energy of 400 output tokens, gpt-oss-120b", unknown, "ecocost", theirs(ecocost, "Wh"), DERIVED)]


def intensities() -> list[Line]:
    found = []
    for name, place in PLACES.items():
        here = ours("training_carbon", "kgCO2e", energy_kwh=1, place=place)
        for peer, compute, why in (("codecarbon", codecarbon, OLDER), ("sitefootprint", sitefootprint, LATEST)):
            found.append(Line(f"CO2 of 1 kWh in {name}", here, peer, theirs(compute(ISO[place]), "kgCO2e"), why))
    return found


def prices() -> list[Line]:
    found = []
    for model, (sent, received) in PRICED.items():
        here = ours("api_cost", "USD", api_model=model, input_tokens=sent, output_tokens=received)
        there = theirs(genai(model, sent, received), "USD")
        found.append(Line(f"{sent} tokens sent and {received} received, {model}", here, "genai-prices", there, SAME))
    return found


def installed() -> str:
    names = []
    for name in ("ecologits", "ecocost", "codecarbon", "sitefootprint", "genai-prices"):
        try:
            names.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            names.append(f"{name} (not installed)")
    return ", ".join(names)


def main() -> None:
    print("# The same questions to aitoll and its peers\n")
    print(f"Made by `python benchmarks/peers.py`, in one run, with {installed()}.\n")
    print("| asked | aitoll | peer | its result | why they differ |\n|---|---|---|---|---|")
    for line in lines():
        print(f"| {line.asked} | {line.ours} | {line.peer} | {line.theirs} | {line.why} |")


if __name__ == "__main__":
    main()
