"""One turn by the rules: from a question to a checked text with its figures and citations."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aitoll.agent.check import enforce
from aitoll.agent.ledger import Ledger
from aitoll.agent.rules.kept import plan_of, state_of
from aitoll.agent.rules.planning import Plan, plan
from aitoll.agent.rules.quoting import FOREIGN, ONLY_DOCUMENTS, OURS, UNTOLD, is_surely_ours, quotes
from aitoll.agent.rules.reading import LONGEST_QUESTION, Reading, read
from aitoll.agent.rules.refusing import clarify, impossible, no_prices, refuse, unknown
from aitoll.agent.rules.running import Outcome, run
from aitoll.agent.rules.scope import LONG, is_household, other_words
from aitoll.agent.rules.wording import word
from aitoll.agent.texts import label, sentence
from aitoll.tools.errors import AitollError

if TYPE_CHECKING:
    from aitoll.agent.answer import AnswerStatus, Citation, Figure, Language, Step, Usage


@dataclass
class Turn:
    question: str
    language: Language
    status: AnswerStatus = "answered"
    text: str = ""
    figures: list[Figure] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    state: dict[str, Any] | None = None
    model: str = "rules"  # who worded it
    usage: Usage | None = None


def take_turn(question: str, before: dict[str, Any] | None, language: Language | None, earlier: list[str]) -> Turn:
    if unreadable(question):
        spoken = language or default_language()
        return Turn(question[:LONGEST_QUESTION], spoken, "invalid", _unreadable(question, spoken))
    spoken_before: Language | None = before.get("language") if before else None
    reading = read(question, (lambda: spoken_before) if spoken_before else default_language)
    if language:
        from dataclasses import replace

        reading = replace(reading, language=language)
    made = plan(reading, plan_of(before) if before else None)
    turn = Turn(question, reading.language)
    try:
        _take(turn, reading, made, earlier)
    except AitollError as error:
        turn.status, turn.text = refuse(error, made.calls[0].tool if made.calls else "training_cost", turn.language, made)
    turn.state = _kept(made, before, reading.language)
    if not reading.understood:
        turn.text += "\n\n" + sentence("english_french", turn.language)
    return turn


def _kept(made: Plan, before: dict[str, Any] | None, language: Language) -> dict[str, Any] | None:
    """What the next turn may go back to: this one, or the one before where this one named nothing."""
    if made.kind in ("calls", "clarify") or (made.kind == "search" and (made.slots.names or not before)):
        return {**state_of(made), "language": language}
    return {**before, "language": language, "query": made.query if made.kind == "search" else ""} if before else None


def default_language() -> Language:
    from aitoll.settings import settings

    return settings().language


def _unreadable(question: str, language: Language) -> str:
    if len(question) > LONGEST_QUESTION:
        return sentence("too_long", language, length=len(question), most=LONGEST_QUESTION)
    if not question.strip():
        return sentence("empty", language)
    return sentence("unreadable", language)


def unreadable(question: str) -> bool:
    """Too long, empty, or mostly no characters that one can read."""
    if len(question) > LONGEST_QUESTION or not question.strip():
        return True
    strange = sum(not (character.isprintable() or character.isspace()) for character in question)
    return strange * 10 > len(question)


def _take(turn: Turn, reading: Reading, made: Plan, earlier: list[str]) -> None:
    if made.kind == "clarify" or (made.kind == "out_of_scope" and len(reading.folded) <= LONG):
        impossible(made)
    outcome = Outcome()
    if made.kind == "out_of_scope" and not made.staged and _is_told(reading, outcome):
        made.kind = "search"
    if made.kind == "clarify" and not reading.has("how_much") and _is_quoted(reading, outcome):
        made.kind = "search"
    if made.if_ours and is_surely_ours(reading):
        made.kind, made.calls, outcome.passages = "calls", made.if_ours, []
    elif made.if_ours:
        made.kind, made.remarks, outcome = "out_of_scope", [], Outcome(steps=outcome.steps, warnings=outcome.warnings)
    if made.kind == "out_of_scope":
        turn.status, turn.text = _refused(turn.language, outcome)
    elif made.kind == "unknown_name":
        turn.status, turn.text = "not_found", unknown(made.named, turn.language)
    elif made.kind == "no_prices":
        turn.status, turn.text = "not_found", no_prices(made, turn.language)
    elif made.kind == "clarify":
        turn.status, turn.text = "clarify", clarify(made, turn.language)
    else:
        _work(turn, reading, made, earlier, outcome)


def _is_told(reading: Reading, outcome: Outcome) -> bool:
    """Whether a question whose words say nothing of our subject is on it all the same, or is answered by the user's documents."""
    from aitoll.knowledge.shelf import has_documents

    short = len(reading.folded) <= LONG
    if not reading.understood or not (short or has_documents()):
        return False
    if short and reading.has("cost") and is_household(other_words(reading)) and not has_documents():
        return False  # what a car or a flat costs
    doubt = FOREIGN if short else ONLY_DOCUMENTS
    outcome.passages, outcome.subject = quotes(reading.question, reading.language, outcome.steps, doubt, outcome.warnings)
    return bool(outcome.passages)


def _is_quoted(reading: Reading, outcome: Outcome) -> bool:
    """Whether a question that cannot be computed speaks of numbers that stand in a passage: what is asked is then what it says."""
    said = _ends(reading)
    if not said or not reading.understood:
        return False
    found, subject = quotes(reading.question, reading.language, outcome.steps, OURS, outcome.warnings)
    told = [one for one in found if said <= _ends(read(one.passage, lambda: reading.language), bare=True)]
    if told:
        outcome.passages, outcome.subject = [*told, *(one for one in found if one not in told)], subject
    return bool(told)


def _ends(reading: Reading, *, bare: bool = False) -> set[float]:
    return {end for one in reading.quantities for end in (one.low, one.high) if one.unit or bare}


def _refused(language: Language, outcome: Outcome, *, sure: bool = False) -> tuple[AnswerStatus, str]:
    """Nothing fits: on our subject it is said that nothing was found, on another what can be asked."""
    ours = sure or outcome.subject >= UNTOLD
    return ("not_found", sentence("nothing_found", language)) if ours else ("out_of_scope", sentence("out_of_scope", language))


def _work(turn: Turn, reading: Reading, made: Plan, earlier: list[str], outcome: Outcome) -> None:
    outcome = run(reading, made, outcome)
    turn.steps, turn.warnings = outcome.steps, outcome.warnings
    failed = sorted(
        (result for result in outcome.results if result.error is not None),
        key=lambda result: result.error is not None and result.error.code == "missing",
    )
    if not outcome.answered and not outcome.passages and not outcome.unpublished:
        if failed and failed[0].error is not None:
            turn.status, turn.text = refuse(failed[0].error, failed[0].call.tool, turn.language, made)
        else:
            turn.status, turn.text = _refused(turn.language, outcome, sure=made.sure)
        return
    ledger = Ledger(turn.language)
    text = word(outcome, ledger, made.remarks)
    turn.text, turn.citations, turn.figures = ledger.finish(text)
    turn.text = enforce(turn.text, turn.figures, turn.citations, [*earlier, turn.question], turn.language)
    turn.warnings = warnings_of(outcome, turn)


def _overdue(turn: Turn) -> list[str]:
    """Sources that were to be read again before today."""
    from aitoll.tools.sources import overdue

    late = {one.id: one for one in overdue(datetime.now(UTC).date().isoformat())}
    cited = [late[citation.id] for citation in turn.citations if citation.id in late]
    return [sentence("overdue", turn.language, title=one.title, date=one.review_by) for one in cited]


def warnings_of(outcome: Outcome, turn: Turn) -> list[str]:
    found = [*outcome.warnings, *_overdue(turn)]
    if any(citation.verdict in ("wrong", "outdated", "imprecise") for citation in turn.citations):
        found.append(sentence("contradicted", turn.language))
    unanswered = [(result.call.tool, str(result.error)) for result in outcome.results if result.error is not None]
    return found + [sentence("missing_part", turn.language, label=label(tool, turn.language), needs=why) for tool, why in unanswered]
