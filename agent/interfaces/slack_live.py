"""What who waits for a slow answer sees: each tool as a task of a message that grows, or a status where that cannot be."""

from __future__ import annotations

import logging
import queue
import threading
from typing import TYPE_CHECKING, Any, Self

from aitoll.agent.interfaces.slack_blocks import say
from aitoll.agent.texts import label, surface

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_sdk import WebClient

    from aitoll.agent.answer import Language
    from aitoll.agent.interfaces.slack_store import Job
    from aitoll.agent.progress import Progress

log = logging.getLogger(__name__)
SLOW_S = 0.5
MOST_TASKS = 40


class Live:
    """Silent for the first half second, which is longer than a computed answer takes. Nobody's answer hangs on it."""

    def __init__(self, job: Job, client: WebClient, language: Language, keep: Callable[[str], bool]) -> None:
        self._job, self._client, self._language, self._keep = job, client, language, keep
        self._heard: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._titles: list[str] = []
        self.ts = ""
        self._thread = threading.Thread(target=self._show, daemon=True, name="aitoll-slack-live")

    def __enter__(self) -> Self:
        if self._job.thread and not self._job.body.get("overheard"):
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._heard.put(None)
        if self._thread.is_alive():
            self._thread.join(30)

    def hear(self, progress: Progress) -> None:
        if progress.detail:
            self._heard.put(progress.detail)

    def _show(self) -> None:
        if self._ended.wait(SLOW_S):
            return
        try:
            self._begin()
            while (tool := self._heard.get()) is not None:
                self._next(tool)
            if self.ts:
                last = _task(len(self._titles) - 1, self._titles[-1], "complete")
                self._client.chat_appendStream(channel=self._job.channel, ts=self.ts, chunks=[last])
        except Exception as error:  # noqa: BLE001 (an answer without tasks is an answer)
            log.info("Slack: no tasks shown: %s", error)

    def _begin(self) -> None:
        """A stream; its place is kept before anything else happens, so that a crash cannot leave a second one."""
        job = self._job
        try:
            first = [_task(0, say("task_first", self._language), "in_progress")]
            to = {"recipient_user_id": job.person, "recipient_team_id": job.team}
            started = self._client.chat_startStream(channel=job.channel, thread_ts=job.thread, task_display_mode="plan", chunks=first, **to)
        except Exception as error:  # noqa: BLE001
            log.info("Slack: no stream: %s", error)
            self._client.assistant_threads_setStatus(channel_id=job.channel, thread_ts=job.thread, status=say("working", self._language))
            return
        self._titles.append(say("task_first", self._language))
        if self._keep(str(started["ts"])):
            self.ts = str(started["ts"])

    def _next(self, tool: str) -> None:
        if not self.ts or len(self._titles) >= MOST_TASKS:
            return
        last = len(self._titles) - 1
        self._titles.append(title(tool, self._language))
        chunks = [_task(last, self._titles[last], "complete"), _task(last + 1, self._titles[-1], "in_progress")]
        self._client.chat_appendStream(channel=self._job.channel, ts=self.ts, chunks=chunks)


def title(tool: str, language: Language) -> str:
    return str(surface("slack", language).get(f"task_{tool}") or label(tool, language))


def _task(number: int, title: str, status: str) -> dict[str, Any]:
    return {"type": "task_update", "id": f"task-{number}", "title": title, "status": status}
