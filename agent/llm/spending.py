"""What a model costs: tokens, dollars by the tables of genai-prices, and the budget of a caller's day."""

from __future__ import annotations

import ipaddress
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aitoll.agent.database import database
from aitoll.agent.llm.faults import Fault
from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aitoll.agent.database import Step

CHARACTERS_PER_TOKEN = 3  # on the safe side, where nobody counted
ADD = """
INSERT INTO spending (caller, day, usd) VALUES (?, ?, ?) ON CONFLICT (caller, day) DO UPDATE SET
usd = CASE WHEN spending.usd + excluded.usd < 0 THEN 0 ELSE spending.usd + excluded.usd END RETURNING usd"""


@dataclass(frozen=True)
class Budget:
    """The dollars of a caller's day; every call reserves what it may cost at most, so that calls at once cannot overrun it together.

    All of an answer is of the day on which it began: what was reserved before midnight is settled where it was reserved.
    """

    caller: str
    usd: float
    day: str = field(default_factory=lambda: datetime.now(UTC).date().isoformat())

    def reserve(self, most_usd: float | None) -> None:
        """Fault where this call could overrun the day, or where nobody knows its price."""
        if most_usd is None:
            raise Fault("budget", "the price of this model is not known")
        with self._books() as step:
            if step.rows(ADD, *self._key, most_usd)[0][0] > self.usd:  # the fault undoes it
                raise Fault("budget", "the day's budget is spent")

    def settle(self, reserved_usd: float, took_usd: float) -> None:
        with self._books() as step:
            step.rows(ADD, *self._key, took_usd - reserved_usd)

    def spent(self) -> float:
        with self._books() as step:
            rows = step.rows("SELECT usd FROM spending WHERE caller = ? AND day = ?", *self._key)
        return float(rows[0][0]) if rows else 0.0

    @property
    def _key(self) -> tuple[str, str]:
        return self.caller, self.day

    @contextmanager
    def _books(self) -> Iterator[Step]:
        """Fault where the books cannot be kept: what cannot be counted is not spent."""
        try:
            with database().writing() as step:
                yield step
        except StoreFault as error:
            raise Fault("budget", "the books cannot be kept") from error


@dataclass(frozen=True)
class Price:
    """Of one model; a server on this machine or in its network charges nothing that we know of."""

    model: str
    base_url: str

    def of(self, input_tokens: int, output_tokens: int) -> float | None:
        """Dollars, or None where nobody knows."""
        per_token = _per_token(self.model)
        if per_token is not None:
            return input_tokens * per_token[0] + output_tokens * per_token[1]
        return 0.0 if is_local(self.base_url) else None


@cache
def _per_token(model: str) -> tuple[float, float] | None:
    from genai_prices import Usage, calc_price

    try:
        sides = (Usage(input_tokens=1000), Usage(output_tokens=1000))
        read, written = (float(calc_price(side, model_ref=model).total_price) / 1000 for side in sides)
    except LookupError:
        return None
    return read, written


def is_local(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_loopback or address.is_private


def tokens_of(characters: int) -> int:
    return -(-characters // CHARACTERS_PER_TOKEN)
