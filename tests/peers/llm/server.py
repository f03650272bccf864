"""An OpenAI-compatible endpoint over a socket, in both API shapes, that says what its script tells it to say. Standard library only."""

from __future__ import annotations

import json
import socket
import struct
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from tests.peers.llm import shapes

if TYPE_CHECKING:
    from collections.abc import Callable

    Script = Callable[["Asked"], "Reply"]


@dataclass
class Asked:
    """One request, the same for both shapes."""

    shape: str  # chat or responses
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return list(self.body.get("messages") or self.body.get("input") or [])

    @property
    def streamed(self) -> bool:
        return bool(self.body.get("stream"))

    @property
    def tools(self) -> dict[str, dict[str, Any]]:
        """Schemas of the arguments by tool."""
        named = [tool.get("function", tool) for tool in self.body.get("tools", [])]
        return {tool["name"]: tool["parameters"] for tool in named}

    @property
    def told(self) -> list[str]:
        """What the tools have answered since the question."""
        chat = [message["content"] for message in self.messages if message.get("role") == "tool"]
        return chat or [item["output"] for item in self.messages if item.get("type") == "function_call_output"]

    @property
    def said(self) -> list[str]:
        """The texts of user messages: the question first, then corrections."""
        texts = [message["content"] for message in self.messages if message.get("role") == "user"]
        return [text if isinstance(text, str) else "".join(part["text"] for part in text) for text in texts]

    @property
    def question(self) -> str:
        return self.said[0].rpartition("Question:\n")[2]

    @property
    def corrections(self) -> int:
        return len(self.said) - 1


@dataclass
class Reply:
    """Calls, or a text; `wire` replaces both and writes to the socket itself, the rest changes what is said of them."""

    calls: list[tuple[str, Any]] = field(default_factory=list)
    text: str = ""
    finish: str | None = ""
    usage: bool = True
    same_ids: bool = False  # every call of the reply under one id
    wire: Callable[[Handler], None] | None = None
    cut: int | None = None  # how many events of a stream are sent before the connection ends


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Endpoint
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = json.loads(self.rfile.read(length) or b"{}")
        asked = Asked("responses" if self.path.endswith("/responses") else "chat", body, dict(self.headers))
        with self.server.lock:
            self.server.requests.append(asked)
        try:
            self.answer(asked, self.server.script(asked))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def answer(self, asked: Asked, reply: Reply) -> None:
        if reply.wire is not None:
            reply.wire(self)
        elif asked.streamed:
            events = shapes.events(asked.shape, reply, asked.body.get("model", ""))
            self.stream(events if reply.cut is None else events[: reply.cut], cut=reply.cut is not None)
        else:
            self.send(200, shapes.body(asked.shape, reply, asked.body.get("model", "")))

    def send(self, status: int, body: Any, headers: dict[str, str] | None = None, kind: str = "application/json") -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def stream(self, events: list[str], cut: bool = False) -> None:
        """Server-sent events; a cut one ends cleanly for the socket and too soon for the API."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for event in events:
            self.wfile.write(event.encode())
            self.wfile.flush()
        self.close_connection = True
        if not cut and events and not events[-1].startswith("event:"):
            self.wfile.write(b"data: [DONE]\n\n")

    def reset(self) -> None:
        """The connection is torn down, not closed."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Silence."""


class Endpoint(ThreadingHTTPServer):
    """Use as a context manager; `url` is the base address, `requests` what was asked."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script, self.lock = script, threading.Lock()
        self.requests: list[Asked] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: Any) -> None:
        """A client that went away is no news."""
