"""What is counted, in the text that Prometheus reads."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from aitoll.agent import feedback
from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from aitoll.agent.answer import Answer
    from aitoll.agent.interfaces.desk import Desk

log = logging.getLogger(__name__)


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
        self.add("feedback", "Thumbs that are kept", "thumb", feedback.counts)

    def answered(self, answer: Answer) -> None:
        self._answers.labels(answer.status, answer.model, answer.language).inc()

    def add(self, name: str, said: str, label: str, read: Callable[[], dict[str, int]]) -> None:
        """Numbers that somebody else counts, read when they are asked for."""
        self._registry.register(_Read(name, said, label, read))

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


@dataclass(frozen=True)
class _Read(Collector):
    name: str
    said: str
    label: str
    read: Callable[[], dict[str, int]]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        found = GaugeMetricFamily(f"aitoll_{self.name}", self.said, labels=[self.label])
        try:
            for what, count in sorted(self.read().items()):
                found.add_metric([what], count)
        except StoreFault as fault:  # the others can still be read
            log.error("aitoll_%s: %s", self.name, fault)
        yield found

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Its name, without reading anything."""
        yield GaugeMetricFamily(f"aitoll_{self.name}", self.said, labels=[self.label])


AREAS = ("/api/v1/ask", "/api/v1/calculat", "/api/v1/search", "/api/", "/v1/", "/mcp", "/slack/", "/page/")


def _area(path: str) -> str:
    """Few labels, whatever paths are asked for."""
    return next((area.strip("/") for area in AREAS if path.startswith(area)), "page" if path == "/" or path.startswith("/a/") else "other")
