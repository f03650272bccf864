"""Questions whose answer is plain arithmetic, worked here and not by a calculator: what a wrong number is measured against.

Every quantity is said in the question, so that no table has a part in the result; each draw is asked in both languages.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from aitoll.tools.units import convert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aitoll.agent.answer import Answer

NEAR = 0.01
HOLES = {
    "gpus": (8, 16, 24, 64, 100, 250, 512, 1024, 3000, 10_000, 24_576),
    "days": (2, 5, 12, 30, 45, 90, 150),
    "hours": (10, 36, 100, 250, 720, 2000),
    "price": (1.25, 1.8, 2.0, 2.35, 3.4, 4.9),
    "watts": (300, 400, 550, 700, 1000),
    "pue": (1.05, 1.1, 1.2, 1.35, 1.6),
    "mwh": (12, 85, 300, 1287, 5400, 20_000),
    "grams": (30, 56, 120, 385, 430, 700),
    "billions": (1.5, 7, 13, 30, 70, 405),
    "trillions": (0.3, 1, 2, 5.5, 15),
    "cost": (1.5, 4, 12, 40, 78),
    "growth": (1.8, 2.0, 2.4, 3),
    "years": (2, 3, 4, 6),
    "cents": (0.06, 0.08, 0.11, 0.2),
    "budget": (0.2, 0.5, 1.5, 5, 20),
    "use": (30, 35, 40, 45, 50),
    "exponent": (22, 23, 24, 25),
    "questions": (20_000, 150_000, 1_000_000, 5_000_000),
    "wh": (0.24, 0.3, 0.34, 2.9),
    "rate": (1.05, 1.08, 1.12),
}
Draw = dict[str, float]


@dataclass(frozen=True)
class Template:
    name: str
    fr: str
    en: str
    unit: str
    worth: Callable[[Draw], float]


TEMPLATES = (
    Template(
        "rent",
        "Combien coûte la location de {gpus} GPU H100 pendant {days} jours à {price} $ de l'heure par GPU ?",
        "What does it cost to rent {gpus} H100 GPUs for {days} days at ${price} per GPU-hour?",
        "USD",
        lambda d: d["gpus"] * d["days"] * 24 * d["price"],
    ),
    Template(
        "carbon",
        "Quelles émissions de CO2 pour {mwh} MWh d'électricité à {grams} gCO2/kWh ?",
        "How much CO2 do {mwh} MWh of electricity emit at {grams} gCO2/kWh?",
        "tCO2e",
        lambda d: d["mwh"] * d["grams"] / 1e3,
    ),
    Template(
        "compute",
        "Combien de FLOP pour entraîner un modèle de {billions} milliards de paramètres sur {trillions} billions de tokens ?",
        "How many FLOP does it take to train a {billions} billion parameter model on {trillions} trillion tokens?",
        "FLOP",
        lambda d: 6 * d["billions"] * 1e9 * d["trillions"] * 1e12,
    ),
    Template(
        "growth",
        "Un entraînement coûte {cost} millions de dollars ; s'il est multiplié par {growth} chaque année, combien dans {years} ans ?",
        "A training run costs ${cost} million; if it grows {growth} times a year, what will it cost in {years} years?",
        "USD",
        lambda d: d["cost"] * 1e6 * d["growth"] ** d["years"],
    ),
    Template(
        "electricity",
        "Combien coûte l'électricité pour {mwh} MWh à {cents} $/kWh ?",
        "What does the electricity cost for {mwh} MWh at ${cents} per kWh?",
        "USD",
        lambda d: d["mwh"] * 1e3 * d["cents"],
    ),
    Template(
        "energy",
        "Combien de kWh consomment {gpus} GPU de {watts} W pendant {hours} heures avec un PUE de {pue} ?",
        "How many kWh do {gpus} GPUs drawing {watts} W each use in {hours} hours at a PUE of {pue}?",
        "kWh",
        lambda d: d["gpus"] * d["watts"] * d["hours"] * d["pue"] / 1e3,
    ),
    Template(
        "affordable",
        "Avec {budget} million de dollars, combien de H100 puis-je louer pendant {days} jours à {price} $ de l'heure ?",
        "With ${budget} million, how many H100s can I rent for {days} days at ${price} an hour?",
        "GPU",
        lambda d: math.floor(d["budget"] * 1e6 / (d["days"] * 24 * d["price"])),
    ),
    Template(
        "time",
        "Combien de temps prennent 3e{exponent} FLOP sur {gpus} H100 à {use} % d'utilisation ?",
        "How long do 3e{exponent} FLOP take on {gpus} H100s at {use}% utilisation?",
        "hour",
        lambda d: 3 * 10 ** d["exponent"] / (d["gpus"] * 989.4e12 * d["use"] / 100) / 3600,
    ),
    Template(
        "questions",
        "Quelle énergie pour {questions} questions à {wh} Wh chacune ?",
        "How much energy do {questions} questions take at {wh} Wh each?",
        "kWh",
        lambda d: d["questions"] * d["wh"] / 1e3,
    ),
)


@dataclass(frozen=True)
class Case:
    question: str
    language: str
    unit: str
    worth: float
    template: str


def cases(draws: int, seed: int = 20261125) -> Iterator[Case]:
    """Each template drawn this often, each draw in French and in English."""
    for template in TEMPLATES:
        for number in range(draws):
            random = Random(f"{seed}-{template.name}-{number}")
            drawn = {name: random.choice(HOLES[name]) for name in HOLES}
            worth = template.worth(drawn)
            for language, wording in (("fr", template.fr), ("en", template.en)):
                said = wording.format(**{name: written(value, language, random) for name, value in drawn.items()})
                yield Case(said, language, template.unit, worth, template.name)


def written(value: float, language: str, random: Random) -> str:
    """A number as people write it: with or without marks of thousands, a point or a comma."""
    plain = f"{value:,.10g}" if random.random() < 0.5 and value >= 1e4 else f"{value:.10g}"
    return plain.replace(",", " ").replace(".", ",") if language == "fr" else plain


def holds(answer: Answer, case: Case) -> bool:
    """Whether a figure that answers is worth this."""
    for figure in answer.figures:
        if figure.role != "answer":
            continue
        try:
            shown = convert(figure.value, figure.unit, case.unit)
        except Exception:  # noqa: BLE001 (another quantity, beside the one asked for)
            continue
        if abs(shown - case.worth) <= NEAR * case.worth:
            return True
    return False
