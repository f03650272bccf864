"""The databases that anything is kept in: SQLite, and a Postgres server that is started here, for one session of tests."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aitoll.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


class Server:
    """Sorted by a language's rules, as real ones are, so that nothing of ours may depend on SQLite's order."""

    def __init__(self, folder: Path, owner: str | None) -> None:
        self._folder, self._owner = folder, owner
        self._run("initdb", "--auth=trust", "--username=aitoll", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", *_french())
        self.start()

    def start(self) -> None:
        command = [_program("postgres"), "-D", str(self._folder / "data"), "-k", str(self._folder), "-h", "", "-F"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, user=self._owner, cwd=self._folder)
        for _ in range(300):
            if self._run("pg_isready", "-h", str(self._folder), check=False).returncode == 0:
                return
            assert self._process.poll() is None, (self._folder / "log").read_text("utf-8", "replace")
        raise AssertionError("Postgres does not start")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        self._process.send_signal(how)
        self._process.wait(30)

    def address(self, database: str) -> str:
        return f"postgresql:///{database}?host={self._folder}&user=aitoll"

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The address of a new database, for one test."""
        name = f"t{uuid.uuid4().hex}"
        self.sql(f"CREATE DATABASE {name}", "postgres")
        yield self.address(name)
        self.sql(f"DROP DATABASE {name} WITH (FORCE)", "postgres")

    def sql(self, statement: str, database: str) -> str:
        return self._run("psql", "-h", str(self._folder), "-U", "aitoll", "-d", database, "-tAc", statement).stdout.strip()

    def _run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        surroundings = {"PATH": os.environ["PATH"], "PGDATA": str(self._folder / "data"), "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            [_program(program), *arguments],
            capture_output=True,
            text=True,
            user=self._owner,
            cwd=self._folder,
            env=surroundings,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done


def _program(name: str) -> str:
    """On Debian the server's own programs are not on the path."""
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr/local/opt").glob("postgresql*/bin")]
    found = shutil.which(name, path=os.pathsep.join([*map(str, sorted(places, reverse=True)), os.environ["PATH"]]))
    assert found, f"no {name}: apt-get install postgresql"
    return found


def _french() -> list[str]:
    """Where this server has ICU."""
    known = subprocess.run([_program("initdb"), "--help"], capture_output=True, text=True, check=True).stdout
    return ["--locale-provider=icu", "--icu-locale=fr"] if "--icu-locale" in known else []


@contextmanager
def server() -> Iterator[Server]:
    """A Postgres of our own; it refuses to run as root, so that there it runs as somebody else."""
    owner = None
    with tempfile.TemporaryDirectory(prefix="aitoll-pg-") as name:
        if os.geteuid() == 0:
            known = {one.pw_name for one in pwd.getpwall()}
            owner = "postgres" if "postgres" in known else "nobody"
            shutil.chown(name, owner)
        found = Server(Path(name), owner)
        try:
            yield found
        finally:
            found.stop(signal.SIGQUIT)  # at once: nothing of it is used again


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with server() as found:
        yield found


@pytest.fixture(params=BOTH)
def each_database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The test runs once with each database, empty; which one it is. AITOLL_HOME stays, for the library need not be built again."""
    with ExitStack() as stack:
        address = f"sqlite:///{tmp_path / 'aitoll.sqlite3'}"
        if request.param == "postgres":
            address = stack.enter_context(request.getfixturevalue("postgres").empty())
        monkeypatch.setenv("AITOLL_DATABASE_URL", address)
        settings.cache_clear()
        yield str(request.param)
