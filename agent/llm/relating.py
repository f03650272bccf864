"""Tools that work on calculators and figures: the input that meets a wanted result, and one figure beside another."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aitoll.agent.answer import Step
from aitoll.agent.llm.calling import Refused, call_of, called, nobody_gave, pair
from aitoll.agent.llm.references import told_apart
from aitoll.agent.llm.said import NotGiven, given_number
from aitoll.agent.rules.choosing import Call
from aitoll.agent.rules.running import Result
from aitoll.tools.compare import difference, ratio
from aitoll.tools.errors import AitollError
from aitoll.tools.registry import CALCULATORS, calculate, limits

if TYPE_CHECKING:
    from aitoll.agent.llm.work import Fact, Work
    from aitoll.tools.registry import Calculator


def solve(work: Work, said: dict[str, Any]) -> str:
    """Which number of an input makes a calculator give the wanted result."""
    return called(work, "solve", said, lambda: _solving(work, said))


def _solving(work: Work, said: dict[str, Any]) -> Call:
    found = CALCULATORS.get(str(said.get("calculator")))
    if found is None:
        raise Refused(f"calculator: one of {', '.join(CALCULATORS)}")
    wanted, inputs = str(said.get("find")), said.get("inputs") or {}
    if wanted not in number_inputs(found):
        raise Refused(f"find: a number that {found.name} takes: {', '.join(number_inputs(found))}")
    if not isinstance(inputs, dict):
        raise Refused("inputs: an object of inputs by name")
    call = call_of(work, found, {name: value for name, value in inputs.items() if name != wanted})
    target, in_euros = _result(work, call, wanted, pair(said.get("result")))
    return replace(call, subject="", wanted=wanted, target=target, currency="EUR" if in_euros else call.currency)


def number_inputs(found: Calculator) -> list[str]:
    return [name for name in found.inputs.model_fields if limits(found.inputs, name)[2] is not None]


def _result(work: Work, call: Call, wanted: str, value: Any) -> tuple[Any, bool]:
    """The wanted result as it was given, and whether it is a sum in euros."""
    own = [one for one in work.made.calls if one.wanted and one.target == value]
    if own:
        return own[0].target, own[0].currency == "EUR"
    try:
        unit = calculate(call.tool, **{**call.arguments, wanted: 1.0})[0].unit
    except AitollError as error:
        raise Refused(str(error)) from None
    try:
        number, at = given_number(unit, "result", value, work.said)
    except NotGiven:
        raise nobody_gave(work, "result") from None
    return number, at.unit == "EUR" and unit == "USD"


def compare(work: Work, said: dict[str, Any]) -> str:
    """How many times the larger of two figures is the smaller one, and by how much it is more."""
    names = [str(said.get(end, "")).strip("{} ") for end in ("first", "second")]
    missing = [name for name in names if name not in work.facts]
    if missing or names[0] == names[1]:
        return work.tell(f"Not run: first and second are two of {', '.join(work.facts) or 'the figures that you will have'}")
    larger, smaller = sorted((work.facts[name] for name in names), key=lambda fact: -fact.estimate.value)
    subject = " ÷ ".join(_subject(fact, work) for fact in (larger, smaller))
    call = Call("compare", {"first": names[0], "second": names[1]}, subject, larger.result.call.currency)
    started = time.perf_counter()
    try:
        related = [make(larger.estimate, smaller.estimate) for make in (ratio, difference)]
    except AitollError as error:
        return work.tell(f"Not run: {error}")
    elapsed_ms = round((time.perf_counter() - started) * 1e3, 3)
    work.outcome.steps.append(Step(tool="compare", arguments=dict(call.arguments), elapsed_ms=elapsed_ms))
    return work.take(Result(call, related), (larger, smaller))


def _subject(fact: Fact, work: Work) -> str:
    return told_apart(fact, work) or fact.result.call.subject or "…"
