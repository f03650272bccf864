"""OpenTelemetry spans and the log of a model's part. Neither holds a question, a text or a key unless that is switched on."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry import trace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"  # the name that OpenTelemetry gave it
log = logging.getLogger("aitoll.llm")
_tracer = trace.get_tracer("aitoll")


@contextmanager
def span(name: str, attributes: Mapping[str, Any] | None = None) -> Iterator[trace.Span]:
    """A part of a turn: plan, model, tool, search, check. An exception is named by its type alone, for its text may hold content."""
    with _tracer.start_as_current_span(
        f"aitoll.{name}", attributes=dict(attributes or {}), record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except BaseException as error:
            current.set_attribute("error.type", type(error).__name__)
            current.set_status(trace.StatusCode.ERROR)
            raise


def content(current: trace.Span, **texts: str) -> None:
    """Texts, where the standard's own switch allows them."""
    if os.environ.get(CONTENT, "").lower() in ("true", "span_only", "span_and_event"):
        for name, text in texts.items():
            current.set_attribute(f"aitoll.content.{name}", text)


def say(event: str, **facts: object) -> None:
    """One line of `name=value`, each value also an attribute of the record."""
    known = {name: value for name, value in facts.items() if value is not None}
    shown = " ".join(f"{name}={value}" for name, value in known.items())
    log.info("%s %s", event, shown, extra={"event": event, **{f"aitoll_{name}": value for name, value in known.items()}})
