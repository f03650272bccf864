"""A circuit breaker for the whole process: a dead endpoint costs a few users its timeout, not every one."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from aitoll.agent.llm.faults import ENDPOINT, FINAL, Fault

if TYPE_CHECKING:
    from collections.abc import Callable

TOLERATED = 3  # faults in a row
REST_S, LONGEST_REST_S = 30.0, 300.0


@dataclass
class Breaker:
    """Closed; open for a while after some faults in a row; then one question tries, and the others wait for its outcome."""

    clock: Callable[[], float] = time.monotonic
    faults: int = 0
    rests: int = 0
    open_until: float = 0.0
    trying: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self) -> None:
        """Fault where the endpoint is left alone."""
        with self.lock:
            if self.faults < TOLERATED:
                return
            if self.trying or self.clock() < self.open_until:
                raise Fault("resting", f"{self.faults} faults in a row")
            self.trying = True

    def leave(self, fault: Fault | None) -> None:
        with self.lock:
            self.trying = False
            if fault is None or fault.reason not in ENDPOINT:
                self.faults = self.rests = 0
                return
            self.faults = max(TOLERATED, self.faults) if fault.reason in FINAL else self.faults + 1
            if self.faults >= TOLERATED:
                self.open_until = self.clock() + min(REST_S * 2**self.rests, LONGEST_REST_S)
                self.rests = min(self.rests + 1, 8)


@cache
def breaker(endpoint: str, model: str) -> Breaker:  # noqa: ARG001 (they are the key)
    return Breaker()
