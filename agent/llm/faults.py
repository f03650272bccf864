"""Why a language model's part of an answer ended without words that may be shown."""

from __future__ import annotations

from typing import Literal

Reason = Literal["slow", "unreachable", "limited", "refused", "off_format", "endless", "budget", "resting", "unchecked"]


class Fault(Exception):
    """`reason` is told to the reader in a warning; `detail` goes to the log and holds neither content nor key."""

    def __init__(self, reason: Reason, detail: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail, self.retry_after_s = reason, detail, retry_after_s


TRANSIENT: frozenset[Reason] = frozenset({"unreachable", "limited"})
ENDPOINT: frozenset[Reason] = frozenset({"slow", "unreachable", "limited", "refused"})  # the circuit breaker counts these


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
    if isinstance(error, openai.APIConnectionError | OSError) or name.endswith(("ConnectError", "ReadError", "ProtocolError")):
        return Fault("unreachable", name)
    return Fault("off_format", name)


def _of_status(error: object) -> Fault:
    status = int(getattr(error, "status_code", 0))
    wait = _seconds(getattr(getattr(error, "response", None), "headers", {}).get("retry-after"))
    if status == 429:
        return Fault("limited", "HTTP 429", wait)
    if status >= 500 or status in (408, 409):
        return Fault("unreachable", f"HTTP {status}", wait)
    return Fault("refused" if status in (401, 402, 403, 404) else "off_format", f"HTTP {status}")


def _seconds(header: str | None) -> float | None:
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None  # a date: the usual wait will do
