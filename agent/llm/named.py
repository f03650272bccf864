"""The closed vocabulary of a turn: rows that the conversation names, and those that the model looked up by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aitoll.agent.rules.api_names import find_api_model
from aitoll.agent.rules.fold import fold
from aitoll.agent.rules.names import TABLES, find_names, key, rows_named
from aitoll.agent.texts import row_name
from aitoll.tools.facts import near, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitoll.agent.answer import Language
    from aitoll.agent.rules.slots import Slots

NEAREST = 4
API = "api"  # names at a provider's API, which no table of ours holds


@dataclass
class Named:
    """Ids by table, in the order in which they were named."""

    language: Language
    ids: dict[str, dict[str, str]] = field(default_factory=dict)  # table → id → how people call it

    def read(self, questions: Sequence[str], slots: Slots) -> None:
        for question in reversed(questions):
            self.find(question)
            if found := find_api_model(question):
                self.ids.setdefault(API, {})[found] = found
        mended = {
            "accelerators": slots.chips,
            "models": slots.models,
            "grids": slots.places,
            "facilities": slots.sites,
            "inference": slots.systems,
        }
        for table, rows_of in mended.items():
            for id in rows_of:
                self.add(table, id)

    def find(self, text: str) -> list[tuple[str, str]]:
        """The rows that a text names, in every table that knows the name."""
        found: list[tuple[str, str]] = []
        for mention in find_names(text):
            same = [(table, id) for table, id, _ in rows_named(key(mention.text), fold(mention.text[:2]))]
            found += [(mention.table, mention.id), *((mention.table, other) for other in mention.others), *same]
        for table, id in dict.fromkeys(found):
            self.add(table, id)
        return list(dict.fromkeys(found))

    def look_up(self, text: str) -> list[tuple[str, str]]:
        """The same for a name that the model proposes; the nearest ones where no table has it."""
        found = self.find(text) or [(table, id) for table in TABLES for id in near(table, text)[:NEAREST] if id in rows(table)]
        for table, id in found:
            self.add(table, id)
        return found

    def add(self, table: str, id: str) -> None:
        self.ids.setdefault(table, {}).setdefault(id, row_name(table, id, self.language))

    def row(self, table: str, said: str) -> str | None:
        """The id that is meant by an id or a name, where the conversation named it."""
        known = self.ids.get(table, {})
        if said in known:
            return said
        meant = [id for kind, id in Named(self.language).find(said) if kind == table and id in known]
        return meant[0] if meant else None

    def shown(self) -> list[str]:
        return [f"{name} = {id} ({table})" for table, found in self.ids.items() for id, name in found.items()]
