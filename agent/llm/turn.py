"""One turn with a language model; the rules finish it, in the same turn, where the model does not."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aitoll.agent.answer import Usage
from aitoll.agent.caller import caller
from aitoll.agent.llm.breaker import breaker
from aitoll.agent.llm.client import endpoint, line
from aitoll.agent.llm.composing import deterministic
from aitoll.agent.llm.faults import Fault, fault_of
from aitoll.agent.llm.graph import converse
from aitoll.agent.llm.refusing import refused
from aitoll.agent.llm.spending import Budget, Price
from aitoll.agent.llm.tracing import content, say, span
from aitoll.agent.llm.work import Work
from aitoll.agent.rules import turn as rules
from aitoll.agent.rules.kept import plan_of
from aitoll.agent.rules.planning import plan
from aitoll.agent.rules.reading import read
from aitoll.agent.rules.tables import LOOK_UP
from aitoll.agent.texts import surface
from aitoll.settings import settings
from aitoll.tools.registry import CALCULATORS

if TYPE_CHECKING:
    from aitoll.agent.answer import Language
    from aitoll.agent.llm.client import Endpoint


def take_turn(question: str, before: dict[str, Any] | None, language: Language | None, earlier: list[str]) -> rules.Turn:
    if rules.unreadable(question):
        return rules.take_turn(question, before, language, earlier)
    own: rules.Turn | None = None
    if settings().planner == "auto":
        own = rules.take_turn(question, before, language, earlier)
        if sure(own):
            return own
    at = endpoint()
    with span("turn", {"gen_ai.request.model": at.model}) as current:
        work = _work(question, before, language, earlier, at)
        content(current, question=question)
        fault = _talk(work, at)
        turn = _finished(work, fault, own, before, language)
        current.set_attribute("aitoll.worded_by", turn.model)
    turn.usage = Usage(
        calls=work.spent.calls,
        input_tokens=work.spent.input_tokens,
        output_tokens=work.spent.output_tokens,
        cost_usd=None if work.spent.cost_usd is None else round(work.spent.cost_usd, 8),
        elapsed_ms=round(work.spent.elapsed_ms, 3),
    )
    _log(turn, at, fault)
    return turn


def sure(turn: rules.Turn) -> bool:
    """Whether the rules know what was asked: calculators or tables answered all of it, or a value of it cannot be."""
    computed = bool(turn.steps) and all(step.tool in (*CALCULATORS, LOOK_UP) and step.error is None for step in turn.steps)
    return (turn.status == "answered" and computed) or turn.status == "invalid"


def _work(question: str, before: dict[str, Any] | None, language: Language | None, earlier: list[str], at: Endpoint) -> Work:
    with span("plan"):
        reading = read(question, rules.default_language)
        if language:
            reading = replace(reading, language=language)
        made = plan(reading, plan_of(before) if before else None)
        usd = settings().budget_usd_per_day
        budget = Budget(caller(), usd) if usd is not None else None
        return Work(reading, earlier, made, Price(at.model, at.base_url), budget)


def _talk(work: Work, at: Endpoint) -> Fault | None:
    """What ended the model's part before its words could be taken, if anything did."""
    guard = breaker(at.base_url, at.model)
    seconds = settings().timeout_s
    work.deadline = time.monotonic() + seconds
    try:
        guard.enter()
    except Fault as resting:
        return resting
    fault: Fault | None = None
    try:
        line().run(converse(work, at), seconds)
    except Exception as error:  # noqa: BLE001 (whatever a model does, the rules finish the turn)
        fault = fault_of(error)
    finally:
        guard.leave(fault)
    return fault


def _finished(
    work: Work, fault: Fault | None, own: rules.Turn | None, before: dict[str, Any] | None, language: Language | None
) -> rules.Turn:
    if fault is None and work.turn is not None:
        work.turn.model = work.price.model
        turn = work.turn
    elif fault is None and (declined := refused(work)):
        turn = declined
    else:
        turn = own or rules.take_turn(work.reading.question, before, language, work.earlier)
        if not sure(turn):
            turn = deterministic(work) or turn
        turn.warnings = [*turn.warnings, _why(fault or Fault("off_format"), work.language)]
    if not work.reading.understood and turn.model != "rules":
        from aitoll.agent.texts import sentence

        turn.text += "\n\n" + sentence("english_french", turn.language)
    return turn


def _why(fault: Fault, language: Language) -> str:
    said = surface("llm", language)
    return str(said["finished"]).format(why=said["faults"][fault.reason])


def _log(turn: rules.Turn, at: Endpoint, fault: Fault | None) -> None:
    used = turn.usage
    say(
        "turn",
        model=at.model,
        worded_by=turn.model,
        status=turn.status,
        calls=used.calls if used else 0,
        input_tokens=used.input_tokens if used else 0,
        output_tokens=used.output_tokens if used else 0,
        cost_usd=used.cost_usd if used else None,
        elapsed_ms=used.elapsed_ms if used else 0,
        fault=fault.reason if fault else None,
        detail=fault.detail if fault else None,
    )
