"""Faults of the store and of a document, in the asker's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitoll.agent.texts import surface

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aitoll.agent.formatting import Language
    from aitoll.tools.errors import AitollError


def told(error: AitollError, language: Language) -> str:
    """A clause that says what is the matter and what would mend it."""
    said = surface("store", language)["faults"].get(error.facts.get("key"))
    return str(said).format(**error.facts) if said else str(error)


def partly(missed: Iterable[AitollError], language: Language) -> list[str]:
    """A warning for each thing that kept a search from being whole."""
    return [str(surface("store", language)["partly"]).format(detail=told(fault, language)) for fault in missed]
