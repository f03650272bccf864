"""What can go wrong with an endpoint, each as a script: by name, so that a matrix can run them all."""

from __future__ import annotations

import gzip
import json
import time
from typing import TYPE_CHECKING, Any

from tests.peers.llm import shapes
from tests.peers.llm.planner import right, wording
from tests.peers.llm.server import Asked, Handler, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.peers.llm.server import Script

LONGER_THAN_ANY_TEST = 8.0


def _error(message: str, code: str | None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "code": code}}


ERROR = {"error": {"message": "something is wrong here", "type": "server_error", "code": None}}
#: as each vendor says it: status, body
OVERFLOWS: dict[str, tuple[int, Any]] = {
    "OpenAI": (400, _error("Your input exceeds the context window of this model.", "context_length_exceeded")),
    "Azure": (400, _error("This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.", None)),
    "vLLM": (400, {"object": "error", "message": "This model's maximum context length is 4096 tokens.", "type": "BadRequestError"}),
    "Mistral": (400, {"object": "error", "message": "Prompt contains 40000 tokens, too large for model with 32768 maximum context length"}),
    "llama.cpp": (400, _error("the request exceeds the available context size, try increasing it", "exceed_context_size_error")),
    "an older llama.cpp": (500, _error("the request exceeds the available context size", None)),
    "Gemini": (400, [_error("The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).", None)]),
    "Anthropic": (400, _error("prompt is too long: 210000 tokens > 200000 maximum", None)),
    "a proxy": (413, _error("Request entity too large", None)),
}
NO_MODELS: dict[str, tuple[int, Any]] = {
    "OpenAI": (404, _error("The model `nobody-1` does not exist or you do not have access to it.", "model_not_found")),
    "Ollama": (404, _error('model "nobody-1" not found, try pulling it first', None)),
    "Mistral": (400, {"object": "error", "message": "Invalid model: nobody-1", "type": "invalid_model", "code": "1500"}),
    "Azure": (404, _error("The API deployment for this resource does not exist.", "DeploymentNotFound")),
    "a wrong address": (404, b"404 page not found"),
}


def wired(send: Callable[[Handler, Asked], None]) -> Script:
    """Every request meets this on the wire."""
    return lambda asked: Reply(wire=lambda handler: send(handler, asked))


def status(code: int, body: Any = ERROR, **headers: str) -> Script:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return wired(lambda handler, _: handler.send(code, body, named))


def once(fault: Script) -> Script:
    """Only the first request meets it."""
    met: list[Asked] = []

    def script(asked: Asked) -> Reply:
        met.append(asked)
        return fault(asked) if len(met) == 1 else right(asked)

    return script


def then(reply: Callable[[Asked], Reply]) -> Script:
    """Plans rightly; its words are another matter."""
    return lambda asked: reply(asked) if asked.told else right(asked)


def _hang(handler: Handler, _: Asked) -> None:
    time.sleep(LONGER_THAN_ANY_TEST)
    handler.close_connection = True


def _drip(handler: Handler, asked: Asked) -> None:
    """A byte at a time: every read is in time, the whole is not."""
    kind = "text/event-stream" if asked.streamed else "application/json"
    handler.send_response(200)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    until = time.monotonic() + LONGER_THAN_ANY_TEST
    while time.monotonic() < until:
        handler.wfile.write(b" " if not asked.streamed else b":\n")
        handler.wfile.flush()
        time.sleep(0.05)


def _cut_body(handler: Handler, asked: Asked) -> None:
    data = json.dumps(shapes.body(asked.shape, right(asked), "m")).encode()
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data[: len(data) // 2])
    handler.close_connection = True


def _old(handler: Handler, asked: Asked, share: float = 1.0) -> None:
    """No length and no chunks: the end of the body is the end of the connection."""
    data = json.dumps(shapes.body(asked.shape, right(asked), "m")).encode()
    head = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"
    handler.wfile.write(head + data[: int(share * len(data))])
    handler.close_connection = True


def _old_and_cut(handler: Handler, asked: Asked) -> None:
    _old(handler, asked, share=0.5)


def _no_http(handler: Handler, _: Asked) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    handler.close_connection = True


def _endless_headers(handler: Handler, _: Asked) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    handler.wfile.writelines([b"X-More: " + b"a" * 200 + b"\r\n"] * 5_000)
    handler.close_connection = True


def _closed(handler: Handler, _: Asked) -> None:
    handler.connection.close()
    handler.close_connection = True


def _garbage_events(handler: Handler, asked: Asked) -> None:
    if not asked.streamed:
        return handler.send(200, b"data: {]\n\n")
    return handler.stream(["data: {]\n\n", "data: not json\n\n"])


def _error_event(handler: Handler, asked: Asked) -> None:
    if not asked.streamed:
        return handler.send(200, ERROR)
    return handler.stream([f"data: {json.dumps(ERROR)}\n\n"])


def _huge(handler: Handler, _: Asked) -> None:
    handler.send(200, b'{"choices": [{"message": {"content": "' + b"very " * 1_200_000 + b'"}}]}')


def _nested(handler: Handler, _: Asked) -> None:
    handler.send(200, b'{"choices": ' + b"[" * 50_000 + b"]" * 50_000 + b"}")


def _packed(handler: Handler, _: Asked) -> None:
    handler.send(200, gzip.compress(b" " * 30_000_000), {"Content-Encoding": "gzip"})


def _same_call(asked: Asked) -> Reply:
    del asked
    return Reply(calls=[("search", {"query": "cost"})])


def _many_calls(asked: Asked) -> Reply:
    return Reply(calls=right(asked).calls * 500) if not asked.told else Reply(text=wording(asked))


def _same_ids(asked: Asked) -> Reply:
    """Two calls under one id; told with such an id again, it says no, as some servers do."""
    ids = [call["id"] for message in asked.messages for call in message.get("tool_calls") or []]
    if len(set(ids)) < len(ids):
        return Reply(wire=lambda handler: handler.send(400, _error("Duplicate value for 'tool_call_id'", None)))
    return right(asked) if asked.told else Reply(calls=[*right(asked).calls, ("search", {"query": "cost"})], same_ids=True)


def _cut(asked: Asked) -> Reply:
    """A stream that ends before it says so; where nothing is streamed, a body that does."""
    return Reply(text=wording(asked), cut=4) if asked.streamed else Reply(text=wording(asked)[:8], finish="length")


HARD: dict[str, Script] = {
    "429 without Retry-After": status(429),
    "429 with Retry-After of an hour": status(429, retry_after="3600"),
    "429 with a date as Retry-After": status(429, retry_after="Wed, 21 Oct 2026 07:28:00 GMT"),
    "500": status(500),
    "502 with a page": wired(lambda handler, _: handler.send(502, b"<html>Bad Gateway</html>", kind="text/html")),
    "503": status(503),
    "401": status(401),
    "403": status(403),
    "404": status(404),
    "context overflow": status(*OVERFLOWS["OpenAI"]),
    "422": status(422),
    "402": status(402),
    "redirect elsewhere": status(307, b"", location="http://127.0.0.1:9/v1/chat/completions"),
    "redirect to itself": wired(lambda handler, _: handler.send(308, b"", {"Location": handler.path})),
    "hang": wired(_hang),
    "slow drip": wired(_drip),
    "body cut": wired(_cut_body),
    "connection closed": wired(_closed),
    "connection reset": wired(lambda handler, _: handler.reset()),
    "malformed JSON": wired(lambda handler, _: handler.send(200, b'{"choices": [')),
    "not UTF-8": wired(lambda handler, _: handler.send(200, b'{"choices": "\xff\xfe"}')),
    "wrong content type": wired(lambda handler, _: handler.send(200, b"<html>hello</html>", kind="text/html")),
    "a page that says it is JSON": wired(lambda handler, _: handler.send(200, b"<!doctype html><title>Sign in</title>")),
    "an empty body": wired(lambda handler, _: handler.send(200, b"")),
    "nothing but comments": wired(lambda handler, _: handler.stream([": keep-alive\n\n"] * 20)),
    "nothing but the end": wired(lambda handler, _: handler.stream([])),
    "HTTP/1.0, closed in the middle": wired(_old_and_cut),
    "no HTTP at all": wired(_no_http),
    "endless headers": wired(_endless_headers),
    "no choices": wired(lambda handler, _: handler.send(200, {"id": "x", "object": "chat.completion", "choices": None, "output": None})),
    "a list for a body": wired(lambda handler, _: handler.send(200, [1, 2, 3])),
    "nested without end": wired(_nested),
    "huge output": wired(_huge),
    "packed output": wired(_packed),
    "garbage events": wired(_garbage_events),
    "an error as an event": wired(_error_event),
    "stream cut": then(_cut),
    "arguments that are no JSON": lambda asked: Reply(
        calls=[(name, '{"gpus": 512, ') for name, _ in right(asked).calls or [("search", {})]]
    ),
    "unknown tool": lambda _: Reply(calls=[("launch_rocket", {"to": "moon"})]),
    "wrong arguments": lambda _: Reply(calls=[("training_cost", {"gpus": {"a": [None]}, "hours": "soon", "colour": True})]),
    "arguments that nobody gave": lambda _: Reply(calls=[("training_cost", {"gpus": 77_777, "hours": 5, "price": 0.01})]),
    "the same call again and again": _same_call,
    "five hundred calls at once": _many_calls,
    "empty content": lambda _: Reply(text=""),
    "empty words": then(lambda _: Reply(text="")),
    "stopped by its length": then(lambda asked: Reply(text=wording(asked), finish="length")),
    "stopped by a filter": then(lambda asked: Reply(text=wording(asked), finish="content_filter")),
    "a call written as text": then(lambda _: Reply(text='```json\n{"name": "training_cost", "arguments": {}}\n```')),
    "prose instead of work": lambda _: Reply(text="I would rather talk about the weather today."),
    "references to nothing": then(lambda _: Reply(text="The cost of the compute is {{f99}} as {{p42}} says.")),
    "braces that never close": then(lambda _: Reply(text="The cost of the compute is {{f1")),
    "another language": then(lambda _: Reply(text="Die Kosten sind {{f1}} und das ist sehr viel Geld für uns alle hier.")),
    "no reason to decline": lambda _: Reply(calls=[("no_figure", {"why": "unknown_name", "name": "H100"})]),
}
#: faults that pass: the model's own words still come
PASSING: dict[str, Script] = {
    "429 once, with Retry-After": once(status(429, retry_after="0.1")),
    "503 once": once(status(503)),
    "connection reset once": once(wired(lambda handler, _: handler.reset())),
    "arguments that are no JSON, once": once(lambda asked: Reply(calls=[(name, "{") for name, _ in right(asked).calls])),
    "unknown tool, once": once(lambda _: Reply(calls=[("launch_rocket", {})])),
    "HTTP/1.0, not streamed": lambda asked: right(asked) if asked.streamed else Reply(wire=lambda handler: _old(handler, asked)),
    "two calls under one id": _same_ids,
    "nobody counts the tokens": lambda asked: Reply(right(asked).calls, right(asked).text, usage=False),
}
