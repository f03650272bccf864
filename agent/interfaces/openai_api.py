"""The endpoint that chat clients already speak: /v1/models and /v1/chat/completions. What they send beyond messages is ignored."""

import copy
import hashlib
import json
import re
import time
import uuid
from collections import OrderedDict
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

from aitoll.agent.answer import Answer, Citation
from aitoll.agent.ask import answer as answer_turn
from aitoll.agent.caller import acting_as
from aitoll.agent.conversations import InMemory
from aitoll.agent.export import source_line
from aitoll.agent.interfaces.problems import ProblemError, of
from aitoll.agent.interfaces.rest import desk, principal
from aitoll.agent.markup import web_address
from aitoll.agent.showing import web

openai_api = APIRouter(prefix="/v1", tags=["openai"])
MODEL = "aitoll"
MARK = re.compile(r"\[(\d{1,4})\](?!\()")
LETTERS_PER_TOKEN = 4  # there is no tokeniser here: usage is counted in quarters of letters
MOST_MEMORIES = 512


class Part(BaseModel):
    type: str = "text"
    text: str | None = None


class Message(BaseModel):
    role: str = Field(examples=["user"])
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.text)
        return self.content or ""


class StreamOptions(BaseModel):
    include_usage: bool | None = False


class ChatRequest(BaseModel):
    model: str = Field(MODEL, examples=[MODEL])
    messages: list[Message] = Field(min_length=1, max_length=1000)
    stream: bool | None = False
    stream_options: StreamOptions | None = None


@openai_api.get("/models")
def models() -> dict[str, Any]:
    return {"object": "list", "data": [_model()]}


@openai_api.get("/models/{model}")
def model(model: str) -> dict[str, Any]:
    _known(model)
    return _model()


def _model() -> dict[str, Any]:
    return {"id": MODEL, "object": "model", "created": 1767225600, "owned_by": "aitoll"}


def _known(model: str) -> None:
    if model != MODEL:
        raise ProblemError(404, "model_not_found", f"no model {model!r} here; the model is {MODEL!r}", facts={"field": "model"})


@openai_api.post(
    "/chat/completions",
    responses={
        200: {
            "content": {
                "application/json": {"schema": {"type": "object"}},
                "text/event-stream": {"schema": {"description": "chunks as server-sent events"}},
            }
        }
    },
    response_class=JSONResponse,
)
async def chat_completions(asked: ChatRequest, request: Request) -> Any:
    """The conversation is in the messages: earlier turns of the user are taken up again, the last one is answered."""
    _known(asked.model)
    turns = [message.text for message in asked.messages if message.role == "user"]
    if not turns:
        raise ProblemError(422, "invalid", "messages: none of them has the role user", facts={"field": "messages"})
    ticket = desk(request).take(partial(_answer, request.app.state.memories, principal(request), turns))
    if not asked.stream:
        answer = await ticket.result()
        request.app.state.metrics.answered(answer)
        return JSONResponse(completion(answer, asked))
    counted = bool(asked.stream_options and asked.stream_options.include_usage)

    async def stream() -> AsyncIterator[str]:
        try:
            answer = await ticket.result()
            request.app.state.metrics.answered(answer)
            for chunk in chunks(answer, asked, counted):
                yield f"data: {json.dumps(chunk)}\n\n"
        except Exception as error:  # noqa: BLE001 (the response has begun: whatever it is, it can only be told here)
            told = of(error)
            yield f"data: {json.dumps({'error': {'message': told.detail, 'type': 'server_error', 'code': told.code}})}\n\n"
        finally:
            ticket.give_up()
        yield "data: [DONE]\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream")


class Memories:
    """What earlier turns left behind, so that a long conversation is not answered anew at each of its turns."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, InMemory] = OrderedDict()

    @staticmethod
    def _key(owner: str, turns: list[str]) -> str:
        return hashlib.sha256(json.dumps([owner, turns]).encode()).hexdigest()

    def of(self, owner: str, turns: list[str]) -> tuple[InMemory, int]:
        """The longest beginning that is remembered, as a copy, and how many turns it holds."""
        for count in range(len(turns), 0, -1):
            found = self._kept.get(self._key(owner, turns[:count]))
            if found is not None:
                return copy.deepcopy(found), count
        return InMemory(), 0

    def keep(self, owner: str, turns: list[str], memory: InMemory) -> None:
        self._kept[self._key(owner, turns)] = copy.deepcopy(memory)
        while len(self._kept) > MOST_MEMORIES:
            self._kept.popitem(last=False)


def _answer(memories: Memories, owner: str, turns: list[str]) -> Answer:
    from aitoll.settings import settings

    turns = turns[-1 - settings().history_turns :]
    memory, known = memories.of(owner, turns[:-1])
    with acting_as(owner):
        for turn in turns[known:-1]:
            answer_turn(turn, memory)
        answer = answer_turn(turns[-1], memory)
    memories.keep(owner, turns, memory)
    return answer


def linked_text(answer: Answer) -> tuple[str, list[dict[str, Any]]]:
    """The text with its marks as links and its sources below, and where each link stands."""
    cited = {one.number: one for one in answer.citations}
    pieces, notes, place, length = [], [], 0, 0
    for match in MARK.finditer(answer.text):
        one = cited.get(int(match[1]))
        address = web_address(one.url) if one else None
        before, mark = answer.text[place : match.start()], f"[[{match[1]}]]({_escaped(address)})" if address else match[0]
        pieces += [before, mark]
        length += len(before)
        if one and address:
            notes.append(
                {
                    "type": "url_citation",
                    "url_citation": {"start_index": length, "end_index": length + len(mark), "url": address, "title": one.title},
                }
            )
        length, place = length + len(mark), match.end()
    pieces.append(answer.text[place:])
    warnings = [f"\n\n⚠ {warning}" for warning in answer.warnings]
    return "".join([*pieces, *warnings, _sources(answer)]), notes


def _escaped(address: str) -> str:
    return address.replace("(", "%28").replace(")", "%29")


def _sources(answer: Answer) -> str:
    if not answer.citations:
        return ""
    lines = [f"- [{one.number}] {_source(one)}" for one in answer.citations]
    return "\n".join(["", "", f"**{web('sources', answer.language)}**", "", *lines])


def _source(one: Citation) -> str:
    address = web_address(one.url)
    return source_line(one) + (f" — <{address}>" if address else "")


def usage(asked: ChatRequest, text: str) -> dict[str, int]:
    prompt = max(1, sum(len(message.text) for message in asked.messages) // LETTERS_PER_TOKEN)
    told = max(1, len(text) // LETTERS_PER_TOKEN)
    return {"prompt_tokens": prompt, "completion_tokens": told, "total_tokens": prompt + told}


def _head(kind: str, id: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{id}", "object": kind, "created": int(time.time()), "model": MODEL}


def completion(answer: Answer, asked: ChatRequest) -> dict[str, Any]:
    text, notes = linked_text(answer)
    message = {"role": "assistant", "content": text, "refusal": None, "annotations": notes}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return {**_head("chat.completion", answer.id), "choices": [choice], "usage": usage(asked, text)}


def chunks(answer: Answer, asked: ChatRequest, counted: bool) -> list[dict[str, Any]]:
    text, notes = linked_text(answer)
    head = {**_head("chat.completion.chunk", answer.id or uuid.uuid4().hex), **({"usage": None} if counted else {})}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": piece} for piece in re.findall(r"\S+\s*|\s+", text)]
    deltas += [{"annotations": notes}] if notes else []
    found = [{**head, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}]} for delta in deltas]
    found.append({**head, "choices": [{"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}]})
    if counted:
        found.append({**head, "choices": [], "usage": usage(asked, text)})
    return found
