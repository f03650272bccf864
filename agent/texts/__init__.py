"""Every sentence that we write ourselves, in both languages."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from aitoll.agent.formatting import THIN, Language, digits_deserved, quantity
from aitoll.tools.facts import aliases, rows
from aitoll.tools.patterns import deferred
from aitoll.tools.yaml_files import read

if TYPE_CHECKING:
    from aitoll.tools.estimate import Estimate, Value


@cache
def texts(language: Language) -> dict[str, Any]:
    """Labels and sentences of the answers themselves."""
    found: dict[str, Any] = read(f"agent/texts/{language}")
    return found


@cache
def surface(name: str, language: Language) -> dict[str, Any]:
    """What one surface alone says: read only where that surface runs."""
    found: dict[str, Any] = read(f"agent/texts/{name}.{language}")
    return found


@cache
def tool_texts() -> dict[str, str]:
    """What a model reads of each tool, in the order in which it is shown them: read only where tools are offered."""
    found: dict[str, str] = read("agent/texts/tools")
    return found


def note_in(note: str, language: Language) -> str:
    """A note of a table, in the asker's language: of one in French those clauses that notes.yaml tells."""
    if language == "en":
        return note
    told = (_clause(one.strip()) for one in CLAUSE.split(note))
    return f"{THIN}; ".join(dict.fromkeys(one for one in told if one))


CLAUSE = deferred(r";\s")


def _clause(clause: str) -> str:
    for pattern, french in french_notes().items():
        if match := re.fullmatch(pattern, clause):
            return str(french.format(match[0], *(group.replace(".", ",") for group in match.groups())))
    return ""


@cache
def french_notes() -> dict[str, str]:
    """French of the tables' notes: read only where a French answer has one."""
    found: dict[str, str] = read("agent/texts/notes")
    return found


def sentence(key: str, language: Language, **facts: object) -> str:
    return str(texts(language)["sentences"][key]).format(**facts)


def label(name: str, language: Language) -> str:
    """What a quantity or an input is called."""
    labels = texts(language)["labels"]
    if found := labels.get(name):
        return str(found)
    base, _, relation = name.rpartition("_")
    if relation in ("ratio", "difference") and base in labels:
        return sentence(f"{relation}_of", language, label=labels[base])
    return name.replace("_", " ")


def label_of(found: Estimate, language: Language) -> str:
    """A published total is not called what our formula computes."""
    published = f"{found.name}_published"
    return label(published if found.published and published in texts(language)["labels"] else found.name, language)


def row_name(table: str, id: str, language: Language) -> str:
    """A row as people call it: "Pologne", "H100 SXM5"."""
    cells = rows(table).get(id, {})
    if table == "accelerators":
        return next(iter(aliases(cells)), cells.get("name", id))
    if language == "fr" and table == "inference":
        return note_in(cells.get("name", ""), language) or cells.get("name", "") or id
    return (cells.get("name_fr") if language == "fr" else "") or cells.get("name", "") or id


def passage_of(value: Value, language: Language) -> str:
    """Our wording of what a table holds: the row, the quantity, its value."""
    table, id, _ = value.row.split("/", 2) if value.row.count("/") >= 2 else ("", "", "")
    subject = f"{row_name(table, id, language)}, " if table in ("accelerators", "models", "grids", "facilities", "inference") else ""
    shown = with_range(value.value, value.low, value.high, value.unit, language)
    return f"{subject}{label(value.name, language)}{' : ' if language == 'fr' else ': '}{shown}"


def with_range(value: float, low: float | None, high: float | None, unit: str, language: Language, digits: int | None = None) -> str:
    """ "0,26 (0,155 à 0,345)"; a missing bound is said in words."""
    deserved = digits or max(3, digits_deserved(value, low, high, unit))
    middle = quantity(value, unit, language, deserved)
    if low == high == value:
        return middle
    if high is None:
        return sentence("at_least", language, value=middle)
    if low is None:
        return sentence("at_most", language, value=middle)
    ends = quantity(low, unit, language, deserved), quantity(high, unit, language, deserved)
    return f"{middle} ({sentence('range', language, low=ends[0], high=ends[1])})"
