"""Server-sent events while a question waits, is worked on and is answered: one way for REST, the page and OpenAI's clients."""

from __future__ import annotations

import asyncio
import json
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi.responses import StreamingResponse

from aitoll.agent.interfaces.problems import ProblemError, of
from aitoll.agent.progress import Progress, listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from fastapi import Request

    from aitoll.agent.answer import Answer

WAIT_S = 1.0  # between two words on the place in line


@dataclass(frozen=True)
class Voice:
    """What is sent of the place in line and of what is being done, of the Answer, and of a problem once the response has begun."""

    waiting: Callable[[int, str], str]
    answered: Callable[[Answer], Iterable[str]]
    failed: Callable[[ProblemError], Iterable[str]]


def event(name: str, body: Any) -> str:
    return f"event: {name}\ndata: {packed(body)}\n\n"


def packed(body: Any) -> str:
    return json.dumps(body, ensure_ascii=True, separators=(",", ":"))


def streamed(request: Request, work: Callable[[], Answer], voice: Voice) -> StreamingResponse:
    """A place at the desk is taken at once, so that one too many is refused with a status of its own."""
    heard: asyncio.Queue[Progress | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    with listening(lambda progress: loop.call_soon_threadsafe(heard.put_nowait, progress)):
        ticket = request.app.state.desk.take(partial(copy_context().run, work))

    async def parts() -> AsyncIterator[str]:
        running = asyncio.ensure_future(ticket.result())
        running.add_done_callback(lambda _: heard.put_nowait(None))
        doing: Progress | None = Progress("working")
        try:
            while doing is not None:
                yield voice.waiting(ticket.position, doing.detail)
                doing = await _next(heard, doing)
            answer = running.result()
            request.app.state.metrics.answered(answer)
            for part in voice.answered(answer):
                yield part
        except Exception as error:  # noqa: BLE001 (the response has begun: whatever it is, it can only be told here)
            for part in voice.failed(of(error)):
                yield part
        finally:
            running.cancel()
            ticket.give_up()

    return StreamingResponse(parts(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _next(heard: asyncio.Queue[Progress | None], now: Progress) -> Progress | None:
    """What is done next, or the same again after a while: the place in line may have changed, and a silent line is cut."""
    try:
        return await asyncio.wait_for(heard.get(), WAIT_S)
    except TimeoutError:
        return now
