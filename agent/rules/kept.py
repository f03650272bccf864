"""What the next turn needs to know of this one, as plain data, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aitoll.agent.rules.planning import Plan
from aitoll.agent.rules.slots import Slots

if TYPE_CHECKING:
    from aitoll.agent.rules.choosing import Call


def state_of(made: Plan) -> dict[str, Any]:
    """What the next turn needs to know of this one, as plain data."""
    slots = made.slots
    return {
        "metrics": made.metrics,
        "numbers": {name: list(value) if isinstance(value, tuple) else value for name, value in slots.numbers.items()},
        "rows": {name: getattr(slots, name) for name in ("chips", "models", "places", "sites", "operators", "systems")},
        "first": {name: list(value) if isinstance(value, tuple) else value for name, value in made.first.items()},
        "money": [list(value) if isinstance(value, tuple) else value for value in slots.money],
        "currency": slots.currency,
        "given_in": slots.given_in,
        "api_models": slots.api_models,
        "tiers": slots.tiers,
        "batch": slots.batch,
        "tool": _tool_of(made.calls[0]) if made.calls else "",
        "query": made.query if made.kind == "search" else "",
    }


def _tool_of(call: Call) -> str:
    from aitoll.agent.rules.tables import LOOK_UP, cue_of

    return f"{LOOK_UP}:{cue_of(call.figure)}" if call.tool == LOOK_UP else call.tool


def plan_of(state: dict[str, Any]) -> Plan:
    from aitoll.tools.inputs import Range

    def number(value: Any) -> Any:
        return Range(*value) if isinstance(value, list) else value

    slots = Slots(
        numbers={name: number(value) for name, value in state["numbers"].items()},
        money=[number(value) for value in state["money"]],
        currency=state["currency"],
        given_in=state.get("given_in", ""),
        api_models=list(state.get("api_models", ())),
        tiers=list(state.get("tiers", ())),
        batch=state.get("batch"),
        **{name: list(ids) for name, ids in state["rows"].items()},  # type: ignore[arg-type]
    )
    first = {name: number(value) for name, value in state.get("first", {}).items()}
    return Plan("calls", list(state["metrics"]), slots, query=state.get("query", ""), tool=state.get("tool", ""), first=first)
