"""What is kept between turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitoll import ask
from aitoll.agent import conversations
from aitoll.settings import settings

if TYPE_CHECKING:
    import pytest


def test_a_conversation_is_remembered_by_its_id() -> None:
    ask("CO2 of 10 GWh in France?", conversation="kept-1")
    found = ask("And in Poland?", conversation="kept-1")
    assert (found.status, found.conversation) == ("answered", "kept-1")
    assert [turn["question"] for turn in conversations.export("kept-1")] == ["CO2 of 10 GWh in France?", "And in Poland?"]


def test_conversations_do_not_mix() -> None:
    ask("CO2 of 10 GWh in France?", conversation="apart-1")
    assert ask("And in Poland?", conversation="apart-2").status != "answered"


def test_without_an_id_nothing_is_remembered() -> None:
    ask("CO2 of 10 GWh in France?")
    assert ask("And in Poland?").status != "answered"


def test_a_conversation_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITOLL_HISTORY_TURNS", "2")
    settings.cache_clear()
    for megawatt_hours in (1, 2, 3):
        ask(f"CO2 of {megawatt_hours} MWh in France?", conversation="bounded")
    assert [turn["question"] for turn in conversations.export("bounded")] == ["CO2 of 2 MWh in France?", "CO2 of 3 MWh in France?"]


def test_a_conversation_can_be_deleted() -> None:
    ask("CO2 of 10 GWh in France?", conversation="gone")
    assert conversations.delete("gone") == 1
    assert conversations.export("gone") == []
