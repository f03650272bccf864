"""The row that a name means: its id, its name in either language or an alias, in any case, with or without accents and hyphens."""

from __future__ import annotations

import unicodedata
from functools import cache

from aitoll.tools.errors import UnknownName
from aitoll.tools.facts import aliases, near, rows
from aitoll.tools.patterns import deferred

_TOKEN = deferred(r"[a-z]+|\d+(?:\.\d+)*")
MOST_OFFERED = 6


def resolved(table: str, said: str) -> str:
    """The id of the one row that this names; UnknownName where there is none, or several, which it then offers."""
    if said in rows(table):
        return said
    found = _spelt(table).get(said.strip().casefold()) or _named(table).get(_key(said), ())
    if len(found) == 1:
        return found[0]
    raise UnknownName(table=table, name=said, near=list(found[:MOST_OFFERED]) or near(table, said))


def _key(text: str) -> tuple[str, ...]:
    """ "Llama-3.1-405B", "llama 3.1 405b" and "LLaMA3.1 405B" are one."""
    plain = unicodedata.normalize("NFKD", text.replace("×", "x")).casefold()
    return tuple(_TOKEN.findall("".join(letter for letter in plain if not unicodedata.combining(letter))))


@cache
def _spelt(table: str) -> dict[str, tuple[str, ...]]:
    """Letter for letter: "us-east-1" is a region of one cloud, "us-east1" of another."""
    found: dict[str, tuple[str, ...]] = {}
    for id, cells in rows(table).items():
        for name in (id, cells.get("name", ""), cells.get("name_fr", ""), *aliases(cells)):
            spelt = name.casefold()
            found[spelt] = tuple(dict.fromkeys((*found.get(spelt, ()), id)))
    return found


@cache
def _named(table: str) -> dict[tuple[str, ...], tuple[str, ...]]:
    found: dict[tuple[str, ...], dict[str, None]] = {}
    for id, cells in rows(table).items():
        names = [cells.get("name", ""), cells.get("name_fr", "")]
        # "Georgia (US)" and "Georgia (country)": which one is asked
        bare = [name.split(" (")[0] for name in names if cells.get("kind") in ("country", "us_state")]
        for name in (id, *names, *bare, *aliases(cells)):
            if key := _key(name):
                found.setdefault(key, {})[id] = None
    return {key: tuple(ids) for key, ids in found.items()}
