"""Why a language model's part of an answer ended without words that may be shown."""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    import openai

Reason = Literal[
    "slow",
    "unreachable",
    "certificate",
    "limited",
    "refused",
    "unknown_model",
    "too_long",
    "off_format",
    "endless",
    "budget",
    "resting",
    "unchecked",
]
# How OpenAI, Azure, vLLM, Mistral, llama.cpp, Ollama, LM Studio, Gemini and Anthropic say that a request is longer than the model reads.
TOO_LONG = re.compile(
    r"context.?(?:length|window|size)|too (?:long|large|many tokens)|exceeds? the (?:maximum|available|model'?s)|token count|n_ctx",
    re.IGNORECASE,
)
NO_MODEL = re.compile(r"invalid.model|model.not.found|no such model", re.IGNORECASE)  # where the status alone does not say so


class Fault(Exception):
    """`reason` is told to the reader in a warning; `detail` goes to the log and holds neither content nor key."""

    def __init__(self, reason: Reason, detail: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail, self.retry_after_s = reason, detail, retry_after_s


TRANSIENT: frozenset[Reason] = frozenset({"unreachable", "limited"})
FINAL: frozenset[Reason] = frozenset({"refused", "certificate", "unknown_model"})  # no wait mends these
ENDPOINT: frozenset[Reason] = FINAL | {"slow", "unreachable", "limited"}  # the circuit breaker counts these


def fault_of(error: BaseException) -> Fault:
    """An exception of the client, the network or the graph, as a Fault."""
    import openai

    if isinstance(error, Fault):
        return error
    if isinstance(error.__cause__, Fault):  # the client wraps what our own hooks raise
        return error.__cause__
    name = type(error).__name__
    if isinstance(error, TimeoutError | openai.APITimeoutError):
        return Fault("slow", name)
    if isinstance(error, openai.APIStatusError):
        return _of_status(error)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
        return Fault("certificate", "TLS")
    if isinstance(error, openai.APIConnectionError | OSError) or name.endswith(("ConnectError", "ReadError", "ProtocolError")):
        return Fault("unreachable", name)
    return Fault("off_format", name)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and what it came from; each client wraps what the socket raised in its own."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _of_status(error: openai.APIStatusError) -> Fault:
    status = error.status_code
    wait = _seconds(error.response.headers.get("retry-after"))
    said = f"{error.message[:2000]} {str(error.body)[:2000]}"
    if status == 429:
        return Fault("limited", "HTTP 429", wait)
    if TOO_LONG.search(said) and status not in (401, 402, 403, 404):
        return Fault("too_long", f"HTTP {status}")
    if status >= 500 or status in (408, 409):
        return Fault("unreachable", f"HTTP {status}", wait)
    if status == 404 or (status in (400, 403) and NO_MODEL.search(said)):
        return Fault("unknown_model", f"HTTP {status}")
    return Fault("refused" if status in (401, 402, 403) else "off_format", f"HTTP {status}")


def _seconds(header: str | None) -> float | None:
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None  # a date: the usual wait will do
