"""What tokens cost at a provider's API, from the price tables of genai-prices."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import Field

from aitoll.tools.errors import InvalidInput, UnknownName
from aitoll.tools.estimate import Estimate, Input, Value, estimate
from aitoll.tools.inputs import Inputs, number

SENT = ("input_tokens", "input_price", "cached_tokens", "cached_price")
PROVIDERS = ("openai", "anthropic", "google", "mistral", "deepseek", "x-ai", "cohere")


class ApiCost(Inputs):
    """What do so many input and output tokens cost at this model's API?"""

    api_model: str | None = Field(None, max_length=80, description="A model's name at its API", examples=["gpt-4o", "claude-opus-4-5"])
    input_tokens: float | None = number("token", "Tokens sent, cached ones included", ge=0, le=1e15)
    output_tokens: float | None = number("token", "Tokens received, reasoning included", ge=0, le=1e15)
    cached_tokens: float | None = number("token", "Tokens sent that are read from the cache", ge=0, le=1e15)
    prompt_tokens: float | None = number("token", "Length of one prompt, where long ones cost more", ge=0, le=1e9)
    batch: bool = Field(False, description="Whether the provider's price for batches applies")
    input_price: float | None = number("USD/token", "Price of a token sent; left out: the model's", ge=0, le=1)
    output_price: float | None = number("USD/token", "Price of a token received; left out: the model's", ge=0, le=1)
    cached_price: float | None = number("USD/token", "Price of a token read from the cache; left out: the model's", ge=0, le=1)


def api_cost(asked: ApiCost) -> list[Estimate]:
    if one_side := _one_side(asked) or _sent_alone(asked):
        return [one_side]
    prices = {side: price_of(asked, side) for side in ("input", "output")}
    if not any(asked.has(field) for field in ("input_tokens", "output_tokens", "cached_tokens")):
        return [_price_of_a_million(side, found) for side, found in prices.items()]
    sent, received = (asked.given(field) if asked.has(field) else _none(field) for field in ("input_tokens", "output_tokens"))
    parts: dict[str, Input] = {
        "input_tokens": sent,
        "input_price": prices["input"],
        "output_tokens": received,
        "output_price": prices["output"],
    }
    if not asked.has("cached_tokens"):
        return [estimate(token_bill, parts, name="api_cost", unit="USD")]
    cached = asked.given("cached_tokens")
    if cached.value > sent.value:
        raise InvalidInput(field="cached_tokens", value=f"{cached.value:g}", allowed="use at most the tokens sent")
    read: dict[str, Input] = {"cached_tokens": cached, "cached_price": price_of(asked, "cache_read")}
    return [estimate(token_bill_with_cache, {**parts, **read}, name="api_cost", unit="USD")]


def _one_side(asked: ApiCost) -> Estimate | None:
    """The bill of tokens that go one way only, where their own price is all that is given."""
    if asked.api_model or asked.has("cached_tokens"):
        return None
    for side, other, bill in (("input", "output", input_bill), ("output", "input", output_bill)):
        if asked.has(f"{side}_tokens") and asked.has(f"{side}_price") and not asked.has(f"{other}_tokens"):
            named: dict[str, Input] = {field: asked.given(field) for field in (f"{side}_tokens", f"{side}_price")}
            return estimate(bill, named, name="api_cost", unit="USD")
    return None


def _sent_alone(asked: ApiCost) -> Estimate | None:
    """The bill of tokens sent, part of them from the cache, where their prices are all that is given."""
    if asked.api_model or asked.has("output_tokens") or not all(asked.has(field) for field in SENT):
        return None
    named: dict[str, Input] = {field: asked.given(field) for field in SENT}
    if asked.given("cached_tokens").value > asked.given("input_tokens").value:
        return None
    return estimate(input_bill_with_cache, named, name="api_cost", unit="USD")


def price_of(asked: ApiCost, side: str) -> Value:
    own = "cached_price" if side == "cache_read" else f"{side}_price"
    if asked.has(own):
        return asked.given(own)
    asked.need("api_model")
    return price(str(asked.api_model), side, asked.prompt_tokens or 0.0, batch=asked.batch)


def _none(field: str) -> Value:
    return Value(0.0, "token", "given", 0.0, 0.0, row=f"given/{field}")


def _price_of_a_million(side: str, found: Value) -> Estimate:
    million = Value(1e6, "token", "given", 1e6, 1e6, row="given/million")
    return estimate(bill_of_tokens, name=f"api_{side}_price", unit="USD", tokens=million, price=found)


def token_bill(input_tokens: float, input_price: float, output_tokens: float, output_price: float) -> float:
    return input_tokens * input_price + output_tokens * output_price


def token_bill_with_cache(
    input_tokens: float, input_price: float, cached_tokens: float, cached_price: float, output_tokens: float, output_price: float
) -> float:
    return (input_tokens - cached_tokens) * input_price + cached_tokens * cached_price + output_tokens * output_price


def input_bill_with_cache(input_tokens: float, input_price: float, cached_tokens: float, cached_price: float) -> float:
    return (input_tokens - cached_tokens) * input_price + cached_tokens * cached_price


def input_bill(input_tokens: float, input_price: float) -> float:
    return input_tokens * input_price


def output_bill(output_tokens: float, output_price: float) -> float:
    return output_tokens * output_price


def bill_of_tokens(tokens: float, price: float) -> float:
    return tokens * price


def price(model: str, side: str, prompt_tokens: float = 0.0, *, batch: bool = False) -> Value:
    """Price of one token: in the tier of a prompt of this length, at the provider's standard or batch rate."""
    found = _prices(model)
    rates = _batch(found, side) if batch else getattr(found.model_price, f"{side}_mtok")
    if rates is None:
        raise InvalidInput(
            field="batch" if batch else "cached_tokens", value=model, allowed="give the price: the table has none of this kind"
        )
    tiers = [tier.price for tier in getattr(rates, "tiers", ()) if prompt_tokens > tier.start]
    number = float(tiers[-1] if tiers else getattr(rates, "base", rates)) / 1e6
    place = f"{found.provider.name}, {found.model.id}{', batch' if batch else ''}"
    row = f"api/{found.model.id}/{side}"
    return Value(number, "USD/token", "published", number, number, source="genai-prices", where=place, row=row)


def _batch(found: Any, side: str) -> Any:
    variants = [each.prices for each in found.model.price_variants or () if each.when.get("processing") == "batch"]
    return getattr(variants[-1], f"{side}_mtok") if variants else None


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
