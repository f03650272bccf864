"""The two databases behind agent/database.py: SQLite in a file, Postgres at an address. Statements come in SQLite's words."""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from aitoll.settings import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from aitoll.agent.database import Value

LOOK_S = 0.001
PATIENCE_S = 10  # for a lock, and for a connection


class Sqlite:
    """One file, for any number of threads and processes of one machine."""

    faults: tuple[type[Exception], ...] = (sqlite3.Error, OSError)

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = f"the database {path.name}"
        self._turn = threading.Lock()

    def connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch(mode=0o600)
        made = sqlite3.connect(self.path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False)
        made.execute("PRAGMA auto_vacuum = INCREMENTAL")
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("PRAGMA journal_size_limit = 8000000")
        return made

    def prepare(self, connection: sqlite3.Connection) -> None:
        """A file needs nothing before its tables."""

    def begun(self, connection: sqlite3.Connection, *, reads: bool = False, serial: str = "", durable: bool = False) -> bool:  # noqa: ARG002 (writers are one at a time)
        """Begin; False where the file is not there any more."""
        if not self.path.exists():
            return False
        if reads:
            connection.execute("BEGIN")
            return True
        connection.execute("PRAGMA synchronous = FULL" if durable else "PRAGMA synchronous = NORMAL")
        with self._turn:
            connection.execute("PRAGMA busy_timeout = 0")
            try:
                self._begin_writing(connection)
            finally:
                connection.execute(f"PRAGMA busy_timeout = {1_000 * PATIENCE_S}")
        return True

    def _begin_writing(self, connection: sqlite3.Connection) -> None:
        """The threads of a process stand in line, and the first looks often: SQLite's own waiting lets one starve among many."""
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(LOOK_S)
            else:
                return

    def end(self, connection: sqlite3.Connection, how: str) -> None:
        if connection.in_transaction:
            connection.execute(how)

    def execute(self, connection: sqlite3.Connection, statement: str, values: tuple[Value, ...]) -> sqlite3.Cursor:
        return connection.execute(statement, values)

    def create(self, statement: str) -> str:
        return statement

    def shrink(self, connection: sqlite3.Connection) -> None:
        """Give back the room of what was deleted."""
        connection.execute("PRAGMA incremental_vacuum").fetchall()


class Postgres:
    """A server, for several machines; everything lies in a schema of its own, `aitoll`."""

    WORDS = (
        ("INTEGER PRIMARY KEY", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
        ("INTEGER", "BIGINT"),
        ("REAL", "DOUBLE PRECISION"),
        ("BLOB", "BYTEA"),
        ("TEXT", 'TEXT COLLATE "C"'),  # compared as SQLite compares, whatever the server's language
    )

    def __init__(self, address: str) -> None:
        try:
            import psycopg
        except ImportError:
            raise SettingsError("AITOLL_DATABASE_URL", "postgresql://…", "it needs its extra: pip install 'aitoll[postgres]'") from None
        self._psycopg, self._address = psycopg, address
        self.faults: tuple[type[Exception], ...] = (psycopg.Error,)
        self.name = "the Postgres database"

    def connect(self) -> Any:
        made = self._psycopg.connect(self._address, autocommit=True, connect_timeout=PATIENCE_S, application_name="aitoll")
        made.execute(f"SET search_path TO aitoll; SET lock_timeout TO '{PATIENCE_S}s'".encode())
        return made

    def prepare(self, connection: Any) -> None:
        """The schema, made only where it is missing: to ask for it takes a right that not every role has."""
        if connection.execute(b"SELECT to_regnamespace('aitoll')").fetchone()[0] is None:
            connection.execute(b"CREATE SCHEMA aitoll")

    def begun(self, connection: Any, *, reads: bool = False, serial: str = "", durable: bool = False) -> bool:  # noqa: ARG002 (all are)
        """Begin; False where the server has gone away since."""
        try:
            connection.execute(b"BEGIN READ ONLY" if reads else b"BEGIN", prepare=False)
        except self._psycopg.OperationalError:
            if connection.closed:
                return False
            raise
        if serial:
            connection.execute(b"SELECT pg_advisory_xact_lock(hashtext(%s))", (f"aitoll {serial}",))
        return True

    def end(self, connection: Any, how: str) -> None:
        connection.execute(how.encode(), prepare=False)

    def execute(self, connection: Any, statement: str, values: tuple[Value, ...]) -> Any:
        clean = [value.replace("\x00", "\ufffd") if isinstance(value, str) else value for value in values]
        return connection.execute(_spelled(statement), clean)

    def create(self, statement: str) -> str:
        for ours, theirs in self.WORDS:
            statement = re.sub(rf"\b{ours}\b", theirs, statement)
        return statement

    def shrink(self, connection: Any) -> None:
        """Its own vacuum does that."""


@cache
def _spelled(statement: str) -> bytes:
    return statement.replace("%", "%%").replace("?", "%s").encode()
