"""A turn without a figure that the model has asked for: why, in our own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitoll.agent.llm.tools import QUANTITIES
from aitoll.agent.rules.fold import fold
from aitoll.agent.rules.kept import state_of
from aitoll.agent.rules.names import find_names
from aitoll.agent.rules.planning import Plan
from aitoll.agent.rules.refusing import clarify, refuse, unknown
from aitoll.agent.rules.turn import Turn
from aitoll.agent.texts import sentence

if TYPE_CHECKING:
    from aitoll.agent.llm.work import Work


def refused(work: Work) -> Turn | None:
    """None where what the model says does not hold; then the rules take the turn."""
    turn = Turn(work.reading.question, work.language, steps=work.outcome.steps, warnings=work.outcome.warnings)
    why, what = work.refusal or ("", "")
    failed = [result for result in work.outcome.results if result.error is not None and result.error.code == "invalid"]
    if failed and failed[0].error is not None:
        turn.status, turn.text = refuse(failed[0].error, failed[0].call.tool, work.language, work.made)
    elif why == "out_of_scope":
        turn.status, turn.text = "out_of_scope", sentence("out_of_scope", work.language)
    elif why == "unknown_name" and what and fold(what) in fold(work.reading.question) and not find_names(what):
        turn.status, turn.text = "not_found", unknown(what, work.language)
    elif why == "missing_input":
        asked = work.made if work.made.kind == "clarify" else Plan("clarify", [what] if what in QUANTITIES else [], work.made.slots)
        turn.status, turn.text, turn.state = "clarify", clarify(asked, work.language), state_of(asked)
    else:
        return None
    return turn
