"""The two shapes in which a reply goes over the wire: chat completions and responses, whole or as events."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.peers.llm.server import Reply

_ids = itertools.count(1)
PIECE = 7  # characters of a streamed piece


def body(shape: str, reply: Reply, model: str) -> dict[str, Any]:
    return _response(reply, model) if shape == "responses" else _completion(reply, model)


def events(shape: str, reply: Reply, model: str) -> list[str]:
    return _response_events(reply, model) if shape == "responses" else _completion_events(reply, model)


def _arguments(arguments: Any) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


def _pieces(text: str) -> list[str]:
    return [text[i : i + PIECE] for i in range(0, len(text), PIECE)]


# Chat completions


def _completion(reply: Reply, model: str) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.calls:
        made = [_call(name, arguments) for name, arguments in reply.calls]
        message["tool_calls"] = [{**call, "id": "call_0"} for call in made] if reply.same_ids else made
    choice = {"index": 0, "message": message, "finish_reason": _finish(reply)}
    usage = {"usage": _usage_of_chat(reply)} if reply.usage else {}
    return {"id": f"chatcmpl-{next(_ids)}", "object": "chat.completion", "created": 0, "model": model, "choices": [choice], **usage}


def _call(name: str, arguments: Any) -> dict[str, Any]:
    return {"id": f"call_{next(_ids)}", "type": "function", "function": {"name": name, "arguments": _arguments(arguments)}}


def _finish(reply: Reply) -> str | None:
    return (reply.finish or None) if reply.finish != "" else "tool_calls" if reply.calls else "stop"


def _usage_of_chat(reply: Reply) -> dict[str, int]:
    written = 10 + len(reply.text) // 4
    return {"prompt_tokens": 900, "completion_tokens": written, "total_tokens": 900 + written}


def _completion_events(reply: Reply, model: str) -> list[str]:
    head = {"id": f"chatcmpl-{next(_ids)}", "object": "chat.completion.chunk", "created": 0, "model": model}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    for i, (name, arguments) in enumerate(reply.calls):
        call = _call(name, "")
        deltas.append({"tool_calls": [{"index": i, **call}]})
        deltas += [{"tool_calls": [{"index": i, "function": {"arguments": piece}}]} for piece in _pieces(_arguments(arguments))]
    deltas += [{"content": piece} for piece in _pieces(reply.text)]
    chunks = [{**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    chunks.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": _finish(reply)}]})
    if reply.usage:
        chunks.append({**head, "choices": [], "usage": _usage_of_chat(reply)})
    return [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]


# Responses


def _response(reply: Reply, model: str) -> dict[str, Any]:
    status = "completed" if reply.finish == "" else "incomplete"
    usage = {"usage": _usage_of_responses(reply)} if reply.usage else {}
    return {**_head(model, status), "output": _items(reply), **usage}


def _head(model: str, status: str) -> dict[str, Any]:
    return {
        "id": f"resp_{next(_ids)}",
        "object": "response",
        "created_at": 0,
        "model": model,
        "status": status,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "output": [],
    }


def _items(reply: Reply) -> list[dict[str, Any]]:
    calls = [
        {
            "type": "function_call",
            "id": f"fc_{next(_ids)}",
            "call_id": f"call_{next(_ids)}",
            "name": name,
            "arguments": _arguments(arguments),
            "status": "completed",
        }
        for name, arguments in reply.calls
    ]
    if not reply.text:
        return calls
    content = [{"type": "output_text", "text": reply.text, "annotations": []}]
    return [*calls, {"type": "message", "id": f"msg_{next(_ids)}", "role": "assistant", "status": "completed", "content": content}]


def _usage_of_responses(reply: Reply) -> dict[str, Any]:
    written = 10 + len(reply.text) // 4
    details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    return {"input_tokens": 900, "output_tokens": written, "total_tokens": 900 + written, **details}


def _response_events(reply: Reply, model: str) -> list[str]:
    made: list[tuple[str, dict[str, Any]]] = [("response.created", {"response": _head(model, "in_progress")})]
    for i, item in enumerate(_items(reply)):
        made += _item_events(i, item)
    whole = _response(reply, model)
    made.append((f"response.{whole['status']}", {"response": whole}))
    return [f"event: {kind}\ndata: {json.dumps({'type': kind, 'sequence_number': n, **data})}\n\n" for n, (kind, data) in enumerate(made)]


def _item_events(i: int, item: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    place = {"output_index": i, "item_id": item["id"]}
    if item["type"] == "function_call":
        pieces = [("response.function_call_arguments.delta", {**place, "delta": piece}) for piece in _pieces(item["arguments"])]
        added = {"output_index": i, "item": {**item, "arguments": "", "status": "in_progress"}}
        done = ("response.function_call_arguments.done", {**place, "arguments": item["arguments"], "name": item["name"]})
        return [
            ("response.output_item.added", added),
            *pieces,
            done,
            ("response.output_item.done", {"output_index": i, "item": item}),
        ]
    text = item["content"][0]["text"]
    part = {**place, "content_index": 0}
    return [
        ("response.output_item.added", {"output_index": i, "item": {**item, "content": [], "status": "in_progress"}}),
        ("response.content_part.added", {**part, "part": {"type": "output_text", "text": "", "annotations": []}}),
        *(("response.output_text.delta", {**part, "delta": piece, "logprobs": []}) for piece in _pieces(text)),
        ("response.output_text.done", {**part, "text": text, "logprobs": []}),
        ("response.content_part.done", {**part, "part": item["content"][0]}),
        ("response.output_item.done", {"output_index": i, "item": item}),
    ]
