"""What Slack asked of us and how far each answer is: one row an event, kept before it is acknowledged, taken by one worker at a time.

A row goes waiting → made → posting → done (or failed, or dropped). `posting` says that a message may be out: whoever takes such a row
looks in the thread before posting. A channel is one queue: its oldest row first, and none while another of its rows is in work.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from aitoll.agent import feedback
from aitoll.agent.database import Database, database
from aitoll.agent.retention import DELETE_TURNS, agreed_time, beginning
from aitoll.agent.schema import packed, unpacked

if TYPE_CHECKING:
    from aitoll.agent.database import Value
    from aitoll.agent.feedback import Thumb

State = Literal["waiting", "made", "posting", "done", "failed", "dropped"]
ENDED = ("done", "failed", "dropped")
OPEN = "('waiting', 'made', 'posting')"
COLUMNS = (
    "key, kind, team, channel, thread, person, body, ordered, state, attempts, answer_id, answer, messages, posted, ending, kept, stream"
)
LONGEST_LEASE_S, LONGEST_WAIT_S = 120.0, 1_800.0  # what reaches farther ahead is of a clock that was put back, and holds nothing
HELD, WAITS = "lease BETWEEN ? AND ?", "not_before BETWEEN ? AND ?"  # in this order, as `_spans` gives them
FREE = f"""
job.state IN {OPEN} AND NOT job.{HELD} AND NOT job.{WAITS} AND NOT EXISTS (
    SELECT 1 FROM slack_jobs AS other WHERE other.channel = job.channel AND other.state IN {OPEN} AND other.key <> job.key
    AND (other.{HELD} OR (other.{WAITS} AND other.ordered < job.ordered)))"""  # noqa: S608 (constants)
FIND = f"SELECT key FROM slack_jobs AS job WHERE {FREE} ORDER BY ordered LIMIT 1"  # noqa: S608
TAKE = f"""
UPDATE slack_jobs AS job SET worker = ?, lease = ?, attempts = attempts + 1 WHERE key = ? AND {FREE}
RETURNING {COLUMNS}"""  # noqa: S608
TRIES = 10  # at a row that another worker takes first


@dataclass(frozen=True)
class Job:
    """One thing to answer, and how far it is."""

    key: str
    kind: str  # message, command, recompute, share
    team: str
    channel: str
    thread: str  # empty: no thread, the answer goes to the command's own address
    person: str
    body: dict[str, Any]
    ordered: str = ""
    state: State = "waiting"
    attempts: int = 0
    answer_id: str = ""
    answer: str | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    ending: Literal["done", "failed"] = "done"
    kept: float = 0.0
    stream: str = ""  # a message of ours that grows while the answer is made


class Store:
    """The rows in the one database. A new row is on the disk before it is acknowledged, and its turn to `posting` before it is posted.

    The other steps may be lost with the power, and are taken again: claimed by nobody, made anew, found in the thread.
    """

    def __init__(self, kept_in: Database) -> None:
        self.database = kept_in

    def _changed(self, statement: str, *values: Value, durable: bool = False) -> bool:
        return self.database.changed(statement, *values, durable=durable) > 0

    # What comes in

    def keep(self, job: Job) -> bool:
        """Keep what is to be answered; False where it is known already."""
        conversation = str(job.body.get("conversation") or "")
        return self._changed(
            "INSERT INTO slack_jobs (key, kind, team, channel, thread, person, conversation, body, ordered, kept) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            *(
                job.key,
                job.kind,
                job.team,
                job.channel,
                job.thread,
                job.person,
                conversation,
                json.dumps(job.body),
                job.ordered,
                time.time(),
            ),
            durable=True,
        )

    def edit(self, key: str, text: str) -> bool:
        """A question edited before its answer was made."""
        untaken = "key = ? AND state = 'waiting' AND worker = ''"
        with self.database.writing(durable=True) as step:
            rows = step.rows(f"SELECT body FROM slack_jobs WHERE {untaken}", key)  # noqa: S608 (constants)
            body = json.dumps({**json.loads(rows[0][0]), "text": text}) if rows else ""
            return bool(rows) and step.changed(f"UPDATE slack_jobs SET body = ? WHERE {untaken}", body, key) > 0  # noqa: S608

    def drop(self, key: str) -> bool:
        """A question deleted before its answer went out."""
        return self._changed("UPDATE slack_jobs SET state = 'dropped' WHERE key = ? AND state IN ('waiting', 'made')", key)

    def asked_in(self, channel: str, thread: str, person: str) -> bool:
        """Whether this person has asked us something in this thread."""
        found = "SELECT 1 FROM slack_jobs WHERE channel = ? AND thread = ? AND person = ? LIMIT 1"
        return bool(self.database.rows(found, channel, thread, person))

    # What is worked on

    def claim(self, worker: str, lease_s: float) -> Job | None:
        """The oldest row that is free, of a channel in which nobody works. It is looked for without holding up whoever writes."""
        for _ in range(TRIES):
            now = time.time()
            found = self.database.rows(FIND, *_spans(now))
            if not found:
                return None
            with self.database.writing(serial="slack claims") as step:
                taken = step.rows(TAKE, worker, now + lease_s, found[0][0], *_spans(now))
            if taken:
                return _job(taken[0])
        return None

    def renew(self, worker: str, lease_s: float) -> None:
        """Say that this worker is alive: its rows stay its own."""
        now = time.time()
        mine = f"state IN {OPEN} AND worker = ? AND lease >= ?"
        self._changed(f"UPDATE slack_jobs SET lease = ? WHERE {mine}", now + lease_s, worker, now)  # noqa: S608 (constants)

    def move(self, job: Job, worker: str, state: State, **columns: Any) -> bool:
        """Write how far it is, if it is still this worker's; a row that is at its end, or waits, is given back."""
        values = {"state": state, **columns}
        if state in ENDED:
            values["messages"] = []  # they are in Slack
        if state in ENDED or "not_before" in columns:
            values |= {"lease": 0, "worker": ""}
        names = ", ".join(f"{name} = ?" for name in values)
        mine = "key = ? AND worker = ? AND lease >= ?"
        return self._changed(
            f"UPDATE slack_jobs SET {names} WHERE {mine}",  # noqa: S608 (our own names)
            *(_written(name, value) for name, value in values.items()),
            *(job.key, worker, time.time()),
            durable=state == "posting",
        )

    def counts(self) -> dict[str, int]:
        rows = self.database.rows("SELECT state, COUNT(*) FROM slack_jobs GROUP BY state")
        return {str(state): int(count) for state, count in rows}

    # What is kept

    def answer(self, id: str, team: str) -> str | None:
        """An answer of this workspace, as JSON."""
        found = self.database.rows(
            "SELECT answer FROM slack_jobs WHERE answer_id = ? AND team = ? AND answer IS NOT NULL LIMIT 1", id, team
        )
        return unpacked(found[0][0]) if found else None

    def rate(self, answer_id: str, team: str, person: str, thumb: Thumb) -> bool:
        """Keep a thumb for an answer of this workspace, if it is one."""
        found = self.database.rows("SELECT conversation FROM slack_jobs WHERE answer_id = ? AND team = ? LIMIT 1", answer_id, team)
        if found:
            feedback.say(owner_of(team), answer_id, thumb, conversation=str(found[0][0]) or None, person=person)
        return bool(found)

    def forget(self, days: float) -> None:
        """Rows that are at their end and older than so many days; never those of today, which Slack may still send again."""
        with self.database.writing(serial="looks") as step:
            old = agreed_time(step, "slack") - 86_400 * max(days, 1)
            step.changed(f"DELETE FROM slack_jobs WHERE kept < ? AND state NOT IN {OPEN}", old)  # noqa: S608

    def forget_team(self, team: str) -> None:
        """Everything of a workspace that has removed us, but for its installation."""
        with self.database.writing(durable=True) as step:
            step.changed("DELETE FROM slack_jobs WHERE team = ?", team)
            step.changed("DELETE FROM feedback WHERE owner = ?", owner_of(team))
            step.changed(DELETE_TURNS, *beginning(f"{owner_of(team)}:"))


def _spans(now: float) -> tuple[float, ...]:
    """For FREE: what a lease and a time to wait until may be, twice."""
    return (now, now + LONGEST_LEASE_S, now, now + LONGEST_WAIT_S) * 2


def owner_of(team: str) -> str:
    """The workspace as it owns conversations and feedback."""
    return f"slack:{team}"


def _written(name: str, value: Any) -> Value:
    if name == "answer":
        return packed(value) if value else None
    return json.dumps(value) if isinstance(value, list) else value


def _job(row: tuple[Any, ...]) -> Job:
    said = dict(zip(COLUMNS.split(", "), row, strict=True))
    answer = unpacked(said["answer"]) if said["answer"] else None
    return Job(**said | {"answer": answer} | {name: json.loads(said[name] or "[]") for name in ("body", "messages", "posted")})


def store() -> Store:
    """The one that the settings name."""
    return Store(database())
