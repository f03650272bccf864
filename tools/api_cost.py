"""What tokens cost at a provider's API, from the price tables of genai-prices."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import Field

from aitoll.tools.errors import UnknownName
from aitoll.tools.estimate import Estimate, Value, estimate
from aitoll.tools.inputs import Inputs, number

PROVIDERS = ("openai", "anthropic", "google", "mistral", "deepseek", "x-ai", "cohere")


class ApiCost(Inputs):
    """What do so many input and output tokens cost at this model's API?"""

    api_model: str | None = Field(None, max_length=80, description="A model's name at its API", examples=["gpt-4o", "claude-opus-4-5"])
    input_tokens: float | None = number("token", "Tokens sent", ge=0, le=1e15)
    output_tokens: float | None = number("token", "Tokens received, reasoning included", ge=0, le=1e15)
    input_price: float | None = number("USD/token", "Price of a token sent; left out: the model's", ge=0, le=1)
    output_price: float | None = number("USD/token", "Price of a token received; left out: the model's", ge=0, le=1)


def api_cost(asked: ApiCost) -> list[Estimate]:
    prices = {side: price_of(asked, side) for side in ("input", "output")}
    if not asked.has("input_tokens") and not asked.has("output_tokens"):
        return [_price_of_a_million(side, found) for side, found in prices.items()]
    return [
        estimate(
            token_bill,
            name="api_cost",
            unit="USD",
            input_tokens=asked.given("input_tokens") if asked.has("input_tokens") else _none("input_tokens"),
            input_price=prices["input"],
            output_tokens=asked.given("output_tokens") if asked.has("output_tokens") else _none("output_tokens"),
            output_price=prices["output"],
        )
    ]


def price_of(asked: ApiCost, side: str) -> Value:
    if asked.has(f"{side}_price"):
        return asked.given(f"{side}_price")
    asked.need("api_model")
    return price(str(asked.api_model), side)


def _none(field: str) -> Value:
    return Value(0.0, "token", "given", 0.0, 0.0, row=f"given/{field}")


def _price_of_a_million(side: str, found: Value) -> Estimate:
    million = Value(1e6, "token", "given", 1e6, 1e6, row="given/million")
    return estimate(bill_of_tokens, name=f"api_{side}_price", unit="USD", tokens=million, price=found)


def token_bill(input_tokens: float, input_price: float, output_tokens: float, output_price: float) -> float:
    return input_tokens * input_price + output_tokens * output_price


def bill_of_tokens(tokens: float, price: float) -> float:
    return tokens * price


def price(model: str, side: str) -> Value:
    """Standard price of one token; short of the tiers for very long prompts, batches and cached input."""
    found = _prices(model)
    per_million = getattr(found.model_price, f"{side}_mtok")
    number = float(getattr(per_million, "base", per_million) or 0.0) / 1e6
    place = f"{found.provider.name}, {found.model.id}"
    return Value(number, "USD/token", "published", number, number, source="genai-prices", where=place, row=f"api/{found.model.id}/{side}")


@cache
def _prices(model: str) -> Any:
    from genai_prices import Usage, calc_price

    try:
        return calc_price(Usage(input_tokens=1, output_tokens=1), model_ref=model)
    except LookupError:
        raise UnknownName(table="api prices", name=model, near=_near(model)) from None


@cache
def api_models() -> tuple[str, ...]:
    """Ids of the models with a price, at the providers that make them."""
    from genai_prices.data_snapshot import get_snapshot

    return tuple(model.id for provider in get_snapshot().providers if provider.id in PROVIDERS for model in provider.models)


def _near(model: str) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(model.lower(), api_models(), n=3, cutoff=0.5)
