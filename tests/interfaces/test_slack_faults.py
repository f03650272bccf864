"""Slack when things go wrong: limits, broken lines, closed channels, forged and hostile requests. Nothing twice, nothing silent."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.interfaces.slack_service import BOT, SECRET, event, signed
from tests.interfaces.slack_stage import FIGURE, RENT, Stage, Threads, on_stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with on_stage(monkeypatch, tmp_path) as found:
        yield found


# What may go wrong


def test_a_rate_limit_is_waited_for_and_holds_the_channel(stage: Stage) -> None:
    stage.service.faults["chat.postMessage"] = [429]
    for number in range(3):
        stage.send(event(f"<@{BOT}> {RENT}", f"{number}.000001"))
    started = time.monotonic()
    stage.finished(3)
    assert time.monotonic() - started >= 0.9
    assert [message["thread_ts"] for message in stage.service.messages] == ["0.000001", "1.000001", "2.000001"]


def test_a_channel_at_one_message_a_second_gets_every_answer_in_order(stage: Stage) -> None:
    stage.service.per_second = 2
    for number in range(5):
        stage.send(event(f"<@{BOT}> {RENT}", f"{number}.000001"))
    assert stage.finished(5) == {"done": 5}
    assert [message["thread_ts"] for message in stage.service.messages] == [f"{number}.000001" for number in range(5)]


@pytest.mark.parametrize("fault", ["cut", 500, 503, "internal_error"])
def test_a_broken_line_gives_neither_two_answers_nor_none(stage: Stage, fault: Any) -> None:
    stage.service.faults["chat.postMessage"] = [fault]
    stage.send(event(f"<@{BOT}> {RENT}", "1.000001"))
    assert stage.finished(1) == {"done": 1}
    assert [FIGURE in json.dumps(message) for message in stage.service.messages] == [True]


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long", "msg_too_long"])
def test_refused_blocks_become_text_with_every_source(stage: Stage, error: str) -> None:
    stage.service.faults["chat.postMessage"] = [error]
    stage.send(event(f"<@{BOT}> {RENT}", "1.000001"))
    assert stage.finished(1) == {"done": 1}
    (message,) = stage.service.messages
    assert (FIGURE in json.dumps(message), "blocks" in message) == (True, False)


def test_a_channel_that_is_closed_to_us_has_the_answer_sent_to_the_asker(stage: Stage) -> None:
    stage.service.faults["chat.postMessage"] = ["not_in_channel"]
    stage.send(event(f"<@{BOT}> {RENT}", "1.000001"))
    assert stage.finished(1) == {"failed": 1}
    (message,) = stage.service.messages
    assert (message["channel"], "not_in_channel" in message["text"], FIGURE in json.dumps(message)) == ("U1", True, True)


def test_a_failure_of_ours_is_told_in_the_thread(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("aitoll.agent.interfaces.slack_answers.answer", broken)
    stage.send(event(f"<@{BOT}> {RENT}", "1.000001"))
    assert stage.finished(1) == {"failed": 1}
    (message,) = stage.service.messages
    assert "Something failed on our side" in message["text"]
    assert "secret detail" not in message["text"]


def test_nothing_is_acknowledged_that_cannot_be_kept(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from aitoll.tools.errors import StoreFault

    def full(*_: object) -> bool:
        raise StoreFault(detail="disk full")

    monkeypatch.setattr(stage.store, "keep", full)
    assert stage.send(event(f"<@{BOT}> {RENT}", "1.000001")).status_code == 500


# Hostile


def test_signatures_that_are_wrong_old_early_or_absent_are_refused(stage: Stage) -> None:
    body = json.dumps(event(f"<@{BOT}> {RENT}", "1.1")).encode()
    now = time.time()
    tried = [
        signed(body, "wrong"),
        signed(body, at=now - 360),
        signed(body, at=now + 360),
        signed(body + b" "),
        {**signed(body), "x-slack-request-timestamp": "soon"},
        {**signed(body), "x-slack-signature": ""},
        {"content-type": "application/json"},
    ]
    assert [stage.raw(body, headers).status_code for headers in tried] == [401] * len(tried)
    assert (stage.store.counts(), stage.slack.counts()["bad_signature"]) == ({}, len(tried))


def test_a_replayed_request_changes_nothing(stage: Stage) -> None:
    body = json.dumps(event(f"<@{BOT}> {RENT}", "1.1")).encode()
    headers = signed(body)
    assert [stage.raw(body, headers).status_code for _ in range(5)] == [200] * 5
    stage.finished(1)
    assert (len(stage.service.messages), stage.slack.counts()["duplicate"]) == (1, 4)


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"x" * 1_000_000, 413), (b"{", 400), (b"[" * 100_000, 400), (b"\xff\xfe", 401), (b"[]", 400), (b"null", 400), (b"", 400)],
)
def test_bodies_that_are_no_request_are_refused_and_do_no_harm(stage: Stage, body: bytes, status: int) -> None:
    assert stage.raw(body).status_code in (status, 404)
    assert stage.send(event(f"<@{BOT}> {RENT}", "1.1")).status_code == 200
    assert stage.finished(1) == {"done": 1}


def test_markup_of_a_question_comes_back_inert(stage: Stage) -> None:
    bomb = "&lt;!channel&gt; @here &lt;https://evil.example|click&gt; [x](https://evil.example) " + f"<@{BOT}> " * 200
    stage.send(event(f"{bomb} What is a Zorglub-9000 &lt;!everyone&gt; worth?", "1.1"))
    stage.command(f"{bomb} Training cost of Zorglub 9000B?")
    stage.finished(2)
    everything = json.dumps([stage.service.messages, stage.service.responses])
    assert not re.search(r"<!|<@U(?!1>)|@(here|channel|everyone)\b|\(https://evil|<https://evil", everything)
    assert stage.service.refused == []


def test_a_long_question_is_answered_within_the_limits(stage: Stage) -> None:
    stage.send(event(f"<@{BOT}> " + RENT * 400, "1.1"))
    stage.finished(1)
    assert len(stage.service.messages) == 1
    assert stage.service.refused == []


def test_url_verification_needs_a_signature_too(stage: Stage) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c", "token": "t"}).encode()
    assert stage.raw(body).json() == {"challenge": "c"}
    assert stage.raw(body, signed(body, "wrong" + SECRET)).status_code == 401


# Edits and deletions, while the answer waits


def test_an_edit_or_a_deletion_before_the_answer_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with on_stage(monkeypatch, tmp_path, lambda: Threads(size=0)) as stage:
        for ts in ("1.1", "2.1"):
            stage.send(event("What does it cost?", ts, kind="message", channel="D1", channel_type="im"))
        edited: dict[str, Any] = {"subtype": "message_changed", "message": {"ts": "1.1", "text": RENT}, "channel_type": "im"}
        stage.send(event("", "3.1", kind="message", channel="D1", **edited))
        stage.send(event("", "4.1", kind="message", channel="D1", subtype="message_deleted", deleted_ts="2.1"))
        assert stage.store.counts() == {"waiting": 1, "dropped": 1}
        assert json.loads(stage.store.database.rows("SELECT body FROM slack_jobs WHERE key = 'D1:1.1'")[0][0])["text"] == RENT
