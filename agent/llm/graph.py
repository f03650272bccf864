"""The LangChain agent: one graph for all turns, whose middleware holds the limits and judges every reply."""

from __future__ import annotations

import asyncio
import time
import uuid
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, hook_config
from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage

from aitoll.agent.llm.client import MOST_WRITTEN, endpoint, line
from aitoll.agent.llm.composing import compose
from aitoll.agent.llm.faults import TRANSIENT, Fault, fault_of
from aitoll.agent.llm.said import shown
from aitoll.agent.llm.spending import tokens_of
from aitoll.agent.llm.tools import schemas, tools
from aitoll.agent.llm.tracing import content, span
from aitoll.agent.llm.work import Work
from aitoll.agent.progress import listened, tell

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from langchain.agents.middleware import ModelRequest, ModelResponse
    from langchain_core.messages import BaseMessage

    from aitoll.agent.llm.client import Endpoint, Line

MOST_MODEL_CALLS = 6  # in one answer
MOST_TOKENS = 60_000
MOST_AT_ONCE = 12  # tool calls of one reply
LONGEST_HISTORY = 6000  # characters of earlier questions
WAIT_S = 0.3  # before the one retry, where the endpoint names no time
FINISHED = ("stop", "tool_calls", "function_call", "completed")


class Watch(AgentMiddleware[Any, Work]):
    """Counts, bounds and judges. The work of the turn is the graph's context."""

    def awrap_model_call(  # gives a coroutine and is none: LangChain would take each through two threads for LangSmith's sake
        self, request: ModelRequest[Work], handler: Callable[[ModelRequest[Work]], Awaitable[ModelResponse[Any]]]
    ) -> Coroutine[Any, Any, ModelResponse[Any]]:
        return self._watched(request, handler)

    async def _watched(
        self, request: ModelRequest[Work], handler: Callable[[ModelRequest[Work]], Awaitable[ModelResponse[Any]]]
    ) -> ModelResponse[Any]:
        work = request.runtime.context
        asked = _offered(request, work)
        tell("wording" if work.facts or work.passages else "planning")
        try:
            response = await self._call(asked, handler, work)
        except Fault as fault:
            if fault.reason not in TRANSIENT or not await _waited(fault, work):
                raise
            response = await self._call(asked, handler, work)
        _judge(response.result[-1], _streamed(request))
        _tell_apart(response.result[-1])
        return response

    async def _call(
        self, request: ModelRequest[Work], handler: Callable[[ModelRequest[Work]], Awaitable[ModelResponse[Any]]], work: Work
    ) -> ModelResponse[Any]:
        """One request, within tokens and money; what it took is counted also where it fails."""
        sent = tokens_of(work.offered_characters + len(prompt()) + sum(map(_characters, request.messages)))
        if work.spent.calls >= MOST_MODEL_CALLS or work.spent.tokens + sent + MOST_WRITTEN > MOST_TOKENS:
            raise Fault("endless", f"{work.spent.calls} calls, {work.spent.tokens} tokens")
        most = work.price.of(sent, MOST_WRITTEN)
        if work.budget:
            await asyncio.to_thread(work.budget.reserve, most)
        took: tuple[int, int] | None = None
        started = time.perf_counter()
        try:
            with span("model", {"gen_ai.operation.name": "chat", "gen_ai.request.model": work.price.model}) as current:
                response = await handler(request)
                took = _usage(response.result[-1], sent)
                current.set_attributes({"gen_ai.usage.input_tokens": took[0], "gen_ai.usage.output_tokens": took[1]})
                content(current, reply=str(response.result[-1].content))
                return response
        except Exception as error:
            fault = fault_of(error)
            took = (0, 0) if fault.reason in ("unreachable", "limited", "refused") else None  # nothing was written, nothing is billed
            raise fault from error
        finally:
            await _settle(work, took, most, (time.perf_counter() - started) * 1e3)

    @hook_config(can_jump_to=["model", "end"])
    async def aafter_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        """Words that pass become the turn; words that do not are sent back once."""
        work: Work = runtime.context
        last = state["messages"][-1]
        if work.refusal is not None and not work.facts:
            return {"jump_to": "end"}
        if last.tool_calls:
            if len(last.tool_calls) > MOST_AT_ONCE:
                raise Fault("endless", f"{len(last.tool_calls)} calls at once")
            return None
        faults = _faults(last, work)
        if not faults:
            return None
        if work.corrected:
            raise Fault("unchecked", f"{len(faults)} faults")
        work.corrected = True
        return {"messages": [RemoveMessage(id=last.id), HumanMessage(_correction(faults))], "jump_to": "model"}


def _faults(last: AIMessage, work: Work) -> list[str]:
    tell("checking")
    with span("check") as current:
        if last.invalid_tool_calls:
            faults = ["a call was no valid JSON: make it again"]
        elif not work.facts and not work.passages:
            faults = ["nothing was looked up: call the calculators or search, or say why there is no figure with no_figure"]
        else:
            work.turn, faults = compose(str(last.text), work)
        current.set_attribute("aitoll.faults", len(faults))
    return faults


def _correction(faults: Sequence[str]) -> str:
    listed = "\n".join(f"- {fault}" for fault in faults)
    return f"Your last reply was not shown, for it breaks the rules:\n{listed}\nWrite the whole answer again and mend all of this."


def _characters(message: BaseMessage) -> int:
    """About what a message is written in, its roles and ids included."""
    return 100 + len(str(message.content)) + len(str(getattr(message, "tool_calls", "")))


def _offered(request: ModelRequest[Work], work: Work) -> ModelRequest[Work]:
    """With this turn's own tools, and without what a server keeps for itself."""
    messages: Any = [_plain(message) for message in request.messages]
    tools, work.offered_characters = schemas(work)
    return request.override(tools=list(tools), messages=messages)


def _plain(message: BaseMessage) -> BaseMessage:
    """A reply without what only its own server knows: reasoning, item ids. So nothing needs to be stored there."""
    if not isinstance(message, AIMessage):
        return message
    return AIMessage(content=str(message.text), tool_calls=message.tool_calls, id=message.id)


def _judge(message: BaseMessage, streamed: bool) -> None:
    """LangChain takes a truncated reply for a whole one; we do not."""
    told = message.response_metadata
    finish = told.get("finish_reason") or told.get("status")
    if finish is None and not streamed and not told.get("incomplete_details"):
        return  # some servers leave it out; a body that parses is whole
    if finish not in FINISHED:
        raise Fault("off_format", f"finished with {str(finish)[:20]}")


def _tell_apart(message: BaseMessage) -> None:
    """Some servers give every call of a reply the same id, or none; sent back so, another would refuse the results."""
    calls = message.tool_calls if isinstance(message, AIMessage) else []
    if len({call["id"] for call in calls if call["id"]}) < len(calls):
        for call in calls:
            call["id"] = f"call_{uuid.uuid4().hex[:24]}"


def _streamed(request: ModelRequest[Work]) -> bool:
    return bool(getattr(request.model, "streaming", False))


def _usage(message: BaseMessage, sent: int) -> tuple[int, int]:
    """Tokens as the server counted them, else our own count on the safe side."""
    counted = getattr(message, "usage_metadata", None) or {}
    calls = len(str(getattr(message, "tool_calls", "")))
    return counted.get("input_tokens") or sent, counted.get("output_tokens") or tokens_of(len(str(message.content)) + calls)


async def _settle(work: Work, took: tuple[int, int] | None, most: float | None, elapsed_ms: float) -> None:
    """A request that failed may still be billed: what it was sent counts."""
    spent = work.spent
    spent.calls += 1
    spent.elapsed_ms += elapsed_ms
    spent.input_tokens += took[0] if took else 0
    spent.output_tokens += took[1] if took else 0
    cost = work.price.of(*took) if took else 0.0
    spent.cost_usd = None if cost is None or spent.cost_usd is None else spent.cost_usd + cost
    if work.budget and most is not None:
        await asyncio.shield(asyncio.to_thread(work.budget.settle, most, most if took is None else cost or 0.0))


async def _waited(fault: Fault, work: Work) -> bool:
    """Whether there is time for another try, once it has been waited for."""
    wait = fault.retry_after_s if fault.retry_after_s is not None else WAIT_S
    if work.retried or time.monotonic() + 2 * wait >= work.deadline:
        return False
    work.retried = True
    await asyncio.sleep(wait)
    return True


@cache
def prompt() -> str:
    return files("aitoll.agent").joinpath("llm", "prompt.md").read_text("utf-8")


@cache
def _graph(on: Line, at: Endpoint, streaming: bool) -> Any:
    return create_agent(on.model(at, streaming), list(tools()), system_prompt=prompt(), middleware=[Watch()], context_schema=Work)


def prepare() -> None:
    """What the first turn would wait for: LangChain, the client, the graphs of whole and of streamed replies."""
    for streaming in (False, True):
        _graph(line(), endpoint(), streaming)


async def converse(work: Work, at: Endpoint) -> None:
    """The model's whole part of a turn; what it found and said is in `work`."""
    graph = _graph(line(), at, listened())
    limit = {"recursion_limit": 4 * MOST_MODEL_CALLS + 4}
    try:
        await graph.ainvoke({"messages": [HumanMessage(_asked(work))]}, limit, context=work)
    except Exception as error:
        raise fault_of(error) from error


def _asked(work: Work) -> str:
    earlier = "\n".join(work.earlier)[-LONGEST_HISTORY:]
    parts = [
        f"Write in {'French' if work.language == 'fr' else 'English'}.",
        f"Earlier questions of this conversation:\n{earlier}" if earlier else "",
        "Numbers given, last question first:\n" + ("\n".join(shown(work.said)) or "none"),
        "As inputs, if read rightly:\n" + "\n".join(work.shown_own()) if work.own else "",
        "Names:\n" + ("\n".join(work.named.shown()) or "none"),
        f"Question:\n{work.reading.question}",
    ]
    return "\n\n".join(part for part in parts if part)
