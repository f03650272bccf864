"""A figure of the scorecard: what was measured, on how many cases, how sure that is, and what was wanted."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

DOUBT = 0.05
CHANCE = 0.01  # how seldom a smaller sample may come out as bad as this by chance, to be taken for a change
MOODS = {"ms": 1.5, "s": 1.5, "times": 1.5, "MB": 1.5}  # how much worse a machine's mood may make a measurement


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
        wanted = f"{'at most' if self.ceiling else 'at least'} {self.target:g}" if self.target is not None else ""
        verdict = {True: "met", False: "NOT MET", None: ""}[self.met]
        return f"{self.name:52} {shown_value(self):>14}   {wanted:14} {verdict:8} {self.bound} {self.beside}".rstrip()

    @property
    def bound(self) -> str:
        """How sure the figure is, as text."""
        if self.low is not None:
            return f"at least {self.low:.2%} (95 %), {self.cases} cases"
        if self.high is not None:
            return f"at most {self.high:.2%} (95 %), {self.cases} cases"
        return f"{self.cases} cases" if self.cases else ""

    def plain(self) -> dict[str, Any]:
        usual = {field.name: field.default for field in fields(self)}
        return {name: value for name, value in asdict(self).items() if value != usual[name]}

    def worse_than(self, kept: Measured | None) -> bool:
        """Whether a target is missed that was met before, or missed by more, beyond what few cases and a machine's mood explain."""
        if self.target is None or self.met or kept is None:
            return self.met is False
        if self.unit == "share" and self.cases:
            bad = round((self.value if self.ceiling else 1 - self.value) * self.cases)
            usual = max(known if self.ceiling else 1 - known for known in (kept.value, self.target))
            return _at_least(bad, self.cases, usual) < CHANCE
        mood = MOODS.get(self.unit, 1.0)
        return self.value > mood * max(kept.value, self.target) if self.ceiling else self.value * mood < min(kept.value, self.target)


def read(plain: dict[str, Any]) -> Measured:
    return Measured(**{**plain, "failed": tuple(plain.get("failed", ()))})


def share(name: str, tried: list[tuple[str, bool]], how: str, target: float | None = None, beside: str = "") -> Measured:
    """The share of cases that went well, with the exact lower bound of Clopper and Pearson."""
    good, of = sum(well for _, well in tried), len(tried)
    failed = shown(case for case, well in tried if not well)
    return Measured(name, good / of, "share", how, target, cases=of, low=least(good, of), beside=beside, failed=failed)


def none_of(name: str, tried: list[tuple[str, bool]], how: str, beside: str = "", most: float = 0.0) -> Measured:
    """The share of cases in which what must not happen did, with its exact upper bound."""
    failed = [case for case, happened in tried if happened]
    return few_of(name, len(failed), len(tried), how, failed, beside, most)


def few_of(name: str, bad: int, of: int, how: str, failed: Iterable[str], beside: str = "", most: float = 0.0) -> Measured:
    """The same of cases that are too many to hold."""
    return Measured(name, bad / of, "share", how, most, True, of, high=1 - least(of - bad, of), beside=beside, failed=shown(failed))


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


def shown_value(figure: Measured) -> str:
    return f"{figure.value:.2%}" if figure.unit == "share" else f"{figure.value:g} {figure.unit}"


def shown_target(figure: Measured) -> str:
    """As text; nothing where there is none."""
    if figure.target is None:
        return ""
    value = f"{figure.target:.0%}" if figure.unit == "share" else f"{figure.target:g} {figure.unit}"
    return f"{'at most' if figure.ceiling else 'at least'} {value}"
