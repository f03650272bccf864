"""What every test gets: a home of its own, no settings of the machine, no way out to the network, and no silent skip in CI."""

from __future__ import annotations

import ipaddress
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import hypothesis
import pytest

from aitoll.settings import Settings, settings, variable
from tests.databases import each_database, postgres  # noqa: F401 (fixtures)

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

ROOT = Path(__file__).parent.parent
NO_SKIP = os.environ.get("AITOLL_NO_SKIP") == "1"
NEEDS = {
    "compiler": (("cc",), "apt-get install gcc libc6-dev"),
    "browser": (("chromium", "chromium-browser", "google-chrome"), "apt-get install chromium"),
    "node": (("node",), "apt-get install nodejs npm"),
    "postgres": (("pg_ctlcluster", "pg_ctl"), "apt-get install postgresql"),
}

hypothesis.settings.register_profile("house", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("house")


# A home of its own


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One AITOLL_HOME a session, so that the store is built once; a test that needs an empty one sets its own."""
    with pytest.MonkeyPatch.context() as patch:
        for field in Settings.model_fields:
            patch.delenv(variable(field), raising=False)
        patch.setitem(Settings.model_config, "env_file", None)
        folder = tmp_path_factory.mktemp("home")
        patch.setenv("AITOLL_HOME", str(folder))
        patch.setenv("LANGSMITH_TRACING", "false")
        yield folder


@pytest.fixture(autouse=True)
def _fresh_settings() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


class Python(Protocol):
    def __call__(self, *arguments: str, cwd: Path, path: Path = ..., stdin: str = ...) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def python() -> Python:
    """Runs a fresh interpreter in another folder, with aitoll taken from `path` (left out: this checkout)."""

    def run(*arguments: str, cwd: Path, path: Path = ROOT, stdin: str = "") -> subprocess.CompletedProcess[str]:
        surroundings = {**os.environ, "PYTHONPATH": str(path), "PYTHONUTF8": "1"}
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=cwd, env=surroundings, input=stdin, capture_output=True, text=True, timeout=120, check=False)

    return run


@pytest.fixture(scope="session")
def tracked() -> list[str]:
    """What git tracks and the folder still has, as paths from the root."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: git clone the project")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and os.path.lexists(ROOT / name)]


# No way out


REACHED: list[str] = []
PEER = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1, "socket.getaddrinfo": 0, "socket.gethostbyname": 0}


def _outside(host: Any) -> bool:
    host = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if not isinstance(host, str) or host in {"", "localhost"}:
        return False
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return True
    return not (address.is_loopback or address.is_unspecified)


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in PEER:
        return
    peer = arguments[PEER[event]]
    host = peer[0] if isinstance(peer, tuple) and peer else peer if PEER[event] == 0 else None
    if _outside(host):
        REACHED.append(str(host))
        raise OSError(f"no way out to {host} in a test")


sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def _no_way_out() -> Iterator[None]:
    yield
    reached = [*REACHED]
    REACHED.clear()
    assert not reached, f"the test reached for {', '.join(reached)}"


# No silent skip


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark, (programs, how) in NEEDS.items():
        if item.get_closest_marker(mark) and not any(map(shutil.which, programs)):
            pytest.skip(f"{programs[0]} is missing: {how}")


def _refuse_skip(report: Any) -> Any:
    if NO_SKIP and report.skipped and not hasattr(report, "wasxfail"):
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"AITOLL_NO_SKIP=1 makes a skip a failure. {why}"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    return _refuse_skip((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    return _refuse_skip((yield))
