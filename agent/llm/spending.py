"""What a model costs: tokens, dollars by the tables of genai-prices, and the budget of a caller's day."""

from __future__ import annotations

import ipaddress
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aitoll.agent.llm.faults import Fault

if TYPE_CHECKING:
    from pathlib import Path

CHARACTERS_PER_TOKEN = 3  # on the safe side, where nobody counted
SCHEMA = "CREATE TABLE IF NOT EXISTS spending (caller TEXT NOT NULL, day TEXT NOT NULL, usd REAL NOT NULL, PRIMARY KEY (caller, day))"


@dataclass(frozen=True)
class Budget:
    """The dollars of a caller's day; every call reserves what it may cost at most, so that calls at once cannot overrun it together."""

    path: Path
    caller: str
    usd: float

    def reserve(self, most_usd: float | None) -> None:
        """Fault where this call could overrun the day, or where nobody knows its price."""
        if most_usd is None:
            raise Fault("budget", "the price of this model is not known")
        with closing(self._opened()) as store, store:
            store.execute("BEGIN IMMEDIATE")
            spent = store.execute("SELECT usd FROM spending WHERE caller = ? AND day = ?", self._key).fetchone()
            if (spent[0] if spent else 0.0) + most_usd > self.usd:
                raise Fault("budget", "the day's budget is spent")
            self._add(store, most_usd)

    def settle(self, reserved_usd: float, took_usd: float) -> None:
        with closing(self._opened()) as store, store:
            self._add(store, took_usd - reserved_usd)

    def spent(self) -> float:
        with closing(self._opened()) as store:
            row = store.execute("SELECT usd FROM spending WHERE caller = ? AND day = ?", self._key).fetchone()
        return float(row[0]) if row else 0.0

    @property
    def _key(self) -> tuple[str, str]:
        return self.caller, datetime.now(UTC).date().isoformat()

    def _add(self, store: sqlite3.Connection, usd: float) -> None:
        store.execute(
            "INSERT INTO spending VALUES (?, ?, ?) ON CONFLICT (caller, day) DO UPDATE SET usd = MAX(0, usd + excluded.usd)",
            (*self._key, usd),
        )

    def _opened(self) -> sqlite3.Connection:
        """Fault where the books cannot be kept: what cannot be counted is not spent."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            store = sqlite3.connect(self.path, timeout=5)
            store.execute(SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise Fault("budget", type(error).__name__) from error
        return store


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
