"""What other agents may call: `ask`, `search`, `compare`, `look_up`, every calculator. MCP, LangChain, OpenAI functions loop over it."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal

from aitoll.agent.answer import Answer
from aitoll.agent.ask import ask
from aitoll.agent.interfaces import calling, looking_up
from aitoll.agent.interfaces.schemas import (
    ASK,
    LONGEST_ID,
    LONGEST_QUESTION,
    MOST_PASSAGES,
    SEARCH,
    Compared,
    Figures,
    Found,
    Passages,
    Problem,
    Row,
    compare_schema,
    input_schema,
    output_schema,
    title,
)
from aitoll.agent.rules.tables import LOOK_UP
from aitoll.agent.texts import sentence, tool_texts
from aitoll.agent.told import partly
from aitoll.tools.errors import AitollError, InvalidInput
from aitoll.tools.registry import CALCULATORS

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel

logger = logging.getLogger(__name__)
FIELDS = {"ask": ("question", "conversation"), "search": ("query", "limit", "within")}
Where = Literal["all", "library", "user"]
Content = Answer | Figures | Compared | Passages


@dataclass(frozen=True)
class Result:
    """What a tool gives: text for a model to read, and the same as data."""

    text: str
    content: Content
    is_error: bool = False
    error: Problem | None = None  # what was wrong with the arguments, also of `ask`, whose content is then the Answer that says so


@dataclass(frozen=True)
class Tool:
    name: str
    title: str
    description: str
    parameters: dict[str, Any]
    returns: dict[str, Any]
    call: Callable[[object], Result]  # of any arguments; never raises


@cache
def toolbox() -> dict[str, Tool]:
    """In the order in which a model is shown them; a calculator that it does not name comes last, under its own question."""
    own = [
        _tool("ask", ASK, Answer, call_ask),
        _tool("search", SEARCH, Passages, call_search),
        _tool("compare", compare_schema(list(CALCULATORS)), Compared, call_compare),
        _tool(LOOK_UP, looking_up.schema(), Figures, call_look_up),
    ]
    tools = {tool.name: tool for tool in [*own, *map(_calculator, CALCULATORS)]}
    return {name: tools[name] for name in dict.fromkeys((*tool_texts(), *tools)) if name in tools}


def _tool(name: str, parameters: dict[str, Any], returns: type[BaseModel], call: Callable[[object], Result]) -> Tool:
    return Tool(
        name, title(name), tool_texts().get(name) or CALCULATORS[name].question, parameters, output_schema(returns), partial(safely, call)
    )


def _calculator(name: str) -> Tool:
    def call(arguments: object) -> Result:
        made = calling.run(name, arguments)
        return _refused(made, made.error) if made.error else Result(calling.lines(made.figures), made)

    return _tool(name, input_schema(name), Figures, call)


def safely(call: Callable[[object], Result], arguments: object) -> Result:
    """A fault of ours is told too: the host's loop goes on, and the log has the trace."""
    try:
        return call(arguments)
    except Exception as error:
        logger.exception("a tool failed")
        return failed(error)


def failed(error: Exception, question: object = None) -> Result:
    """Of `ask` the Answer that says so, of any other tool the error alone. A server that has no room says when to come back."""
    wait_s = getattr(error, "retry_after", None)
    remedy = f"call again in {wait_s} s" if wait_s else "call another tool, or tell who runs aitoll"
    detail = str(error) if isinstance(error, AitollError) else type(error).__name__
    said = f"{error}: {remedy}" if wait_s else sentence("failed", "en", detail=detail)
    if isinstance(question, str):
        return Result(said, _no_answer(question, "failed", said), is_error=True)
    wrong = Problem(code="busy" if wait_s else "failed", message=said, remedy=remedy)
    return _refused(Figures(figures=[], error=wrong), wrong)


def _no_answer(question: object, status: Literal["failed", "invalid"], said: str) -> Answer:
    shown = question[:LONGEST_QUESTION] if isinstance(question, str) else ""
    return Answer(id=uuid.uuid4().hex, question=shown, language="en", status=status, text=said)


def found(name: str) -> Tool:
    if name not in toolbox():
        raise unknown(name, tuple(toolbox()))
    return toolbox()[name]


def unknown(name: str, names: tuple[str, ...]) -> InvalidInput:
    from difflib import get_close_matches

    near = get_close_matches(name[:80], names, n=3)
    return InvalidInput(
        field="tool", value=name[:80], allowed=f"did you mean {', '.join(near)}?" if near else f"use one of {', '.join(names)}"
    )


def call_ask(arguments: object) -> Result:
    """`ask` for a host in this process: the conversation's id is the host's own."""
    try:
        question, conversation = asked(arguments)
    except AitollError as error:
        return not_asked(error, arguments)
    return answered(ask(question, conversation=conversation))


def asked(arguments: object) -> tuple[str, str | None]:
    said = calling.named("ask", arguments, FIELDS["ask"])
    question = calling.text("question", said.get("question"), LONGEST_QUESTION)
    id = said.get("conversation")
    return question, None if id is None else calling.text("conversation", id, LONGEST_ID)


def answered(answer: Answer) -> Result:
    """The text with its sources below; an answer that is no figure is still an answer."""
    cited = [" ".join(part for part in (f"[{c.number}]", c.title, c.place, c.url or "") if part) for c in answer.citations]
    return Result("\n".join([answer.text, *cited]), answer, is_error=answer.status == "failed")


def not_asked(error: AitollError, arguments: object) -> Result:
    """Bad arguments of `ask`, as the Answer that says so."""
    question = arguments.get("question") if isinstance(arguments, dict) else None
    return Result(str(error), _no_answer(question, "invalid", str(error)), is_error=True, error=calling.problem(error, arguments=arguments))


def call_search(arguments: object) -> Result:
    try:
        found = _search(arguments)
    except AitollError as error:
        wrong = calling.problem(error, arguments=arguments)
        return _refused(Passages(passages=[], error=wrong), wrong)
    shown = [f"{one.title}, {one.place}: {one.passage}" for one in found.passages]
    nothing = [] if shown else ["Nothing in the library or the user's documents fits."]
    return Result("\n".join((*shown, *nothing, *found.warnings)), found)


def _search(arguments: object) -> Passages:
    said = calling.named("search", arguments, FIELDS["search"])
    query = calling.text("query", said.get("query"), LONGEST_QUESTION)
    limit = said.get("limit", 5)
    if isinstance(limit, bool) or str(limit).removesuffix(".0") not in map(str, range(1, MOST_PASSAGES + 1)):
        raise InvalidInput(field="limit", value=calling.shown(limit), allowed=f"use a whole number from 1 to {MOST_PASSAGES}")
    within = said.get("within", "all")
    if within not in ("all", "library", "user"):
        raise InvalidInput(field="within", value=calling.shown(within), allowed="use all, library or user")
    return passages(query, int(float(limit)), within)


def passages(query: str, limit: int = 5, within: Where = "all") -> Passages:
    """Best first, with what could not be searched, in the language of the query. Chroma is loaded here and no sooner."""
    from aitoll.knowledge import store
    from aitoll.knowledge.lexical import language_of

    searched = store.look_up(query, limit=limit, within=within)
    store.refuse_nothing(searched, within)
    names = ("id", "source", "title", "place", "passage", "language")
    found = [Found(score=round(one.score, 4), **{name: getattr(one, name) for name in names}) for one in searched.found]
    return Passages(passages=found, warnings=partly(searched.missed, "fr" if language_of(query) == "fr" else "en"))


def call_compare(arguments: object, progress: Callable[[int, int, str], None] | None = None) -> Result:
    made = calling.compare(arguments, progress)
    if made.error:
        return _refused(made, made.error)
    return Result("\n".join(map(_row, made.rows)), made)


def call_look_up(arguments: object) -> Result:
    made, notes = looking_up.run(arguments)
    if made.error:
        return _refused(made, made.error)
    return Result("\n".join([calling.lines(made.figures), *(f"Note in the table: {note}" for note in notes)]), made)


def _row(row: Row) -> str:
    said = row.error.message if row.error else calling.lines(row.figures)
    return f"{row.value}: {said}" + (f"\nThat is {calling.ranged(row.ratio)} times the first." if row.ratio else "")


def _refused(made: Content, error: Problem) -> Result:
    return Result(error.message, made, is_error=True, error=error)
