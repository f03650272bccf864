"""/v1/responses, the newer of OpenAI's two ways to ask: whole or streamed, kept or not, one after another."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from aitoll.agent import owned
from aitoll.agent.answer import Answer
from aitoll.agent.interfaces.openai_api import WHOLE_OR_STREAMED, Message, comment, known, turns_of
from aitoll.agent.interfaces.openai_text import MODEL, Cited, Written, tokens, url_citation, written
from aitoll.agent.interfaces.openai_turns import Memories, Told, answered, continued
from aitoll.agent.interfaces.problems import ProblemError, openai_error
from aitoll.agent.interfaces.rest import desk, principal
from aitoll.agent.interfaces.streaming import Voice, event, streamed

responses_api = APIRouter(prefix="/v1", tags=["openai"])
ID, LENGTH = "resp_", 32  # of an answer's own id; the conversation's follows it


class Held(BaseModel):
    id: str = Field(min_length=1, max_length=owned.LONGEST_ID)


class ResponseRequest(BaseModel):
    model: str = Field(MODEL, examples=[MODEL])
    input: str | list[Message] = Field(examples=["How much CO2 do 10 GWh emit in France?"], max_length=100_000)
    stream: bool | None = False
    store: bool | None = Field(True, description="kept as conversations are, so that `previous_response_id` can name it")
    previous_response_id: str | None = Field(None, max_length=400)
    conversation: str | Held | None = Field(None, description="an id of yours, the same as REST's")

    @property
    def messages(self) -> list[Message]:
        return [Message(role="user", content=self.input)] if isinstance(self.input, str) else self.input

    @property
    def held(self) -> str | None:
        return self.conversation.id if isinstance(self.conversation, Held) else self.conversation


@responses_api.post("/responses", responses=WHOLE_OR_STREAMED, response_class=JSONResponse)
async def responses(asked: ResponseRequest, request: Request) -> Any:
    """One response. It follows `previous_response_id` or `conversation`, or the earlier messages of `input`; all else is ignored."""
    known(asked.model)
    if asked.held and asked.previous_response_id:
        raise ProblemError(422, "invalid", "conversation: not together with previous_response_id", facts={"field": "conversation"})
    turns = turns_of(asked.messages, "input")
    work = partial(_answer, request.app.state.memories, principal(request), asked, turns)
    if asked.stream:
        return streamed(request, work, _voice(asked))
    answer = await desk(request).run(work)
    request.app.state.metrics.answered(answer)
    return JSONResponse(response(answer, asked))


@responses_api.get("/responses/{id}")
def kept_response(id: str, request: Request) -> JSONResponse:
    """One that was kept."""
    conversation, answers = _kept(principal(request), id)
    asked = ResponseRequest(input=answers[-1].question, conversation=None)
    return JSONResponse(response(answers[-1].model_copy(update={"conversation": conversation}), asked))


@responses_api.delete("/responses/{id}")
def delete_response(id: str, request: Request) -> dict[str, Any]:
    """It goes with the conversation that it is part of."""
    conversation, _ = _kept(principal(request), id)
    owned.forget(principal(request), conversation)
    return {"id": id, "object": "response", "deleted": True}


def _kept(owner: str, id: str) -> tuple[str, list[Answer]]:
    """The conversation of a response, and its Answers up to that one."""
    answer, conversation = id.removeprefix(ID)[:LENGTH], id.removeprefix(ID)[LENGTH:]
    found = owned.turns(owner, conversation) if conversation and conversation.isprintable() else []
    at = next((i for i, one in enumerate(found) if one.id == answer), None)
    if at is None:
        raise ProblemError(
            404, "response_not_found", f"no response {id!r} is kept; those of store=false never are", facts={"field": "response_id"}
        )
    return conversation, found[: at + 1]


def _answer(memories: Memories, owner: str, asked: ResponseRequest, turns: list[str]) -> Answer:
    store = asked.store is not False
    if asked.held:
        return _onwards(Told(owned.memory_of(owner, asked.held)), owner, turns, asked.held)
    if asked.previous_response_id:
        return _follow(owner, asked.previous_response_id, turns, store)
    if not store:
        return answered(memories, owner, turns)
    conversation = uuid4().hex
    return _onwards(Told(owned.memory_of(owner, conversation)), owner, turns, conversation)


def _follow(owner: str, id: str, turns: list[str], store: bool) -> Answer:
    """After the last response of a conversation the same one goes on; after an earlier one, another begins."""
    conversation, before = _kept(owner, id)
    if store and len(owned.turns(owner, conversation)) == len(before):
        return _onwards(Told(owned.memory_of(owner, conversation)), owner, turns, conversation)
    fresh = uuid4().hex
    memory = Told(owned.memory_of(owner, fresh) if store else None)
    return _onwards(memory, owner, [*(one.question for one in before), *turns], fresh if store else None)


def _onwards(memory: Told, owner: str, turns: list[str], conversation: str | None) -> Answer:
    return continued(memory, owner, turns).model_copy(update={"conversation": conversation})


# What is sent


def _note(one: Cited) -> dict[str, Any]:
    if one.address:
        return {"type": "url_citation", **url_citation(one)}
    return {"type": "file_citation", "file_id": one.citation.id, "filename": one.citation.title, "index": one.end}


def _content(told: Written) -> dict[str, Any]:
    return {"type": "output_text", "text": told.text, "annotations": [_note(one) for one in told.cited], "logprobs": []}


def _message(answer: Answer, content: list[dict[str, Any]], status: str = "completed") -> dict[str, Any]:
    return {"id": f"msg_{answer.id}", "type": "message", "role": "assistant", "status": status, "content": content}


def response(answer: Answer, asked: ResponseRequest) -> dict[str, Any]:
    told = written(answer)
    read, wrote = tokens(answer, "".join(message.text for message in asked.messages), told.text)
    return {
        **_head(answer, asked, "completed"),
        "completed_at": int(time.time()),
        "output": [_message(answer, [_content(told)])],
        "usage": {
            "input_tokens": read,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": wrote,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": read + wrote,
        },
    }


def _head(answer: Answer, asked: ResponseRequest, status: str) -> dict[str, Any]:
    """What OpenAI's own responses hold, as far as it can be said of this one; no tool of the client is ever called."""
    return {
        "id": f"{ID}{answer.id}{answer.conversation or ''}",
        "object": "response",
        "created_at": int(time.time()),
        "status": status,
        "model": MODEL,
        "output": [],
        "usage": None,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "parallel_tool_calls": False,
        "previous_response_id": asked.previous_response_id,
        "conversation": {"id": asked.held} if asked.held else None,
        "store": answer.conversation is not None,
        "temperature": None,
        "text": {"format": {"type": "text"}},
        "tool_choice": "none",
        "tools": [],
        "top_p": None,
        "truncation": "disabled",
    }


def _voice(asked: ResponseRequest) -> Voice:
    return Voice(waiting=comment, answered=lambda answer: _numbered(_events(answer, asked)), failed=_failed)


def _failed(problem: ProblemError) -> list[str]:
    """Both the event of this endpoint and the key by which the SDKs know an error."""
    error = openai_error(problem)
    told = {"code": error["code"], "message": error["message"], "param": error["param"]}
    return [*_numbered(iter([("error", {**told, "error": error})]))]


def _numbered(events: Iterator[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    for number, (name, body) in enumerate(events):
        yield event(name, {"type": name, "sequence_number": number, **body})


def _events(answer: Answer, asked: ResponseRequest) -> Iterator[tuple[str, dict[str, Any]]]:
    told, begun, whole = written(answer), _head(answer, asked, "in_progress"), response(answer, asked)
    item = {"item_id": f"msg_{answer.id}", "output_index": 0, "content_index": 0}
    content = _content(told)
    yield "response.created", {"response": begun}
    yield "response.in_progress", {"response": begun}
    yield "response.output_item.added", {"output_index": 0, "item": _message(answer, [], "in_progress")}
    yield "response.content_part.added", {**item, "part": {**content, "text": "", "annotations": []}}
    for piece in told.pieces:
        yield "response.output_text.delta", {**item, "delta": piece, "logprobs": []}
    for number, note in enumerate(content["annotations"]):
        yield "response.output_text.annotation.added", {**item, "annotation_index": number, "annotation": note}
    yield "response.output_text.done", {**item, "text": told.text, "logprobs": []}
    yield "response.content_part.done", {**item, "part": content}
    yield "response.output_item.done", {"output_index": 0, "item": _message(answer, [content])}
    yield "response.completed", {"response": whole}
