"""Electricity of using a model, from what was published per question, from tokens, or from what the user knows."""

from __future__ import annotations

from aitoll.tools.errors import MissingInput
from aitoll.tools.estimate import Estimate, Input, Value, estimate
from aitoll.tools.facts import fact, known, row
from aitoll.tools.inputs import Inputs, name, number

DEFAULT_SYSTEM = "gemini-comprehensive"
PER_TOKENS = "1M output tokens"  # functional unit of the rows that are measured by tokens, on the chips alone


class Use(Inputs):
    """Questions put to a model."""

    system: str | None = name("inference", "A published measurement of use, with its boundary", "gemini-comprehensive", "openai-altman")
    questions: float | None = number("1", "How many questions; left out: one", gt=0, le=1e15)
    energy_per_question: float | None = number("kWh", "Electricity of one question", gt=0, le=1000)
    output_tokens: float | None = number("token", "Tokens of one answer, reasoning included", ge=0, le=1e9)
    input_tokens: float | None = number("token", "Tokens of one question; where the energy per token has none of them in it", ge=0, le=1e9)
    energy_per_token: float | None = number("kWh/token", "Electricity of the chips for one token of an answer", gt=0, le=1)
    prefill_ratio: float | None = number("1", "Electricity of a token read over that of a token written", ge=0, le=10)
    serving_overhead: float | None = number("1", "Servers and idle capacity over the chips alone", ge=1, le=100)
    pue: float | None = number("1", "Power usage effectiveness of the site", ge=1, le=5)
    seconds: float | None = number("s", "How long one question keeps its share of the servers", gt=0, le=1e6)
    server_kw: float | None = number("kW", "Power of the question's share of the servers", gt=0, le=1e6)


class UseEnergy(Use):
    """How much electricity do so many questions, or answers of so many tokens, take?"""

    total_energy_kwh: float | None = number("kWh", "Electricity of all these questions, to be shared among them", gt=0, le=1e14)


def use_energy(asked: UseEnergy) -> list[Estimate]:
    if asked.has("total_energy_kwh"):
        asked.need("questions")
        whole = asked.given("total_energy_kwh")
        return [estimate(energy_of_one, name="energy_per_question", unit="kWh", total_energy=whole, questions=asked.given("questions"))]
    return [energy(asked)]


def energy(asked: Use) -> Estimate:
    return estimate(energy_of_questions, name="use_energy", unit="kWh", questions=count(asked), energy_per_question=per_question(asked))


def count(asked: Use) -> Value:
    return asked.given("questions") if asked.has("questions") else Value(1.0, "1", "given", 1.0, 1.0, row="given/questions")


def per_question(asked: Use) -> Input:
    """Given, from time and power, from tokens, or as it was published."""
    if asked.has("energy_per_question"):
        return asked.given("energy_per_question")
    if asked.has("seconds") or asked.has("server_kw"):
        asked.need("seconds", "server_kw")
        pue = asked.or_constant("pue", "pue-ai-inference")
        drawn: dict[str, Input] = {"seconds": asked.given("seconds"), "server_kw": asked.given("server_kw"), "pue": pue}
        return estimate(energy_of_time, drawn, name="energy_per_question", unit="kWh", gives="kW*s")
    if counts_tokens(asked):
        return of_tokens(asked)
    return fact("inference", asked.system or DEFAULT_SYSTEM, "energy_kwh")


def counts_tokens(asked: Use) -> bool:
    """Whether tokens are the way: they were named, or the measurement is one of tokens."""
    named = any(asked.has(field) for field in ("output_tokens", "input_tokens", "energy_per_token"))
    return named or bool(asked.system and row("inference", asked.system)["functional_unit"] == PER_TOKENS)


def of_tokens(asked: Use) -> Estimate:
    sent = asked.given("input_tokens") if asked.has("input_tokens") else None
    common: dict[str, Input] = {
        "output_tokens": asked.or_constant("output_tokens", "output-tokens-typical-chat"),
        "energy_per_token": per_token(asked),
        "serving_overhead": asked.or_constant("serving_overhead", "serving-overhead-before-pue"),
        "pue": asked.or_constant("pue", "pue-ai-inference"),
    }
    if sent is None:
        return estimate(energy_of_answer, {**common}, name="energy_per_question", unit="kWh")
    ratio = asked.or_constant("prefill_ratio", "prefill-energy-per-input-token-over-output-token")
    return estimate(energy_of_tokens, {**common, "input_tokens": sent, "prefill_ratio": ratio}, name="energy_per_question", unit="kWh")


def per_token(asked: Use) -> Input:
    if asked.has("energy_per_token"):
        return asked.given("energy_per_token")
    if (
        not asked.system
        or row("inference", asked.system)["functional_unit"] != PER_TOKENS
        or not known("inference", asked.system, "energy_kwh")
    ):
        raise MissingInput(calculator="use_energy", needs=["energy_per_token", "system"])
    measured, tokens = fact("inference", asked.system, "energy_kwh"), fact("inference", asked.system, "output_tokens")
    return estimate(energy_of_each, name="energy_per_token", unit="kWh/token", measured_energy=measured, measured_tokens=tokens)


def energy_of_questions(questions: float, energy_per_question: float) -> float:
    return questions * energy_per_question


def energy_of_one(total_energy: float, questions: float) -> float:
    return total_energy / questions


def energy_of_each(measured_energy: float, measured_tokens: float) -> float:
    return measured_energy / measured_tokens


def energy_of_time(seconds: float, server_kw: float, pue: float) -> float:
    return seconds * server_kw * pue


def energy_of_answer(output_tokens: float, energy_per_token: float, serving_overhead: float, pue: float) -> float:
    # The measurement per token written has the reading of a usual question in it.
    return output_tokens * energy_per_token * serving_overhead * pue


def energy_of_tokens(
    output_tokens: float, input_tokens: float, prefill_ratio: float, energy_per_token: float, serving_overhead: float, pue: float
) -> float:
    return (output_tokens + input_tokens * prefill_ratio) * energy_per_token * serving_overhead * pue


def published(system: str, column: str) -> Value:
    return fact("inference", system, column)
