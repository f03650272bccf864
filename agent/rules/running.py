"""Runs a plan: calculators and searches, each a step with its time; what cannot be answered is kept with its reason."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from aitoll.agent.answer import Step
from aitoll.agent.ledger import Evidence, evidence
from aitoll.agent.progress import tell
from aitoll.agent.rules.quoting import MAYBE, OURS, PASSAGES, by_words_only, distinct, quotes
from aitoll.agent.texts import sentence
from aitoll.tools.errors import AitollError
from aitoll.tools.estimate import Estimate, in_currency
from aitoll.tools.inputs import Range
from aitoll.tools.money import in_euros, rate_of
from aitoll.tools.registry import calculate, calculator

if TYPE_CHECKING:
    from aitoll.agent.rules.choosing import Call
    from aitoll.agent.rules.planning import Plan
    from aitoll.agent.rules.reading import Reading

BESIDE = 2  # quoted beside a figure


@dataclass
class Result:
    call: Call
    estimates: list[Estimate] = field(default_factory=list)
    error: AitollError | None = None
    shared: bool = False  # by all that is compared, which does not enter into it


@dataclass
class Outcome:
    results: list[Result] = field(default_factory=list)
    passages: list[Evidence] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    subject: float = 0.0  # how likely the question is on our subject, where that was asked
    lead: tuple[str, str] = ("", "")  # the sentence that comes first, and the quantity it is about
    is_so: bool = False  # asked: whether something that is said is so

    @property
    def doubted(self) -> bool:
        """Whether what is asked about was found to be otherwise."""
        return self.is_so and any(one.verdict in ("wrong", "outdated", "imprecise") for one in self.passages)

    @property
    def answered(self) -> list[Result]:
        return [result for result in self.results if result.estimates]

    @property
    def unpublished(self) -> list[Result]:
        """Looked up in a row that is known, and not published there."""
        return [result for result in self.results if not result.estimates and result.error is None]


def run(reading: Reading, made: Plan, outcome: Outcome | None = None) -> Outcome:
    """`outcome` holds what was searched already."""
    outcome = outcome or Outcome()
    outcome.is_so, outcome.lead = reading.has("claim"), made.lead
    for call in made.calls:
        call.given_in = call.given_in or made.slots.given_in
        call.rate = _said_rate(made)
    for call in _once(made.calls):
        tell(call.tool)
        outcome.results.append(run_call(call, outcome.steps))
        outcome.results[-1].shared = made.calls.count(call) > 1
    if made.kind == "calls" and made.facts and outcome.answered:
        outcome.passages = beside(reading, made)
    known = outcome.answered or outcome.unpublished or (made.slots.numbers and not outcome.is_so)
    if made.kind == "search" or (made.calls and not known and not _refused(outcome)):
        doubt = OURS if made.sure else MAYBE
        if not outcome.passages:
            outcome.passages, outcome.subject = quotes(made.query, reading.language, outcome.steps, doubt, outcome.warnings)
        outcome.passages = distinct([*_of_use(reading, made), *outcome.passages], PASSAGES)
        if by_words_only():
            outcome.warnings.append(sentence("lexical", reading.language))
    return outcome


def _said_rate(made: Plan) -> float | None:
    """Dollars per euro, where the question says how many."""
    said = made.slots.numbers.get("usd_per_eur")
    return said if isinstance(said, float) else None


def _once(calls: list[Call]) -> list[Call]:
    """Places, chips or models are compared in what depends on them: how long a run takes is the same in Sweden and in Poland."""
    return [call for place, call in enumerate(calls) if call not in calls[:place]]


def looks_up(outcome: Outcome) -> bool:
    """A value as it was published: what the articles say of it belongs beside it."""
    return any(found.published or result.call.tool.startswith("use_") for result in outcome.answered for found in result.estimates)


def _refused(outcome: Outcome) -> bool:
    return any(result.error is not None and result.error.code != "missing" for result in outcome.results)


def run_call(call: Call, steps: list[Step]) -> Result:
    arguments = {name: value for name, value in call.arguments.items() if value is not None}
    started, error, estimates = time.perf_counter(), None, []
    try:
        estimates = _estimated(call, arguments)
        if not call.wanted and call.tool != "money":
            estimates = _in_currency(call, arguments, estimates)
    except AitollError as raised:
        error = raised
    elapsed = (time.perf_counter() - started) * 1e3
    sought = {"wanted": call.wanted, "target": call.target} if call.wanted else {}
    steps.append(
        Step(tool=call.tool, arguments=_as_data({**arguments, **sought}), elapsed_ms=round(elapsed, 3), error=str(error) if error else None)
    )
    return Result(call, estimates, error)


def _estimated(call: Call, arguments: dict[str, Any]) -> list[Estimate]:
    from aitoll.agent.rules.tables import LOOK_UP, look_up, published_beside

    if call.tool == LOOK_UP:
        return look_up(**arguments, figure=call.figure)
    found = _solved(call, arguments) if call.wanted else calculate(call.tool, **arguments)
    found = [one for one in found if one.name == call.figure] or found
    return [*published_beside(call, found), *found]


def _gives_money(call: Call, arguments: dict[str, Any]) -> bool:
    """Whether what was said of the result is a sum."""
    return calculate(call.tool, **{**arguments, call.wanted: 1.0})[0].unit == "USD"


def _solved(call: Call, arguments: dict[str, Any]) -> list[Estimate]:
    """The input at which the calculator gives what was said of its result."""
    from aitoll.tools.inverse import inverse

    target = call.target
    if call.currency == call.given_in == "EUR" and calculator(call.tool).inputs.unit(call.wanted).startswith("USD"):
        own = inverse(call.tool, call.wanted, target, **arguments)
        if not any(leaf.unit.startswith("USD") and leaf.status == "published" for leaf in own.leaves()):
            return [in_currency(own, "EUR")]
    if call.currency == "EUR" and _gives_money(call, arguments):
        rate = rate_of(call.rate).value
        target = _times(Range(*target) if isinstance(target, tuple) else target, rate)
        arguments = _in_dollars(call, arguments)
    found = inverse(call.tool, call.wanted, target, **arguments)
    return [_whole(found, up=call.tool == "training_time") if call.wanted == "gpus" else found]


def _whole(found: Estimate, *, up: bool) -> Estimate:
    """Chips come whole: as many as a deadline needs, or as a limit allows."""
    low, value, high = (
        end if end is None else math.ceil(end - 1e-6) if up else math.floor(end + 1e-6) for end in (found.low, found.value, found.high)
    )
    return replace(found, low=low, value=float(value or 0), high=high, whole=True)


def _in_currency(call: Call, arguments: dict[str, Any], estimates: list[Estimate]) -> list[Estimate]:
    """The result in the currency that is asked for, from sums that were given in it or in the other."""
    if call.currency == "EUR" and call.given_in == "USD":
        return [in_euros(one, call.rate) if one.unit == "USD" else one for one in estimates]
    if call.currency == "USD" and call.given_in == "EUR":
        return calculate(call.tool, **_in_dollars(call, arguments))
    return _in_euros(call, arguments, estimates) if call.currency == "EUR" else estimates


def _in_euros(call: Call, arguments: dict[str, Any], estimates: list[Estimate]) -> list[Estimate]:
    """In euros: as they are where all money was given in euros, else through the dated rate."""
    dollars = [leaf for found in estimates for leaf in found.leaves() if leaf.unit.startswith("USD") and leaf.status != "given"]
    if not dollars:
        return [in_currency(found, "EUR") for found in estimates]
    converted = _in_dollars(call, arguments)
    found = calculate(call.tool, **converted) if converted != arguments else estimates
    return [in_euros(one, call.rate) if one.unit == "USD" else one for one in found]


def _in_dollars(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    """The same inputs, their sums taken from euros to dollars."""
    inputs, rate = calculator(call.tool).inputs, rate_of(call.rate).value
    sums = {name for name in inputs.model_fields if inputs.unit(name).startswith("USD") and "EUR" not in inputs.unit(name)}
    return {name: _times(value, rate) if name in sums else value for name, value in arguments.items()}


def _times(value: Any, factor: float) -> Any:
    return Range(value.low * factor, value.high * factor) if isinstance(value, Range) else value * factor


def _as_data(arguments: dict[str, Any]) -> dict[str, object]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in arguments.items()}


def beside(reading: Reading, made: Plan) -> list[Evidence]:
    """What the articles say of the same model and the same quantity, by name, without a search."""
    from aitoll.agent.rules.topics import claims_about

    rows = [(mention.table, mention.id) for mention in reading.names if mention.table in ("models", "accelerators", "inference")]
    used = any(call.tool.startswith("use_") for call in made.calls)
    found = claims_about(rows, set(made.metrics), used=used) if rows else []
    return distinct([evidence(passage, reading.language) for passage in found], BESIDE)


def _of_use(reading: Reading, made: Plan) -> list[Evidence]:
    """The claim about what a question to this model takes, whatever the words for using it: "does a chat with GPT-3 drink half a litre"."""
    from aitoll.agent.rules.topics import claims_about

    metrics = {*made.metrics} & {"energy", "carbon", "water"}
    named = [row for mention in reading.names for row in ((mention.table, mention.id), *mention.also) if row[0] == "inference"]
    used = metrics and named and reading.has("use") and not reading.has("train")
    return [evidence(passage, reading.language) for passage in claims_about(named, metrics)[:1]] if used else []
