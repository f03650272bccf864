"""Which quantities a question asks for: said in its words, or implied by what it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitoll.agent.rules.measures import DIMENSIONS
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.cues import Cue
    from aitoll.agent.rules.reading import Reading
    from aitoll.agent.rules.slots import Slots

METRICS = ("cost", "energy", "carbon", "water", "compute", "duration", "gpu_hours", "gpu_count")
LONGER = ("gpu_hours", "electricity_bill")


def metrics_of(reading: Reading) -> list[str]:
    """The quantities asked for, in the order in which they are said; words inside a given quantity ask for nothing."""
    asked: list[str] = []
    for cue in reading.cues:
        if _is_told(reading, cue):
            continue
        names = ["energy", "carbon", "water"] if cue.name == "footprint" else [cue.name]
        asked += [name for name in names if name in METRICS and name not in asked]
    if reading.has("electricity_bill") and "cost" not in asked:
        asked.append("cost")
    if reading.has("footprint") and {"carbon", "water"} & {cue.name for cue in reading.cues if _qualifies(cue)}:
        asked = [name for name in asked if any(cue.name == name for cue in reading.cues)]
    return asked


#: what a quantity that is asked for would be given in
_OF = {
    "duration": ("time",),
    "gpu_count": ("", "GPU"),
    "energy": ("energy", "power"),
    "cost": ("USD", "EUR"),
    "carbon": ("mass",),
    "water": ("volume",),
    "compute": ("FLOP", "FLOP/s"),
}
_COLON = deferred(r"s?\s?[:=]\s?")


def _labels(reading: Reading, cue: Cue) -> bool:
    """ "Duration: 45 days": a word that names the quantity right after it asks for nothing."""
    colon = _COLON.match(reading.folded, cue.end)
    told = next((one for one in reading.quantities if colon and colon.end() <= one.start <= colon.end() + 1), None)
    return told is not None and DIMENSIONS.get(told.unit, told.unit) in _OF.get(cue.name, ())


def _is_told(reading: Reading, cue: Cue) -> bool:
    """Whether a cue only stands inside a quantity, or inside a longer word for something else."""
    if any(quantity.start < cue.end and cue.start < quantity.end for quantity in reading.quantities):
        return True
    if _labels(reading, cue):
        return True
    if cue.text.startswith(("charge", "pays")) and reading.language == "fr":
        return True  # a load and a country, in French
    longer = ((other.start, other.end) for other in reading.cues if other.name in LONGER and other.name != cue.name)
    return cue.name != "cost" and any(start <= cue.start and cue.end <= end for start, end in longer)


def with_rent(reading: Reading, slots: Slots, metrics: list[str]) -> list[str]:
    """ "Rent, electricity and carbon of 1,000 GPUs at $3/h": a rent that has its price is a cost that is asked for, beside the rest."""
    if (
        metrics == ["gpu_hours"]
        and "price" in slots.numbers
        and {"gpus", "hours"} <= slots.numbers.keys()
        and not _COUNTED.search(reading.folded)
    ):
        return ["cost"]  # "if an H100 hour is at 2 $ and I take 10 for 72 hours"
    running = "price" in slots.numbers and ("gpu_hours" in slots.numbers or {"gpus", "hours"} <= slots.numbers.keys())
    if (
        not running
        or not metrics
        or "cost" in metrics
        or not {*metrics} <= {"energy", "carbon", "water", "gpu_hours", "duration", "compute"}
    ):
        return metrics
    rents = [cue.start for cue in reading.cues if cue.name == "rent" and _RENT.fullmatch(cue.text)]
    rents = [at for at in rents if not any(one.start <= at < one.end for one in reading.quantities)]
    if not rents:
        return metrics
    first = min(cue.start for cue in reading.cues if cue.name in metrics)
    return ["cost", *metrics] if min(rents) < first else [*metrics, "cost"]


def beyond_energy(slots: Slots, metrics: list[str]) -> list[str]:
    """What is asked of an electricity that is given, or that has its price."""
    of_one = {"energy_per_question": "energy", "carbon_per_question": "carbon", "water_per_question": "water"}
    priced = {"electricity_price", "cost_per_question", "carbon_price"} & slots.numbers.keys()
    if metrics == ["cost"] and not slots.money and not priced and (found := [one for name, one in of_one.items() if name in slots.numbers]):
        return found  # "a reply costs 1.9 Wh; how much for ten thousand?"
    if metrics != ["energy"]:
        return metrics
    if {"energy_kwh", "grid_g_per_kwh"} == slots.numbers.keys():
        return ["carbon"]  # "at 233 g/kWh, 75 GWh of electricity is how many tonnes"
    return ["cost"] if "electricity_price" in slots.numbers and not slots.money else metrics  # "how much electricity would we pay"


_COUNTED = deferred(
    r"(?:how many|combien d[e']|number of|nombre d[e']|in) ?(?:gpu|chip|total)?[- ]?(?:h\b|hours|heures)|gpu[- ]hours|heures[- ]gpu"
)
_RENT = deferred(r"rent|rents|rental|rentals|loyers?|location|locations|hire|leasing")
_WEAK = ("how much", "combien")


def weakly_cost(reading: Reading, metrics: list[str]) -> bool:
    """Whether a cost is asked for by "how much" alone, which may as well ask for what the quantities are of."""
    return metrics == ["cost"] and all(cue.text in _WEAK for cue in reading.cues if cue.name == "cost")


#: what one question takes → what is asked about many
OF_ONE = {"per_questions": "water", "water_per_question": "water", "carbon_per_question": "carbon"}


def implied(reading: Reading, slots: Slots) -> list[str]:
    """What is asked without being named: "rent 100 H100s for 10 days at 2 $/h" asks for a cost, half a litre for 20 questions for water."""
    given = slots.numbers.keys()
    if _is_priced(slots):
        return ["cost"]
    if reading.has("draws") and slots.chips and not slots.money:
        return ["energy"]  # "what does an H100 consume per hour"
    if ((reading.has("rent", "buy") or slots.tiers) and (slots.chips or {"gpus", "gpu_hours"} & given)) or (
        reading.has("worth") and slots.chips and not slots.models
    ):
        return ["cost"]
    if one := next((metric for name, metric in OF_ONE.items() if name in given), ""):
        return [one]
    sited = "grid_g_per_kwh" in given or (reading.has("cleaner") and slots.places)
    if sited and {"energy_kwh", "gpus", "gpu_hours", "energy_per_question"} & given:
        return ["carbon"]
    if slots.systems and reading.has("compare") and reading.has("use"):
        return ["energy", "carbon", "water"]
    if reading.has("draws") and (slots.names or {"gpus", "questions", "site_kw"} & given) and not slots.api_models:
        return ["energy"]
    if "energy_per_question" in given or ({"power_kw", "pue"} & given and {"gpus", "gpu_hours"} & given):
        return ["energy"]
    return []


def _is_priced(slots: Slots) -> bool:
    """A price beside what it is of."""
    given = slots.numbers.keys()
    chips = {"price", "unit_price"} & given and {"gpus", "gpu_hours", "flop", "params"} & given
    tokens = (slots.api_models and {"input_tokens", "output_tokens", "tokens"} & given) or {"input_price", "output_price"} & given
    return bool(chips or tokens) or "carbon_price" in given or {"cost_per_question", "questions"} <= given


def _qualifies(cue: Cue) -> bool:
    """ "empreinte carbone" is about carbon alone."""
    return cue.name in ("carbon", "water", "energy")
