"""How long Slack waits for an acknowledgement: of an idle server, and while 50 answers are being made. python benchmarks/slack_ack.py

The server is `aitoll serve` in its own process, Slack's servers are the tests' stand-in, both on loopback. Idle and busy rounds take turns,
so that the machine's moods fall on both. The floor is a bare HTTP exchange with the same server (/healthz).
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402

from aitoll.agent.interfaces.slack_store import store  # noqa: E402
from tests.interfaces.slack_service import BOT, SECRET, TOKEN, SlackService, event, signed  # noqa: E402

ROUNDS = int(os.environ.get("AITOLL_BENCH_RUNS", "5"))
EACH, BUSY = 60, 50
QUESTION = "How much CO2 did training Llama 3.1 405B emit, and what did it cost?"


class Run:
    def __init__(self, service: SlackService, home: Path) -> None:
        values = {"SLACK_BOT_TOKEN": TOKEN, "SLACK_SIGNING_SECRET": SECRET, "SLACK_API_URL": service.url, "AITOLL_HOME": str(home)}
        os.environ |= values
        surroundings = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "aitoll", "serve", "--port", "0"]
        self.server = subprocess.Popen(command, cwd=home, env=surroundings, stderr=subprocess.PIPE, text=True)
        assert self.server.stderr
        self.url = next(found[0] for line in self.server.stderr if (found := re.search(r"http://[\d.:]+", line)))
        self.store, self.client, self.sent = store(), httpx.Client(trust_env=False, timeout=30), 0
        while not self._up():
            time.sleep(0.1)

    def _up(self) -> bool:
        try:
            return self.client.get(f"{self.url}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def ask(self) -> float:
        """Seconds until a mention is acknowledged."""
        self.sent += 1
        body = json.dumps(event(f"<@{BOT}> {QUESTION}", f"{1_000_000 + self.sent}.000001", channel=f"C{self.sent % 25}")).encode()
        headers, started = signed(body), time.perf_counter()
        done = self.client.post(f"{self.url}/slack/events", content=body, headers=headers)
        assert done.status_code == 200, done.text
        return time.perf_counter() - started

    def floor(self) -> float:
        started = time.perf_counter()
        self.client.get(f"{self.url}/healthz")
        return time.perf_counter() - started

    def waiting(self) -> int:
        return sum(count for state, count in self.store.counts().items() if state not in ("done", "failed", "dropped"))

    def quiet(self) -> None:
        while self.waiting():
            time.sleep(0.1)


def percentile(times: list[float], share: float) -> float:
    return 1e3 * statistics.quantiles(times, n=100)[round(100 * share) - 1]


def main() -> int:
    idle: list[float] = []
    busy: list[float] = []
    floor: list[float] = []
    with SlackService() as service, tempfile.TemporaryDirectory() as home:
        run = Run(service, Path(home))
        try:
            for _ in range(10):
                run.ask()
            for _ in range(ROUNDS):
                run.quiet()
                floor += [run.floor() for _ in range(EACH)]
                for _ in range(EACH):
                    idle.append(run.ask())
                    run.quiet()
                while run.waiting() < BUSY:
                    run.ask()
                busy += [run.ask() for _ in range(EACH)]
        finally:
            run.server.terminate()
            run.server.wait(30)
    for name, times in (("floor", floor), ("idle", idle), ("busy", busy)):
        print(f"{name:6} {len(times)} requests: p50 {percentile(times, 0.5):.1f} ms, p99 {percentile(times, 0.99):.1f} ms")
    ratio = percentile(busy, 0.99) / percentile(idle, 0.99)
    good = ratio <= 3 and percentile(busy, 0.99) < 300
    print(f"busy p99 is {ratio:.2f} times idle (at most 3), and {'' if good else 'NOT '}within bounds (300 ms)")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
