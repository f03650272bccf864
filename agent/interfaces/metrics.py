"""What is counted, in the text that Prometheus reads."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from aitoll.agent.answer import Answer
    from aitoll.agent.interfaces.desk import Desk


class Metrics:
    def __init__(self, desk: Desk) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter("aitoll_requests", "Requests", ["area", "status"], registry=self._registry)
        self._seconds = Histogram("aitoll_request_seconds", "Until the last byte", ["area"], registry=self._registry)
        self._answers = Counter("aitoll_answers", "Answers", ["status", "model", "language"], registry=self._registry)
        for name, said, read in (
            ("running", "Questions being answered", lambda: desk.busy),
            ("waiting", "In line", lambda: len(desk.line)),
        ):
            Gauge(f"aitoll_questions_{name}", said, registry=self._registry).set_function(read)

    def answered(self, answer: Answer) -> None:
        self._answers.labels(answer.status, answer.model, answer.language).inc()

    def text(self) -> bytes:
        return generate_latest(self._registry)

    def around(self, app: ASGIApp) -> ASGIApp:
        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            started, status = time.perf_counter(), [500]

            async def seen(message: Message) -> None:
                if message["type"] == "http.response.start":
                    status[0] = message["status"]
                await send(message)

            try:
                await app(scope, receive, seen)
            finally:
                area = _area(scope["path"])
                self._requests.labels(area, str(status[0])).inc()
                self._seconds.labels(area).observe(time.perf_counter() - started)

        return counted


AREAS = ("/api/v1/ask", "/api/v1/calculat", "/api/v1/search", "/api/", "/v1/", "/mcp", "/slack/", "/page/")


def _area(path: str) -> str:
    """Few labels, whatever paths are asked for."""
    return next((area.strip("/") for area in AREAS if path.startswith(area)), "page" if path == "/" or path.startswith("/a/") else "other")
