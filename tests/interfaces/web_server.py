"""`aitoll serve` as it is: another process, on a port that the system chose."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp

ROOT = Path(__file__).parent.parent.parent
CO2 = "How much CO2 do 10 GWh emit in France?"
RENT = "How much does it cost to rent 512 H100s for 30 days at $2.50 per GPU hour?"


@dataclass
class Served:
    url: str
    process: subprocess.Popen[str]
    log: Path

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@contextmanager
def serving(*, ready: bool = True, **settings: str) -> Iterator[Served]:
    """The command as it is, once it is ready; or only alive, for who asks nothing of the library."""
    command = ["-m", "aitoll", "serve", "--port", "0"]
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **settings}
    with tempfile.NamedTemporaryFile("w+", suffix=".log") as log:
        process = subprocess.Popen(
            [sys.executable, *command], env=surroundings, stdout=log, stderr=log, text=True, cwd=tempfile.gettempdir()
        )
        try:
            yield Served(_address(process, Path(log.name), "readyz" if ready else "healthz"), process, Path(log.name))
        finally:
            process.terminate()
            process.wait(30)


def _address(process: subprocess.Popen[str], log: Path, path: str) -> str:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        said = log.read_text("utf-8")
        if found := re.search(r"aitoll: (http://\S+)/\n", said):
            _wait_until_it_answers(f"{found[1]}/{path}", until)
            return found[1]
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(f"aitoll serve did not start:\n{log.read_text('utf-8')}")


def _wait_until_it_answers(url: str, until: float) -> None:
    while time.monotonic() < until:
        try:
            if httpx.get(url, timeout=10, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("never ready")


@contextmanager
def listening(app: ASGIApp) -> Iterator[str]:
    """An application of this process on a free port, for what cannot be asked of the command: tiny limits, answers of our choice."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none", timeout_graceful_shutdown=1))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        free.listen()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [free]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{free.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30)
