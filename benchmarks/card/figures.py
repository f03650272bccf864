"""A figure of the scorecard: what was measured, on how many cases, how sure that is, and what was wanted."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

DOUBT = 0.05


@dataclass(frozen=True)
class Measured:
    """One measurement. `low` and `high` are one-sided 95 % bounds, where cases were counted."""

    name: str
    value: float
    unit: str  # "share", "ms", "times", "MB", …
    how: str
    target: float | None = None
    ceiling: bool = False  # the target is not to be exceeded; else it is to be reached
    cases: int = 0
    low: float | None = None
    high: float | None = None
    beside: str = ""  # what others publish, or the floor of the same run
    failed: tuple[str, ...] = ()  # the cases that failed, shortened

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        return self.value <= self.target if self.ceiling else self.value >= self.target

    def line(self) -> str:
        """For a terminal."""
        shown = f"{self.value:.2%}" if self.unit == "share" else f"{self.value:g} {self.unit}"
        wanted = f"{'at most' if self.ceiling else 'at least'} {self.target:g}" if self.target is not None else ""
        verdict = {True: "met", False: "NOT MET", None: ""}[self.met]
        return f"{self.name:52} {shown:>14}   {wanted:14} {verdict:8} {self.bound} {self.beside}".rstrip()

    @property
    def bound(self) -> str:
        """How sure the figure is, as text."""
        if self.low is not None:
            return f"at least {self.low:.2%} (95 %), {self.cases} cases"
        if self.high is not None:
            return f"at most {self.high:.2%} (95 %), {self.cases} cases"
        return f"{self.cases} cases" if self.cases else ""

    def plain(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value not in (None, "", (), 0, False) or name == "value"}


def read(plain: dict[str, Any]) -> Measured:
    return Measured(**{**plain, "failed": tuple(plain.get("failed", ()))})


def share(name: str, tried: list[tuple[str, bool]], how: str, target: float | None = None, beside: str = "") -> Measured:
    """The share of cases that went well, with the exact lower bound of Clopper and Pearson."""
    good, of = sum(well for _, well in tried), len(tried)
    failed = shown(case for case, well in tried if not well)
    return Measured(name, good / of, "share", how, target, cases=of, low=least(good, of), beside=beside, failed=failed)


def none_of(name: str, tried: list[tuple[str, bool]], how: str, beside: str = "", most: float = 0.0) -> Measured:
    """The share of cases in which what must not happen did, with its exact upper bound."""
    bad, of = sum(happened for _, happened in tried), len(tried)
    failed = shown(case for case, happened in tried if happened)
    return Measured(name, bad / of, "share", how, most, True, of, high=1 - least(of - bad, of), beside=beside, failed=failed)


def shown(cases: Iterable[str]) -> tuple[str, ...]:
    """The first twenty, shortened, and printable whatever they hold."""
    return tuple(case[:160].encode("utf-8", "backslashreplace").decode() for case in islice(cases, 20))


def least(good: int, of: int) -> float:
    """Lower end of the one-sided exact 95 % interval of a share."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_least(good, of, middle) < DOUBT else (low, middle)
    return low


def _at_least(good: int, of: int, p: float) -> float:
    """Chance of `good` or more of `of` at a share of `p`, summed in logarithms."""
    if p <= 0:
        return float(good == 0)
    if p >= 1:
        return 1.0
    whole = math.lgamma(of + 1)
    logs = (whole - math.lgamma(k + 1) - math.lgamma(of - k + 1) + k * math.log(p) + (of - k) * math.log1p(-p) for k in range(good, of + 1))
    return math.fsum(math.exp(log) for log in logs)
