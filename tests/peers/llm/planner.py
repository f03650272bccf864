"""A model that plans as the rules do and words by references: what a good language model would do, without one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aitoll.agent.rules.kept import plan_of
from aitoll.agent.rules.planning import Plan, plan
from aitoll.agent.rules.reading import read
from aitoll.agent.rules.tables import LOOK_UP, cue_of
from aitoll.agent.rules.turn import _kept
from tests.peers.llm.server import Reply

if TYPE_CHECKING:
    from aitoll.agent.rules.choosing import Call
    from tests.peers.llm.server import Asked

EARLIER = re.compile(r"Earlier questions of this conversation:\n(.*?)\n\nNumbers given", re.DOTALL)


def right(asked: Asked) -> Reply:
    """Calls first, then one line for each figure or passage that the tools told of."""
    text = wording(asked)
    return Reply(text=text) if text or len(asked.told) > 3 else Reply(calls=calls(asked))


def wording(asked: Asked) -> str:
    told = "\n".join(asked.told)
    figures = re.findall(r"(?m)^(f\d+): ", told)
    passages = re.findall(r"(?m)^(p\d+): ", told)
    if figures:
        return "\n".join(f"- {{{{{name}.name}}}}: {{{{{name}}}}}." for name in figures)
    return "\n".join(f"- {{{{{name}.text}}}}" for name in passages[:3])


def calls(asked: Asked) -> list[tuple[str, Any]]:
    made = planned(asked)
    if made.kind == "calls":
        return [_called(call) for call in made.calls]
    if made.kind == "search":
        return [("search", {"query": asked.question})]
    why = {"clarify": "missing_input", "unknown_name": "unknown_name", "out_of_scope": "out_of_scope"}[made.kind]
    quantity = {"quantity": made.metrics[0]} if made.metrics else {}
    return [("no_figure", {"why": why, "name": made.named, **quantity})]


def _called(call: Call) -> tuple[str, dict[str, Any]]:
    inputs = {name: value for name, value in call.arguments.items() if value is not None}
    if call.tool == LOOK_UP:
        return LOOK_UP, {"row": call.arguments["row"], "quantity": cue_of(call.figure)}
    if not call.wanted:
        return call.tool, inputs
    return "solve", {"calculator": call.tool, "find": call.wanted, "result": call.target, "inputs": inputs}


def planned(asked: Asked) -> Plan:
    earlier = EARLIER.search(asked.said[0])
    made, before = None, None
    for question in [*(earlier[1].splitlines() if earlier else []), asked.question]:
        reading = read(question)
        made = plan(reading, plan_of(before) if before else None)
        before = _kept(made, before, reading.language)
    assert made is not None
    return made
