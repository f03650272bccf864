"""What is kept between turns, in either database."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from aitoll import ask
from aitoll.agent import conversations, feedback, owned, retention
from aitoll.agent.answer import Answer
from aitoll.agent.ask import answer
from aitoll.agent.database import database
from aitoll.settings import settings
from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FRANCE, POLAND = "CO2 of 10 GWh in France?", "And in Poland?"
pytestmark = pytest.mark.usefixtures("each_database")


def questions(id: str) -> list[str]:
    return [turn["question"] for turn in conversations.export(id)]


def test_a_conversation_is_remembered_by_its_id() -> None:
    ask(FRANCE, conversation="kept-1")
    found = ask(POLAND, conversation="kept-1")
    assert (found.status, found.conversation) == ("answered", "kept-1")
    assert questions("kept-1") == [FRANCE, POLAND]


def test_conversations_do_not_mix() -> None:
    ask(FRANCE, conversation="apart-1")
    assert ask(POLAND, conversation="apart-2").status != "answered"


def test_without_an_id_nothing_is_remembered() -> None:
    ask(FRANCE)
    assert ask(POLAND).status != "answered"
    assert conversations.kept() == []


def test_a_conversation_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITOLL_HISTORY_TURNS", "2")
    settings.cache_clear()
    for megawatt_hours in (1, 2, 3):
        ask(f"CO2 of {megawatt_hours} MWh in France?", conversation="bounded")
    assert questions("bounded") == ["CO2 of 2 MWh in France?", "CO2 of 3 MWh in France?"]


def test_a_conversation_in_memory_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITOLL_HISTORY_TURNS", "3")
    settings.cache_clear()
    memory = conversations.InMemory()
    for count in range(10, 16):
        found = answer(f"And with {count} H100s?" if memory.questions() else "CO2 of 10 H100s in a week in France?", memory)
    assert memory.questions() == ["And with 13 H100s?", "And with 14 H100s?", "And with 15 H100s?"]
    assert found.status == "answered"


@pytest.mark.parametrize("name", ["AITOLL_HISTORY_TURNS", "AITOLL_HISTORY_DAYS"])
def test_with_a_history_of_nothing_nothing_is_kept(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "0")
    settings.cache_clear()
    ask(FRANCE, conversation="none")
    assert ask(POLAND, conversation="none").status != "answered"
    assert conversations.kept() == []


def test_a_conversation_can_be_deleted_with_what_hangs_on_it() -> None:
    for name in ("gone", "stays"):
        made = owned.ask_owned("local", FRANCE, name, None)
        feedback.say("local", made.id, "up", conversation=name)
        feedback.link("local", name, made.id, made.model_dump_json())
    assert conversations.delete("local/gone") == 1
    assert [id for id, _, _ in conversations.kept()] == ["local/stays"]
    assert [one["conversation"] for one in feedback.said("local")] == ["stays"]
    assert database().rows("SELECT conversation FROM links") == [("stays",)]
    assert conversations.delete() == 1
    assert database().rows("SELECT 1 FROM turns UNION ALL SELECT 1 FROM feedback UNION ALL SELECT 1 FROM links") == []


def test_the_commands_list_export_and_delete(capsys: pytest.CaptureFixture[str]) -> None:
    from aitoll.agent.interfaces.question import main

    for name in ("a", "b"):
        ask(FRANCE, conversation=name)
    assert main(["conversations", "list"]) == 0
    assert [line.split("\t")[:2] for line in capsys.readouterr().out.splitlines()] == [["b", "1"], ["a", "1"]]
    assert main(["conversations", "export", "a"]) == 0
    assert [turn["question"] for turn in json.loads(capsys.readouterr().out)] == [FRANCE]
    assert main(["conversations", "delete", "a"]) == 0
    assert main(["conversations", "export", "a"]) == 2
    assert main(["conversations", "delete", "--all"]) == 0
    assert "1 turn(s) deleted" in capsys.readouterr().out
    assert conversations.kept() == []


@pytest.mark.parametrize("id", ["x" * 300, "with \x00 in it", "\ud800", "naïve – ½ 会話", "50% ?"])
def test_any_id_is_a_conversation_of_its_own(id: str) -> None:
    ask(FRANCE, conversation=id)
    ask("CO2 of 20 GWh in France?", conversation=f"{id}2")
    assert ask(POLAND, conversation=id).status == "answered"
    assert questions(id) == [FRANCE, POLAND]
    assert conversations.delete(id) == 2


def test_a_question_with_any_character_is_kept() -> None:
    ask(f"{FRANCE} \x00 \ud800 %s ? 会", conversation="odd")
    assert ask(POLAND, conversation="odd").conversation == "odd"
    assert len(questions("odd")) == 2


def test_turns_of_one_conversation_at_once_are_all_kept() -> None:
    asked = [f"CO2 of {number} GWh in France?" for number in range(1, 17)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda question: ask(question, conversation="busy"), asked))
    assert {one.status for one in made} == {"answered"}
    assert sorted(questions("busy")) == sorted(asked)
    assert ask(POLAND, conversation="busy").status == "answered"


@pytest.mark.parametrize(("question", "said"), [(FRANCE, "cannot be reached"), ("CO2 de 10 GWh en France ?", "ne peut pas être jointe")])
def test_without_its_database_a_question_is_answered_and_says_so(
    question: str, said: str, tmp_path: Path, each_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    nowhere = {"sqlite": f"sqlite:///{tmp_path}/file/a.sqlite3", "postgres": f"postgresql:///aitoll?host={tmp_path}&password=secret"}
    monkeypatch.setenv("AITOLL_DATABASE_URL", nowhere[each_database])
    settings.cache_clear()
    made = ask(question, conversation="lost")
    assert (made.status, [said in one for one in made.warnings]) == ("answered", [True])
    with pytest.raises(StoreFault) as fault:
        conversations.kept()
    assert "secret" not in str(fault.value)


# Whose they are


def test_a_principal_sees_and_deletes_only_its_own() -> None:
    for owner in ("key-a", "key-ab", "key-a/b"):
        owned.ask_owned(owner, FRANCE, "mine", None)
    assert [one["id"] for one in owned.listed("key-ab")] == ["mine"]
    assert owned.ask_owned("key-b", POLAND, "mine", None).status != "answered"
    assert owned.forget("key-ab") == 1
    assert sorted(id for id, _, _ in conversations.kept()) == ["key-a/b/mine", "key-a/mine", "key-b/mine"]


def test_conversations_are_listed_by_when_they_were_used_with_their_first_question() -> None:
    for question, name in ((FRANCE, "b"), (FRANCE, "A"), ("CO2 of 1 GWh in Poland?", "é"), (POLAND, "b")):
        owned.ask_owned("local", question, name, None)
    listed = owned.listed("local")
    assert [(one["id"], one["turns"], one["first_question"]) for one in listed] == [
        ("b", 2, FRANCE),
        ("é", 1, "CO2 of 1 GWh in Poland?"),
        ("A", 1, FRANCE),
    ]


def test_all_of_a_principals_conversations_go_however_many() -> None:
    made = Answer(id="a", question="?", language="en", status="answered", text="x")
    for number in range(owned.MOST_LISTED + 5):
        conversations.conversation_of(f"local/{number}").remember("?", None, made)
    assert owned.forget("local") == owned.MOST_LISTED + 5


# How long they are kept


@pytest.fixture
def months_later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """And so many minutes."""
    now = time.time()
    return lambda minutes: monkeypatch.setattr(time, "time", lambda: now + 31 * 86_400 + 60 * minutes)


def test_what_is_too_old_is_neither_used_nor_shown_and_then_deleted(months_later: Callable[[float], None]) -> None:
    made = owned.ask_owned("local", FRANCE, "old", None)
    feedback.say("local", made.id, "down", "wrong", "old")
    token = feedback.link("local", "old", made.id, made.model_dump_json())
    assert feedback.linked(token)
    months_later(0)
    assert owned.ask_owned("local", POLAND, "old", None).status != "answered"
    assert (questions("local/old"), feedback.said("local"), feedback.linked(token)) == ([POLAND], [], None)
    for minutes in (0, 11):  # the first look believes no clock yet: tests/agent/test_clock.py
        months_later(minutes)
        retention.sweep()
    assert database().rows("SELECT COUNT(*) FROM turns") == [(1,)]
    assert database().rows("SELECT 1 FROM feedback UNION ALL SELECT 1 FROM links") == []


def test_a_principal_keeps_the_conversations_it_used_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "MOST_CONVERSATIONS", 2)
    for name in ("a", "b", "c", "a"):
        owned.ask_owned("key-a", FRANCE, name, None)
    ask(FRANCE, conversation="of a program")
    retention.sweep()
    assert sorted(id for id, _, _ in conversations.kept()) == ["key-a/a", "key-a/c", "of a program"]


def test_the_sweep_comes_by_itself(monkeypatch: pytest.MonkeyPatch, months_later: Callable[[float], None]) -> None:
    ask(FRANCE, conversation="old")
    monkeypatch.setattr(retention, "EVERY_TURNS", 1)
    for minutes in (0, 11):
        months_later(minutes)
        ask(FRANCE, conversation="new")
    assert database().rows("SELECT conversation FROM turns") == [("new",), ("new",)]


def test_a_thumb_is_one_word_of_each_person() -> None:
    for person, thumb in (("U1", "up"), ("U2", "up"), ("U1", "down")):
        feedback.say("slack:T1", "a1", "up" if thumb == "up" else "down", person=person)
    assert feedback.counts() == {"down": 1, "up": 1}


def test_an_answer_has_one_link() -> None:
    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(lambda _: feedback.link("local", "c", "a1", "{}"), range(8)))
    assert len(tokens) == 1
