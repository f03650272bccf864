"""So many requests a minute of one caller: counted in this process, or in the database where several processes serve."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import Protocol

from aitoll.agent.database import database
from aitoll.tools.errors import StoreFault

log = logging.getLogger(__name__)
MOST_KNOWN = 10_000  # callers whose allowance is remembered
PART = 20  # a process takes a twentieth of what is allowed at once, and counts it down by itself
SKEW_S = 60.0  # how far the clocks of two machines may be apart; an allowance of later than that is of a clock that was put back
ALONE_S = 30.0  # how long a process counts by itself after the database was out of reach


class Counted(Protocol):
    def take(self, who: str) -> float:
        """0 if there is a request left, else the seconds until there is."""


@dataclass
class Allowance:
    """So many requests a minute, so many of them at once."""

    per_minute: int
    at_once: float
    left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, who: str) -> float:
        now = time.monotonic()
        had = refilled(self.left.get(who), now, self.per_minute, self.at_once)
        if len(self.left) > MOST_KNOWN:
            self.left = {name: one for name, one in self.left.items() if now - one[1] < 60}
        self.left[who] = (max(0.0, had - 1) if had >= 1 else had, now)
        return wait_s(had, self.per_minute)


class SharedAllowance:
    """The same over all processes of one database. What a process took and did not use within a minute is lost."""

    def __init__(self, name: str, per_minute: int, at_once: float) -> None:
        self._name, self._per_minute, self._at_once = name, per_minute, at_once
        self._taken: dict[str, tuple[int, float]] = {}
        self._alone = Allowance(per_minute, at_once)
        self._alone_until = 0.0

    def take(self, who: str) -> float:
        count, until = self._taken.get(who, (0, 0.0))
        if count > 0 and time.monotonic() < until:
            self._taken[who] = (count - 1, until)
            return 0.0
        if time.monotonic() < self._alone_until:
            return self._alone.take(who)
        try:
            return self._taken_from_all(who)
        except StoreFault as fault:
            log.error("requests are counted by each process itself: %s", fault)
            self._alone_until = time.monotonic() + ALONE_S
            return self._alone.take(who)

    def _taken_from_all(self, who: str) -> float:
        now, name = time.time(), f"{self._name} {who}"
        with database().writing(serial=name) as step:
            rows = step.rows("SELECT amount, at FROM allowances WHERE who = ?", name)
            had = refilled(rows[0] if rows else None, now, self._per_minute, self._at_once)
            part = min(int(had), max(1, int(self._at_once / PART)))
            then = rows[0][1] if rows else now
            put_back = then > now + SKEW_S
            if part or put_back:
                step.changed(
                    "INSERT INTO allowances (who, amount, at) VALUES (?, ?, ?) "
                    "ON CONFLICT (who) DO UPDATE SET amount = excluded.amount, at = excluded.at",
                    *(name, had - part, now if put_back else max(now, then)),
                )
        if len(self._taken) > MOST_KNOWN:
            self._taken = {one: kept for one, kept in self._taken.items() if kept[1] > time.monotonic()}
        self._taken[who] = (part - 1, time.monotonic() + 60)
        return wait_s(had, self._per_minute)


def refilled(left: tuple[float, float] | None, now: float, per_minute: int, at_once: float) -> float:
    """What there is now, from what there was then."""
    had, then = left or (at_once, now)
    return min(at_once, had + max(0.0, now - then) * per_minute / 60)


def wait_s(had: float, per_minute: int) -> float:
    return 0.0 if had >= 1 else (1 - had) * 60 / per_minute
