"""Slack inside `aitoll serve`: one port, the workers in a process of their own that ends with the server."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from aitoll.agent.database import Database
from aitoll.agent.engines import Sqlite
from aitoll.agent.interfaces.slack_store import Store
from tests.interfaces.slack_service import BOT, SlackService, event, signed
from tests.interfaces.slack_stage import DOUBLE, FIGURE, RENT, configure, until

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent


class Server:
    def __init__(self, service: SlackService, home: Path) -> None:
        command = [sys.executable, "-m", "aitoll", "serve", "--port", "0"]
        surroundings = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.service, self.home = service, home
        self.process = subprocess.Popen(command, cwd=home, env=surroundings, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr
        address = next(found for line in self.process.stderr if (found := re.search(r"http://[\d.:]+", line)))
        self.url = address[0]
        until(self._up, 30)

    def _up(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def send(self, text: str, ts: str, **more: str) -> int:
        body = json.dumps(event(text, ts, **more)).encode()
        return httpx.post(f"{self.url}/slack/events", content=body, headers=signed(body), timeout=30).status_code

    def workers(self) -> list[int]:
        listed = [
            child for task in Path(f"/proc/{self.process.pid}/task").iterdir() for child in (task / "children").read_text("ascii").split()
        ]
        return [int(child) for child in listed if b"--worker" in Path(f"/proc/{child}/cmdline").read_bytes()]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with SlackService() as service:
        configure(monkeypatch, service, tmp_path)
        found = Server(service, tmp_path)
        try:
            yield found
        finally:
            found.process.kill()
            found.process.communicate()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, which is Linux's")
def test_the_server_answers_outlives_its_workers_and_takes_them_along(server: Server) -> None:
    assert server.send(f"<@{BOT}> {RENT}", "1.000001") == 200
    until(lambda: Store(Database(Sqlite(server.home / "aitoll.sqlite3"))).counts() == {"done": 1}, 60)
    assert FIGURE in json.dumps(server.service.messages[0])

    (worker,) = server.workers()
    os.kill(worker, signal.SIGKILL)
    assert server.send(f"<@{BOT}> And with 1024 of them?", "2.000001", thread_ts="1.000001") == 200
    until(lambda: len(server.service.messages) == 2, 60)
    assert DOUBLE in json.dumps(server.service.messages[1])

    (second,) = server.workers()
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(30)
    until(lambda: not Path(f"/proc/{second}").exists(), 15)


@pytest.mark.slow
def test_a_bad_signature_is_refused_there_too(server: Server) -> None:
    body = json.dumps(event(f"<@{BOT}> {RENT}", "1.1")).encode()
    assert httpx.post(f"{server.url}/slack/events", content=body, headers=signed(body, "wrong"), timeout=30).status_code == 401
