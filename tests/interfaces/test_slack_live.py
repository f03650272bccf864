"""A slow answer: each tool as a task of one message that grows and ends as the answer; a status where Slack does not stream."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from aitoll.agent.ask import answer
from aitoll.agent.caller import caller
from aitoll.agent.interfaces.slack_live import title
from aitoll.agent.interfaces.slack_store import Job, store
from aitoll.agent.interfaces.slack_work import Crew
from aitoll.agent.interfaces.slack_workspaces import Workspaces
from aitoll.agent.progress import tell
from aitoll.settings import settings
from tests.interfaces.slack_service import BOT, SlackService, event
from tests.interfaces.slack_stage import FIGURE, RENT, Stage, configure, on_stage, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aitoll.agent.answer import Answer


@pytest.fixture
def callers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An answer that takes a second, as with a language model; who it was made for."""
    heard: list[str] = []

    def slow(*said: Any) -> Answer:
        heard.append(caller())
        time.sleep(0.7)
        tell("search")
        made = answer(*said)  # which tells of its calculator
        time.sleep(0.35)
        tell("checking")
        return made

    monkeypatch.setattr("aitoll.agent.interfaces.slack_answers.answer", slow)
    return heard


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, callers: list[str]) -> Iterator[Stage]:
    assert callers == []
    with on_stage(monkeypatch, tmp_path) as found:
        monkeypatch.setattr("aitoll.agent.interfaces.slack_live.SLOW_S", 0.5)
        yield found


def ask(stage: Stage) -> dict[str, Any]:
    stage.send(event(f"<@{BOT}> {RENT}", "1.000001"))
    assert stage.finished(1) == {"done": 1}
    (message,) = stage.service.messages
    assert FIGURE in json.dumps(message)
    assert stage.service.refused == []
    return message


def test_each_tool_is_a_task_and_the_message_ends_as_the_answer(stage: Stage, callers: list[str]) -> None:
    message = ask(stage)
    (stream,) = stage.service.streams.values()
    assert (message["ts"], message["thread_ts"], stream["growing"]) == (stream["ts"], "1.000001", False)
    assert list(stream["tasks"].values()) == [
        ("Reading the question", "complete"),
        ("Searching the library", "complete"),
        ("cost of the compute", "complete"),
        ("Checking every number", "complete"),
    ]
    assert stage.service.calls["chat.postMessage"] == 0
    assert callers == ["slack:T1:U1"]


def test_where_slack_does_not_stream_a_status_is_shown_and_the_answer_posted(stage: Stage) -> None:
    stage.service.faults["chat.startStream"] = ["method_not_supported_for_channel_type"]
    ask(stage)
    assert (stage.service.calls["assistant.threads.setStatus"], stage.service.calls["chat.postMessage"]) == (1, 1)


def test_a_stream_that_slack_ended_is_written_over(stage: Stage) -> None:
    stage.service.faults["chat.stopStream"] = ["message_not_in_streaming_state"]
    ask(stage)
    assert (stage.service.calls["chat.update"], stage.service.calls["chat.postMessage"]) == (1, 0)


def test_blocks_refused_at_the_end_become_the_text_of_the_same_message(stage: Stage) -> None:
    stage.service.faults["chat.stopStream"] = ["invalid_blocks"]
    message = ask(stage)
    assert ("blocks" in message, FIGURE in message["text"]) == (False, True)


@pytest.mark.parametrize("fault", ["cut", 500, 429])
def test_a_broken_line_at_the_end_gives_one_answer(stage: Stage, fault: Any) -> None:
    stage.service.faults["chat.stopStream"] = [fault]
    ask(stage)


def test_what_a_dead_worker_began_is_ended_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SlackService() as service:
        configure(monkeypatch, service, tmp_path)
        settings.cache_clear()
        kept = store()
        kept.keep(Job("C1:1.1", "message", "T1", "C1", "1.1", "U1", {"text": RENT}, ordered="1.1"))
        dead = kept.claim("dead", 0.2)
        assert dead
        to: dict[str, Any] = {"recipient_user_id": "U1", "recipient_team_id": "T1"}
        ts = Workspaces(kept).client("T1").chat_startStream(channel="C1", thread_ts="1.1", **to)["ts"]  # type: ignore[union-attr]
        assert kept.move(dead, "dead", "waiting", stream=ts)
        crew = Crew(kept, Workspaces(kept), size=1, lease_s=1)
        crew.start()
        until(lambda: kept.counts() == {"done": 1})
        crew.stop()
        assert [(message["ts"], FIGURE in json.dumps(message)) for message in service.messages] == [(ts, True)]


@pytest.mark.parametrize(("tool", "said"), [("search", "Recherche dans la bibliothèque"), ("training_cost", "coût du calcul")])
def test_tasks_are_named_in_the_language_of_the_person(tool: str, said: str) -> None:
    assert title(tool, "fr") == said
