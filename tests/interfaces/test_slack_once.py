"""Each event once: retries, disorder, two web processes' worth of intake, two workers, and a kill in between."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aitoll.agent.interfaces.slack_store import Job, store
from aitoll.agent.interfaces.slack_work import Crew
from aitoll.agent.interfaces.slack_workspaces import Workspaces
from aitoll.settings import settings
from tests.interfaces.slack_service import BOT, SlackService, event
from tests.interfaces.slack_stage import FIGURE, RENT, Stage, Threads, configure, on_stage, until

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
EVENTS, CHANNELS = {"sqlite": 1_000, "postgres": 250}, 20
LEASE_S = 3.0
pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with on_stage(monkeypatch, tmp_path, lambda: Threads(size=0)) as found:
        yield found


def worker(threads: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.interfaces.slack_worker", str(threads), str(LEASE_S)]
    piped: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    started = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, **piped)
    assert started.stdout
    assert started.stdout.readline() == b"ready\n"
    return started


def deliveries(chance: random.Random, events: int) -> list[dict[str, Any]]:
    """Questions in 20 channels, each up to 4 times, as mention, message or both, in any order."""
    kinds = [(number, kind) for number in range(events) for kind in chance.choices(["app_mention", "message"], k=chance.randint(1, 4))]
    made = [
        event(f"<@{BOT}> {RENT}", f"{1_000_000 + number}.000001", kind=kind, channel=f"C{number % CHANNELS}", user=f"U{number % 7}")
        for number, kind in kinds
    ]
    chance.shuffle(made)
    return made


@pytest.mark.slow
def test_a_thousand_events_in_disorder_with_a_kill_are_each_answered_once(stage: Stage, each_database: str) -> None:
    events = EVENTS[each_database]
    crews = [worker(2), worker(2)]
    chance = random.Random(9)
    sent = deliveries(chance, events)
    stage.service.faults["chat.postMessage"] = [*chance.choices([None, None, None, 429, 500, "cut"], k=events * 3 // 10)]
    parts = [sent[start::2] for start in range(2)]
    statuses: list[int] = []
    senders = [threading.Thread(target=lambda part=part: statuses.extend(stage.send(one).status_code for one in part)) for part in parts]
    for sender in senders:
        sender.start()
    until(lambda: len(stage.service.messages) > events // 5, 120)
    crews[0].kill()
    crews[0].wait()
    crews.append(worker(2))
    for sender in senders:
        sender.join()
    try:
        counts = stage.finished(events, 150)
    finally:
        for crew in crews[1:]:
            crew.communicate(timeout=30)
    assert set(statuses) == {200}
    assert counts == {"done": events}, {message["text"][:200] for message in stage.service.messages if FIGURE not in json.dumps(message)}
    answers = Counter((message["channel"], message["thread_ts"]) for message in stage.service.messages)
    assert len(answers) == events
    assert answers.most_common(1)[0][1] == 1
    assert all(FIGURE in json.dumps(message) for message in stage.service.messages)
    assert stage.slack.intake.counts["duplicate"] == len(sent) - events


@pytest.mark.parametrize("step", ["before it is posted", "after it was posted"])
def test_a_worker_that_dies_around_the_post_leaves_one_answer(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SlackService() as service:
        configure(monkeypatch, service, tmp_path)
        settings.cache_clear()
        kept = store()
        kept.keep(Job("C1:1.1", "message", "T1", "C1", "1.1", "U1", {"text": RENT, "conversation": "slack:T1:C1:1.1"}, ordered="1.1"))
        dead = kept.claim("dead", 0.2)
        assert dead
        message: dict[str, Any] = {"text": FIGURE, "unfurl_links": False, "unfurl_media": False}
        assert kept.move(dead, "dead", "posting", messages=[message])
        if step.startswith("after"):
            mark = {"event_type": "aitoll_answer", "event_payload": {"job": "C1:1.1", "part": 0}}
            Workspaces(kept).client("T1").chat_postMessage(channel="C1", thread_ts="1.1", metadata=mark, **message)  # type: ignore[union-attr]
        crew = Crew(kept, Workspaces(kept), size=1, lease_s=LEASE_S)
        crew.start()
        until(lambda: kept.counts() == {"done": 1})
        crew.stop()
        assert [FIGURE in json.dumps(one) for one in service.messages] == [True]
        assert service.calls["conversations.replies"] == 1


def test_a_question_that_ends_its_workers_is_told_to_have_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SlackService() as service:
        configure(monkeypatch, service, tmp_path)
        settings.cache_clear()
        kept = store()
        kept.keep(Job("C1:1.1", "message", "T1", "C1", "1.1", "U1", {"text": RENT}, ordered="1.1"))
        for _ in range(3):
            assert kept.claim("dead", 0.05)
            time.sleep(0.06)
        crew = Crew(kept, Workspaces(kept), size=1, lease_s=LEASE_S)
        crew.start()
        until(lambda: kept.counts() == {"failed": 1})
        crew.stop()
        assert ["Something failed on our side" in one["text"] for one in service.messages] == [True]


# The store by itself


def job(number: int, channel: str = "C1") -> Job:
    return Job(f"{channel}:{number}", "message", "T1", channel, f"{number}", "U1", {"text": "?"}, ordered=f"{number:06d}")


def test_a_channel_is_one_queue_and_channels_are_not() -> None:
    kept = store()
    for one in (job(2), job(1), job(3, "C2")):
        kept.keep(one)
    claimed = [kept.claim(name, 5) for name in ("a", "b", "c")]
    assert [one and one.key for one in claimed] == ["C1:1", "C2:3", None]


def test_a_row_that_waits_holds_back_the_later_ones_of_its_channel() -> None:
    kept = store()
    for one in (job(1), job(2)):
        kept.keep(one)
    first = kept.claim("a", 5)
    assert first
    kept.move(first, "a", "made", not_before=time.time() + 0.3)
    assert kept.claim("a", 5) is None
    time.sleep(0.35)
    again = kept.claim("a", 5)
    assert again
    assert again.key == "C1:1"


def test_a_worker_that_lost_its_row_cannot_write_to_it() -> None:
    kept = store()
    kept.keep(job(1))
    lost = kept.claim("slow", 0.05)
    time.sleep(0.06)
    assert lost
    assert kept.claim("quick", 5)
    assert kept.move(lost, "slow", "posting") is False
    kept.renew("slow", 5)
    assert kept.move(lost, "slow", "done") is False


def test_what_is_at_its_end_is_forgotten_but_never_within_a_day() -> None:
    kept = store()
    for number in (1, 2):
        kept.keep(job(number))
    kept.drop("C1:1")
    kept.forget(0)
    assert kept.counts() == {"dropped": 1, "waiting": 1}
    kept.database.changed("UPDATE slack_jobs SET kept = kept - 90000")
    kept.database.changed("UPDATE looks SET at = at - 700")  # a look ten minutes ago, which a clock is believed by
    kept.forget(0)
    assert kept.counts() == {"waiting": 1}


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path, each_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from aitoll.tools.errors import StoreFault

    (tmp_path / "file").write_text("")
    nowhere = {"sqlite": f"sqlite:///{tmp_path}/file/a.sqlite3", "postgres": f"postgresql:///none?host={tmp_path}"}
    monkeypatch.setenv("AITOLL_DATABASE_URL", nowhere[each_database])
    settings.cache_clear()
    with pytest.raises(StoreFault, match="database"):
        store().keep(job(1))
