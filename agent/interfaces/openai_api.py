"""The endpoint that chat clients already speak: /v1/models and /v1/chat/completions. What they send beyond messages is ignored."""

import time
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from aitoll.agent.answer import Answer
from aitoll.agent.interfaces.openai_text import MODEL, Written, tokens, url_citation, written
from aitoll.agent.interfaces.openai_turns import answered
from aitoll.agent.interfaces.problems import ProblemError, openai_error
from aitoll.agent.interfaces.rest import desk, principal
from aitoll.agent.interfaces.streaming import Voice, packed, streamed

openai_api = APIRouter(prefix="/v1", tags=["openai"])
WHOLE_OR_STREAMED: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/event-stream": {"schema": {"description": "server-sent events, where `stream` is true"}},
        }
    }
}


class Part(BaseModel):
    type: str = "text"
    text: str | None = None


class Message(BaseModel):
    role: str | None = Field(None, examples=["user"])
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return _whole("\n".join(part.text for part in self.content if part.text))
        return _whole(self.content or "")


def _whole(text: str) -> str:
    """Without half a character, which no client could be sent back."""
    return text.encode("utf-8", "replace").decode()


def turns_of(messages: list[Message], field: str) -> list[str]:
    """What the user asked, in order; the last one is to be answered."""
    turns = [message.text for message in messages if message.role == "user"]
    if not turns:
        raise ProblemError(422, "invalid", f"{field}: none of them has the role user", facts={"field": field})
    return turns


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
    known(model)
    return _model()


def _model() -> dict[str, Any]:
    return {"id": MODEL, "object": "model", "created": 1767225600, "owned_by": "aitoll"}


def known(model: str) -> None:
    if model != MODEL:
        raise ProblemError(404, "model_not_found", f"no model {model!r} here; the model is {MODEL!r}", facts={"field": "model"})


@openai_api.post("/chat/completions", responses=WHOLE_OR_STREAMED, response_class=JSONResponse)
async def chat_completions(asked: ChatRequest, request: Request) -> Any:
    """The conversation is in the messages: earlier turns of the user are taken up again, the last one is answered."""
    known(asked.model)
    work = partial(answered, request.app.state.memories, principal(request), turns_of(asked.messages, "messages"))
    if asked.stream:
        return streamed(request, work, _voice(asked))
    answer = await desk(request).run(work)
    request.app.state.metrics.answered(answer)
    return JSONResponse(completion(answer, asked))


def _voice(asked: ChatRequest) -> Voice:
    return Voice(
        waiting=comment,
        answered=lambda answer: [*map(_data, chunks(answer, asked)), "data: [DONE]\n\n"],
        failed=lambda problem: [_data({"error": openai_error(problem)}), "data: [DONE]\n\n"],
    )


def comment(position: int, doing: str) -> str:
    """What clients of server-sent events pass over; it keeps the line open."""
    return f": {f'place {position} in line' if position else doing or 'working'}\n\n"


def _data(body: dict[str, Any]) -> str:
    return f"data: {packed(body)}\n\n"


def usage(answer: Answer, asked: ChatRequest, told: Written) -> dict[str, int]:
    read, wrote = tokens(answer, "".join(message.text for message in asked.messages), told.text)
    return {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}


def _head(kind: str, id: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{id}", "object": kind, "created": int(time.time()), "model": MODEL}


def annotations(told: Written) -> list[dict[str, Any]]:
    return [{"type": "url_citation", "url_citation": url_citation(one)} for one in told.cited if one.address]


def completion(answer: Answer, asked: ChatRequest) -> dict[str, Any]:
    told = written(answer)
    message = {"role": "assistant", "content": told.text, "refusal": None, "annotations": annotations(told)}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return {**_head("chat.completion", answer.id), "choices": [choice], "usage": usage(answer, asked, told)}


def chunks(answer: Answer, asked: ChatRequest) -> list[dict[str, Any]]:
    told, counted = written(answer), bool(asked.stream_options and asked.stream_options.include_usage)
    head = {**_head("chat.completion.chunk", answer.id), **({"usage": None} if counted else {})}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}, *({"content": piece} for piece in told.pieces)]
    deltas += [{"annotations": notes}] if (notes := annotations(told)) else []
    found = [{**head, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}]} for delta in deltas]
    found.append({**head, "choices": [{"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}]})
    if counted:
        found.append({**head, "choices": [], "usage": usage(answer, asked, told)})
    return found
