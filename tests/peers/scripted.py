"""A language model that follows a script: OpenAI's chat completions over a loopback socket, with tool calls and streaming.

    with Scripted([calls(("gpu_budget", {"gpu": "b200"})), says("done")]) as model:
        model.url       # http://127.0.0.1:…/v1
        model.requests  # what it was asked, in order

A step of the script may be a function of the request, so that a final answer can quote a tool's result.
"""

from __future__ import annotations

import itertools
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Message = dict[str, Any]
    Step = Message | Callable[[dict[str, Any]], Message]

_NUMBERS = itertools.count(1)  # hosts refuse an id that comes twice
PIECE = 20  # characters of a streamed delta


def says(text: str) -> Message:
    return {"role": "assistant", "content": text}


def calls(*wanted: tuple[str, dict[str, Any] | str]) -> Message:
    """Calls of tools, side by side; arguments may be text, as a bad model would write it."""
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": f"call_{next(_NUMBERS)}",
                "type": "function",
                "function": {"name": name, "arguments": said if isinstance(said, str) else json.dumps(said)},
            }
            for name, said in wanted
        ],
    }


def quotes_tools(request: dict[str, Any]) -> Message:
    """Says what the tools said."""
    return says("\n".join(tool_results(request)))


def tool_results(request: dict[str, Any]) -> list[str]:
    """The contents of the tool messages, as text."""
    found = [message["content"] for message in request["messages"] if message["role"] == "tool"]
    return [one if isinstance(one, str) else "".join(part.get("text", "") for part in one) for one in found]


class Scripted:
    def __init__(self, script: list[Step]) -> None:
        self.script = list(script)
        self.requests: list[dict[str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"model": self}))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def next(self, request: dict[str, Any]) -> Message:
        self.requests.append(request)
        if len(self.requests) > len(self.script):
            return says("The script is over.")
        step = self.script[len(self.requests) - 1]
        return step(request) if callable(step) else step


class _Handler(BaseHTTPRequestHandler):
    model: Scripted
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._send({"object": "list", "data": [{"id": "scripted", "object": "model", "created": 0, "owned_by": "tests"}]})

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.path.endswith("/chat/completions"):
            self._send({"error": {"message": f"no {self.path} here", "type": "invalid_request_error"}}, 404)
            return
        message = self.model.next(request)
        if request.get("stream"):
            self._stream(message)
        else:
            choice = {"index": 0, "message": message, "finish_reason": _finish(message)}
            self._send({**_head("chat.completion"), "choices": [choice], "usage": _USAGE})

    def _send(self, body: dict[str, Any], status: int = 200) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _stream(self, message: Message) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for event in [*_events(message), "[DONE]"]:
            self.wfile.write(f"data: {event}\n\n".encode())
            self.wfile.flush()
        self.close_connection = True


_USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}


def _head(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 0, "model": "scripted"}


def _finish(message: Message) -> str:
    return "tool_calls" if message.get("tool_calls") else "stop"


def _events(message: Message) -> Iterator[str]:
    for delta in _deltas(message):
        yield json.dumps({**_head("chat.completion.chunk"), "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    last = {"index": 0, "delta": {}, "finish_reason": _finish(message)}
    yield json.dumps({**_head("chat.completion.chunk"), "choices": [last]})
    yield json.dumps({**_head("chat.completion.chunk"), "choices": [], "usage": _USAGE})


def _deltas(message: Message) -> Iterator[dict[str, Any]]:
    yield {"role": "assistant", "content": ""}
    text = message.get("content") or ""
    yield from ({"content": text[start : start + PIECE]} for start in range(0, len(text), PIECE))
    for index, call in enumerate(message.get("tool_calls", ())):
        name, arguments = call["function"]["name"], call["function"]["arguments"]
        yield {"tool_calls": [{"index": index, "id": call["id"], "type": "function", "function": {"name": name, "arguments": ""}}]}
        for start in range(0, len(arguments), PIECE):
            yield {"tool_calls": [{"index": index, "function": {"arguments": arguments[start : start + PIECE]}}]}
