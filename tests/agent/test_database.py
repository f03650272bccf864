"""The one database by itself: made once, brought up to date, found again after a loss; SQLite and Postgres alike."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aitoll.agent import conversations, feedback, owned, schema
from aitoll.agent import database as module
from aitoll.agent.answer import Answer
from aitoll.agent.database import AT_ONCE, Database, database
from aitoll.agent.engines import Sqlite
from aitoll.settings import SettingsError, settings
from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from tests.databases import Server

ROOT = Path(__file__).parent.parent.parent
ANSWER = Answer(id="a1", conversation="c", question="?", language="en", status="answered", text="42")


def remember(id: str) -> None:
    conversations.conversation_of(id).remember("?", {"calls": []}, ANSWER)


@pytest.mark.usefixtures("each_database")
def test_processes_that_start_together_make_the_tables_once(tmp_path: Path) -> None:
    code = "import sys; from aitoll.agent import feedback; feedback.say('local', sys.argv[1], 'up')"
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = [subprocess.Popen([sys.executable, "-c", code, str(number)], cwd=tmp_path, env=surroundings) for number in range(4)]
    assert [process.wait(60) for process in started] == [0] * 4
    assert feedback.counts() == {"up": 4}


@pytest.mark.usefixtures("each_database")
def test_a_transaction_is_whole_or_not_at_all() -> None:
    remember("local/c")
    with pytest.raises(StoreFault, match="nowhere"):
        half_deleted()
    assert len(conversations.export("local/c")) == 1


def half_deleted() -> None:
    with database().writing() as step:
        assert step.changed("DELETE FROM turns") == 1
        step.changed("DELETE FROM nowhere")


@pytest.mark.usefixtures("each_database")
def test_more_transactions_at_once_than_connections_wait_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.2)
    held = [database().reading() for _ in range(AT_ONCE)]
    for one in held:
        one.__enter__()
    with pytest.raises(StoreFault, match="busy"):
        say()
    for one in held:
        one.__exit__(None, None, None)
    say()


def say() -> None:
    feedback.say("local", "a1", "up")


# Versions


@pytest.mark.usefixtures("each_database")
def test_a_later_version_brings_the_tables_up_and_keeps_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    remember("local/c")
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, ("ALTER TABLE turns ADD COLUMN stars INTEGER NOT NULL DEFAULT 5",)))
    module._database.cache_clear()
    assert database().rows("SELECT conversation, stars FROM turns") == [("local/c", 5)]
    module._database.cache_clear()
    assert database().rows("SELECT version FROM schema_version") == [(len(schema.STEPS),)]


@pytest.mark.usefixtures("each_database")
def test_a_database_of_a_later_aitoll_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    remember("local/c")
    monkeypatch.setattr(schema, "STEPS", ())
    module._database.cache_clear()
    with pytest.raises(StoreFault, match="upgrade aitoll"):
        database().rows("SELECT 1")


@pytest.mark.usefixtures("each_database")
def test_a_step_that_fails_leaves_the_version_before(monkeypatch: pytest.MonkeyPatch) -> None:
    remember("local/c")
    steps = schema.STEPS
    monkeypatch.setattr(schema, "STEPS", (*steps, ("ALTER TABLE turns ADD COLUMN stars INTEGER", "ALTER TABLE nowhere ADD COLUMN x TEXT")))
    module._database.cache_clear()
    with pytest.raises(StoreFault, match="nowhere"):
        database().rows("SELECT 1")
    monkeypatch.setattr(schema, "STEPS", steps)
    module._database.cache_clear()
    assert database().rows("SELECT * FROM turns LIMIT 0") == []
    with pytest.raises(StoreFault, match="stars"):
        database().rows("SELECT stars FROM turns")


FORMER = {
    "conversations.sqlite3": """
        CREATE TABLE turns (conversation TEXT NOT NULL, number INTEGER NOT NULL, asked REAL NOT NULL, question TEXT NOT NULL, state TEXT,
            answer TEXT NOT NULL, PRIMARY KEY (conversation, number));
        CREATE TABLE feedback (owner TEXT NOT NULL, answer TEXT NOT NULL, said REAL NOT NULL, thumb TEXT NOT NULL, reason TEXT NOT NULL,
            conversation TEXT, PRIMARY KEY (owner, answer));
        CREATE TABLE links (token TEXT PRIMARY KEY, owner TEXT NOT NULL, made REAL NOT NULL, conversation TEXT, answer_id TEXT NOT NULL,
            answer TEXT NOT NULL);
        INSERT INTO turns VALUES ('local/c', 2, 4e9, 'second', '{"n": 2}', :answer), ('local/c', 1, 4e9, 'first', NULL, :answer);
        INSERT INTO feedback VALUES ('local', 'a1', 4e9, 'down', 'why', 'c');
        INSERT INTO links VALUES ('token', 'local', 4e9, 'c', 'a1', :answer);
    """,
    "spending.sqlite3": """
        CREATE TABLE spending (caller TEXT NOT NULL, day TEXT NOT NULL, usd REAL NOT NULL, PRIMARY KEY (caller, day));
        INSERT INTO spending VALUES ('local', '2100-01-01', 0.25);
    """,
    "slack.sqlite3": """
        CREATE TABLE slack_jobs (key TEXT PRIMARY KEY, kind TEXT NOT NULL, team TEXT NOT NULL, channel TEXT NOT NULL, thread TEXT NOT NULL,
            person TEXT NOT NULL, body TEXT NOT NULL, ordered TEXT NOT NULL, kept REAL NOT NULL, state TEXT NOT NULL DEFAULT 'waiting',
            not_before REAL NOT NULL DEFAULT 0, lease REAL NOT NULL DEFAULT 0, worker TEXT NOT NULL DEFAULT '',
            attempts INTEGER NOT NULL DEFAULT 0, answer_id TEXT NOT NULL DEFAULT '', answer TEXT, messages TEXT,
            posted TEXT NOT NULL DEFAULT '[]', ending TEXT NOT NULL DEFAULT 'done', stream TEXT NOT NULL DEFAULT '');
        CREATE TABLE slack_installations (enterprise TEXT NOT NULL, team TEXT NOT NULL, sealed TEXT NOT NULL,
            PRIMARY KEY (enterprise, team));
        CREATE TABLE slack_states (state TEXT PRIMARY KEY, issued REAL NOT NULL);
        CREATE TABLE slack_feedback (answer_id TEXT NOT NULL, team TEXT NOT NULL, person TEXT NOT NULL, vote TEXT NOT NULL,
            given REAL NOT NULL, PRIMARY KEY (answer_id, person));
        INSERT INTO slack_jobs (key, kind, team, channel, thread, person, body, ordered, kept, state, answer_id, answer) VALUES
            ('C1:1', 'message', 'T1', 'C1', '1', 'U1', '{"text": "?", "conversation": "slack:T1:C1:1"}', '1', 4e9, 'waiting', '', NULL),
            ('C1:2', 'message', 'T1', 'C1', '2', 'U1', '{"text": "?"}', '2', 4e9, 'done', 'a1', :answer);
        INSERT INTO slack_installations VALUES ('', 'T1', 'sealed');
        INSERT INTO slack_feedback VALUES ('a1', 'T1', 'U1', 'up', 4e9);
    """,
}


def test_the_files_of_before_are_taken_over_and_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from aitoll.agent.interfaces.slack_store import store

    answer = ANSWER.model_dump_json()
    for name, script in FORMER.items():
        with closing(sqlite3.connect(tmp_path / name)) as old:
            old.executescript(script.replace(":answer", "'" + answer.replace("'", "''") + "'"))
    monkeypatch.setenv("AITOLL_HOME", str(tmp_path))
    settings.cache_clear()

    assert [turn["text"] for turn in conversations.export("local/c")] == ["42", "42"]
    memory = conversations.conversation_of("local/c")
    assert (memory.last(), memory.questions()) == ({"n": 2}, ["first", "second"])
    assert [(one["thumb"], one["reason"]) for one in feedback.said("local")] == [("down", "why")]
    assert json.loads(feedback.linked("token") or "") == json.loads(answer)
    assert database().rows("SELECT caller, usd FROM spending") == [("local", 0.25)]
    assert store().answer("a1", "T1") == answer
    taken = store().claim("w", 5)
    assert taken
    assert (taken.key, taken.body["text"]) == ("C1:1", "?")
    assert database().rows("SELECT team FROM slack_installations") == [("T1",)]
    assert feedback.counts() == {"down": 1, "up": 1}
    assert sorted(file.name for file in tmp_path.glob("*.sqlite3")) == ["aitoll.sqlite3"]


# Losses


def test_a_file_that_was_deleted_under_us_is_made_anew(tmp_path: Path) -> None:
    here = Database(Sqlite(tmp_path / "a.sqlite3"))
    here.changed("INSERT INTO spending VALUES ('a', '2100-01-01', 1)")
    for file in tmp_path.glob("a.sqlite3*"):
        file.unlink()
    assert here.rows("SELECT * FROM spending") == []
    assert here.changed("INSERT INTO spending VALUES ('a', '2100-01-01', 1)") == 1


@pytest.mark.postgres
def test_a_server_that_was_restarted_is_found_again(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with postgres.empty() as address:
        monkeypatch.setenv("AITOLL_DATABASE_URL", address)
        remember("local/c")
        postgres.stop()
        with pytest.raises(StoreFault, match="Postgres"):
            feedback.say("local", "a1", "up")
        postgres.start()
        assert owned.listed("local")[0]["id"] == "c"
        feedback.say("local", "a1", "up")


@pytest.mark.postgres
def test_a_role_without_the_right_to_make_a_schema_uses_the_one_it_was_given(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with postgres.empty() as address:
        name = address.removeprefix("postgresql:///").partition("?")[0]
        postgres.sql(f"CREATE ROLE {name} LOGIN", name)
        monkeypatch.setenv("AITOLL_DATABASE_URL", address.replace("user=aitoll", f"user={name}"))
        with pytest.raises(StoreFault, match="permission denied"):
            say()
        postgres.sql(f"CREATE SCHEMA aitoll AUTHORIZATION {name}", name)
        say()
        assert feedback.counts() == {"up": 1}


def test_nobody_else_may_read_the_file(tmp_path: Path) -> None:
    Database(Sqlite(tmp_path / "a.sqlite3")).rows("SELECT 1")
    assert {file.stat().st_mode & 0o077 for file in tmp_path.glob("a.sqlite3*")} == {0}


def test_a_missing_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITOLL_DATABASE_URL", "postgresql://localhost/never")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingsError, match=r"pip install 'aitoll\[postgres\]'"):
        conversations.kept()


def test_a_file_of_any_name_may_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITOLL_DATABASE_URL", f"sqlite:///{tmp_path}/deep/mine.db")
    remember("local/c")
    assert (tmp_path / "deep/mine.db").exists()
