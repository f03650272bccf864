"""The work after the acknowledgement: take a row, make its answer, post it, once; say so where that fails."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aitoll.agent.answer import Answer
from aitoll.agent.caller import acting_as
from aitoll.agent.interfaces.slack_answers import made_for
from aitoll.agent.interfaces.slack_blocks import plain_messages, say, text_messages, with_note
from aitoll.agent.interfaces.slack_files import without_files
from aitoll.agent.interfaces.slack_live import Live
from aitoll.agent.interfaces.slack_markup import escaped
from aitoll.agent.interfaces.slack_send import Later, Refused, TooMuch, Unknown, finish, send, there
from aitoll.agent.interfaces.slack_store import LONGEST_WAIT_S
from aitoll.agent.progress import listening
from aitoll.settings import settings

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from aitoll.agent.answer import Language
    from aitoll.agent.interfaces.slack_store import Job, Store
    from aitoll.agent.interfaces.slack_workspaces import Workspaces

log = logging.getLogger(__name__)
LEASE_S = 15.0
TRIES = 3  # at making an answer: a question that ends its worker three times ends no fourth
GIVE_UP_S, LEAST_TRIES = 1_800.0, 5  # after so long, and so many times, an answer is no longer tried: a clock alone may leap
IDLE_S = 0.25


class Worker(threading.Thread):
    """Takes one row after the other until it is told to stop."""

    def __init__(self, store: Store, workspaces: Workspaces, *, lease_s: float = LEASE_S, wake: threading.Event | None = None) -> None:
        super().__init__(daemon=True, name="aitoll-slack")
        self.id = uuid.uuid4().hex
        self.wake = wake or threading.Event()
        self._store, self._workspaces, self._lease_s = store, workspaces, lease_s
        self._ended = threading.Event()

    def stop(self) -> None:
        self._ended.set()
        self.wake.set()

    def run(self) -> None:
        while not self._ended.is_set():
            try:
                job = self._store.claim(self.id, self._lease_s)
                if job is not None:
                    self._work(job)
                    continue
            except Exception:
                log.exception("Slack worker: going on")
                time.sleep(1)
            self.wake.wait(IDLE_S)
            self.wake.clear()

    def _work(self, job: Job) -> None:
        client = self._workspaces.client(job.team, job.body.get("enterprise"))
        if client is None:
            self._store.move(job, self.id, "dropped")
            return
        made = job if job.messages else self._make(job, client)
        if made is not None:
            self._deliver(made, client)

    # Make

    def _make(self, job: Job, client: WebClient) -> Job | None:
        """The row with its messages; None where another worker has it."""
        live = Live(job, client, _language(job), lambda ts: self._store.move(job, self.id, job.state, stream=ts))
        try:
            if job.attempts > TRIES:
                raise RuntimeError(f"{TRIES} workers ended at it")
            with live, listening(live.hear), acting_as(f"slack:{job.team}:{job.person}"):
                found = made_for(job, client, self._store)
        except Exception as error:
            log.exception("Slack: no answer to %s", job.key)
            found = replace(job, messages=text_messages(_failed(job, error)), ending="failed")
        found = replace(found, stream=live.ts or job.stream)
        columns = {"answer_id": found.answer_id, "answer": found.answer, "messages": found.messages, "ending": found.ending}
        return replace(found, state="made") if self._store.move(job, self.id, "made", **columns) else None

    # Deliver

    def _deliver(self, job: Job, client: WebClient) -> None:
        try:
            posted = self._posted(job, client)
            self._store.move(job, self.id, job.ending, posted=posted)
        except Later as wait:
            self._again(job, "made", wait.seconds)
        except Unknown as fault:
            log.warning("Slack: is %s posted? %s", job.key, fault)
            self._again(job, "posting", fault.seconds or min(60.0, 2.0 ** min(job.attempts, 6)))
        except (Refused, TooMuch) as refused:
            self._elsewhere(job, client, str(refused))
        except _Lost:
            log.warning("Slack: %s was taken over by another worker", job.key)

    def _posted(self, job: Job, client: WebClient) -> list[str]:
        """Every part posted, in order. Before each the row says so, so that whoever comes after a crash looks first."""
        if job.state == "posting" and (found := self._look(job, client)):
            job.posted.append(found)
        rest = job.messages[len(job.posted) :]
        while rest:
            self._mine(job, "posting")
            try:
                grown = job.stream and not job.posted
                job.posted.append(finish(client, job, rest[0]) if grown else send(client, job, len(job.posted), rest[0]))
                rest = rest[1:]
            except TooMuch as refused:
                if not {"blocks", "file"} & set(rest[0]):
                    raise
                log.warning("Slack: %s of %s refused: %s", "file" if "file" in rest[0] else "blocks", job.key, refused)
                rest = without_files(rest) if "file" in rest[0] else _as_text(job, rest)
                job.messages[len(job.posted) :] = rest
        return job.posted

    def _look(self, job: Job, client: WebClient) -> str | None:
        try:
            return there(client, job, len(job.posted))
        except (Refused, Unknown) as fault:
            if isinstance(fault, Unknown) and not job.body.get("response_url"):
                raise
            log.warning("Slack: cannot look for %s: %s", job.key, fault)
            job.messages[len(job.posted) :] = text_messages(say("interrupted", _language(job), reference=reference(job)))
            return None

    def _mine(self, job: Job, state: Any) -> None:
        if not self._store.move(job, self.id, state, messages=job.messages, posted=job.posted):
            raise _Lost

    def _again(self, job: Job, state: Any, seconds: float) -> None:
        if time.time() - job.kept > GIVE_UP_S and job.attempts >= LEAST_TRIES:
            log.error("Slack: %s given up after %s s", job.key, GIVE_UP_S)
            self._store.move(job, self.id, "failed")
        else:
            until = time.time() + min(seconds, LONGEST_WAIT_S)
            self._store.move(job, self.id, state, posted=job.posted, messages=job.messages, not_before=until)

    def _elsewhere(self, job: Job, client: WebClient, reason: str) -> None:
        """Where the channel is closed to us, the asker is told directly."""
        log.error("Slack: %s refused: %s", job.key, reason)
        note = say("unreachable", _language(job), reason=escaped(reason))
        told = replace(job, channel=job.person, thread="", body={**job.body, "response_url": None})
        try:
            for part, message in enumerate(with_note(without_files(job.messages[len(job.posted) :]) or text_messages(note), note)):
                self._mine(job, "posting")
                send(client, told, part, message)
        except (Later, Unknown, Refused, TooMuch) as fault:
            log.error("Slack: nor could %s be told: %s", job.person, fault)
        self._store.move(job, self.id, "failed")


class _Lost(Exception):
    """The lease ran out, and another worker has the row."""


def _as_text(job: Job, rest: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is left of the answer without blocks."""
    if job.answer and not job.posted:
        return plain_messages(Answer.model_validate_json(job.answer))
    return [part for message in without_files(rest) for part in text_messages(message["text"])]


def reference(job: Job) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, job.key).hex[:8]


def _language(job: Job) -> Language:
    return "fr" if job.body.get("language", settings().language) == "fr" else "en"


def _failed(job: Job, error: Exception) -> str:
    from aitoll.tools.errors import AitollError

    detail = str(error) if isinstance(error, AitollError) else type(error).__name__
    return say("failed", _language(job), detail=escaped(detail), reference=reference(job))


class Crew:
    """The workers of one process, and the pulse that keeps their rows theirs."""

    def __init__(self, store: Store, workspaces: Workspaces, size: int = 4, lease_s: float = LEASE_S) -> None:
        self.wake = threading.Event()
        self._store, self._lease_s = store, lease_s
        self._workers = [Worker(store, workspaces, lease_s=lease_s, wake=self.wake) for _ in range(size)]
        self._ended = threading.Event()
        self._pulse = threading.Thread(target=self._beat, daemon=True, name="aitoll-slack-pulse")

    def start(self) -> None:
        for thread in (*self._workers, self._pulse):
            thread.start()

    def stop(self, patience_s: float = 5) -> None:
        """Let the rows in work end, and take no other."""
        self._ended.set()
        for worker in self._workers:
            worker.stop()
        for worker in self._workers:
            worker.join(patience_s)

    def _beat(self) -> None:
        beats = 0
        while not self._ended.wait(self._lease_s / 3):
            try:
                for worker in self._workers:
                    self._store.renew(worker.id, self._lease_s)
                if beats % 360 == 0:
                    self._store.forget(settings().history_days)
            except Exception:
                log.exception("Slack pulse: going on")
            beats += 1


def worker_process() -> int:
    """What `aitoll slack --worker` runs: it works until its input closes; each line there wakes a worker."""
    import signal

    from aitoll.agent.interfaces.slack_store import store
    from aitoll.agent.interfaces.slack_workspaces import Workspaces

    for number in (signal.SIGINT, signal.SIGTERM):  # sent to the whole group: the server ends us, when it has ended itself
        signal.signal(number, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(5)  # on a busy machine acknowledging comes first
    kept = store()
    crew = Crew(kept, Workspaces(kept))
    crew.start()
    while sys.stdin.buffer.readline():
        crew.wake.set()
    crew.stop()
    return 0
