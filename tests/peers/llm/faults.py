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
ERROR = {"error": {"message": "something is wrong here", "type": "server_error", "code": None}}
OVERFLOW = {
    "error": {"message": "maximum context length is 8192 tokens", "type": "invalid_request_error", "code": "context_length_exceeded"}
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
    "context overflow": status(400, OVERFLOW),
    "422": status(422),
    "redirect elsewhere": status(307, b"", location="http://127.0.0.1:9/v1/chat/completions"),
    "hang": wired(_hang),
    "slow drip": wired(_drip),
    "body cut": wired(_cut_body),
    "connection closed": wired(_closed),
    "connection reset": wired(lambda handler, _: handler.reset()),
    "malformed JSON": wired(lambda handler, _: handler.send(200, b'{"choices": [')),
    "not UTF-8": wired(lambda handler, _: handler.send(200, b'{"choices": "\xff\xfe"}')),
    "wrong content type": wired(lambda handler, _: handler.send(200, b"<html>hello</html>", kind="text/html")),
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
    "nobody counts the tokens": lambda asked: Reply(right(asked).calls, right(asked).text, usage=False),
}
