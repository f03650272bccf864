"""One database for all that is kept: SQLite in AITOLL_HOME, or Postgres by AITOLL_DATABASE_URL; one transaction at a time each."""

from __future__ import annotations

import os
import threading
import time
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from aitoll.agent.schema import discard_former, upgrade
from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from collections.abc import Iterator

Value: TypeAlias = str | bytes | int | float | None
FILE = "aitoll.sqlite3"
AT_ONCE = 8  # connections of one process
PATIENCE_S = 10.0


class Engine(Protocol):
    """What differs between the two."""

    name: str
    faults: tuple[type[Exception], ...]

    def connect(self) -> Any: ...
    def prepare(self, connection: Any) -> None: ...
    def begun(self, connection: Any, *, reads: bool = False, serial: str = "", durable: bool = False) -> bool: ...
    def end(self, connection: Any, how: str) -> None: ...
    def execute(self, connection: Any, statement: str, values: tuple[Value, ...]) -> Any: ...
    def create(self, statement: str) -> str: ...
    def shrink(self, connection: Any) -> None: ...


class Step:
    """The statements of one transaction."""

    def __init__(self, engine: Engine, connection: Any) -> None:
        self._engine, self._connection = engine, connection

    def rows(self, statement: str, *values: Value) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._engine.execute(self._connection, statement, values).fetchall()
        return found

    def changed(self, statement: str, *values: Value) -> int:
        """How many rows the statement changed."""
        return int(self._engine.execute(self._connection, statement, values).rowcount)

    def create(self, statement: str) -> None:
        self._engine.execute(self._connection, self._engine.create(statement), ())


class Database:
    """A few connections, each lent for one transaction to whichever thread asks. One transaction inside another could wait for itself."""

    def __init__(self, engine: Engine, former: Path | None = None) -> None:
        self._engine, self._former = engine, former
        self._idle: list[Any] = []
        self._room = threading.BoundedSemaphore(AT_ONCE)
        self._making = threading.Lock()
        self._made = False

    @contextmanager
    def reading(self) -> Iterator[Step]:
        with self._transaction(reads=True) as step:
            yield step

    @contextmanager
    def writing(self, serial: str = "", *, durable: bool = False) -> Iterator[Step]:
        """Those of the same `serial` follow one another. A durable one is on the disk when it ends, whatever the power does then."""
        with self._transaction(serial=serial, durable=durable) as step:
            yield step

    def rows(self, statement: str, *values: Value) -> list[tuple[Any, ...]]:
        """One statement that reads."""
        with self.reading() as step:
            return step.rows(statement, *values)

    def changed(self, statement: str, *values: Value, durable: bool = False) -> int:
        """One statement that writes; how many rows it changed."""
        with self.writing(durable=durable) as step:
            return step.changed(statement, *values)

    def shrink(self) -> None:
        with self._told(), closing(self._engine.connect()) as connection:
            self._engine.shrink(connection)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _transaction(self, **how: Any) -> Iterator[Step]:
        with self._told(), self._lent(how) as connection:
            yield Step(self._engine, connection)
            self._engine.end(connection, "COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except self._engine.faults as error:
            raise StoreFault(detail=f"{self._engine.name}: {' '.join(str(error).split())[:200]}") from error

    @contextmanager
    def _lent(self, how: dict[str, Any]) -> Iterator[Any]:
        """A connection in a transaction; what is not committed is undone."""
        if not self._room.acquire(timeout=PATIENCE_S):
            raise StoreFault(detail=f"{self._engine.name}: busy for {PATIENCE_S:g} s")
        try:
            connection = self._begun(how)
            try:
                yield connection
            except BaseException:
                self._undo(connection)
                raise
            self._idle.append(connection)
        finally:
            self._room.release()

    def _begun(self, how: dict[str, Any]) -> Any:
        if not self._made:
            self._make()
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._engine.connect()
        if self._engine.begun(connection, **how):
            return connection
        connection.close()  # it was lost, and nothing has been done in it yet
        self.close()
        self._made = False
        self._make()
        connection = self._engine.connect()
        self._engine.begun(connection, **how)
        return connection

    def _undo(self, connection: Any) -> None:
        try:
            self._engine.end(connection, "ROLLBACK")
            self._idle.append(connection)
        except self._engine.faults:
            connection.close()

    def _make(self) -> None:
        """The tables, made or brought up to date by the first who comes."""
        with self._making:
            if not self._made:
                self._bring_up()

    def _bring_up(self) -> None:
        with closing(self._connected()) as connection:
            self._engine.begun(connection, serial="schema")
            self._engine.prepare(connection)
            upgrade(Step(self._engine, connection), self._former)
            self._engine.end(connection, "COMMIT")
        if self._former:
            discard_former(self._former)
        self._made = True

    def _connected(self) -> Any:
        """The first connection of a process: two that make the same file at once get in each other's way."""
        for _ in range(50):
            try:
                return self._engine.connect()
            except self._engine.faults as error:
                if "locked" not in str(error):
                    raise
                time.sleep(0.05)
        return self._engine.connect()


def database() -> Database:
    """The one that the settings name."""
    from aitoll.settings import settings

    found = settings()
    return _database(found.database_url.get_secret_value() if found.database_url else str(found.home / FILE), os.getpid())


@lru_cache(4)
def _database(address: str, process: int) -> Database:  # noqa: ARG001 (a forked process opens its own connections)
    from aitoll.agent.engines import Postgres, Sqlite

    if address.startswith("postgresql://"):
        return Database(Postgres(address))
    path = Path(address.removeprefix("sqlite:///"))
    return Database(Sqlite(path), path.parent)
