"""A server under load, from another process: throughput and waiting times beside the same server answering a constant.

python benchmarks/web.py                       # a minute: 20 users, 8 seconds each
python benchmarks/web.py --users 200 --seconds 300 --only calculator
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.interfaces.web_server import serving

CONSTANT = "/healthz"
KNOWLEDGE = (
    "Why would training costs shut out smaller companies?",
    "Is there an AI bubble?",
    "Who is reopening Three Mile Island and why?",
    "Does warm water cooling save energy?",
)


@dataclass
class Found:
    waits: list[float] = field(default_factory=list)
    statuses: Counter[int | str] = field(default_factory=Counter)
    mixed: int = 0  # answers that belong to another user
    lost: int = 0  # 429 without Retry-After


class Line:
    """One connection, kept; a client library would take more of the machine than the server does."""

    def __init__(self, url: str) -> None:
        self.host, _, port = url.removeprefix("http://").partition(":")
        self.port = int(port)

    async def __aenter__(self) -> Line:
        self.read, self.write = await asyncio.open_connection(self.host, self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.write.close()

    async def ask(self, path: str, body: object = None) -> tuple[int, dict[str, str], bytes]:
        sent = json.dumps(body).encode() if body is not None else b""
        first = f"{'POST' if sent else 'GET'} {path} HTTP/1.1\r\nHost: localhost\r\n"
        head = f"{first}Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n\r\n"
        self.write.write(head.encode() + sent)
        lines = (await self.read.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if line)
        return int(lines[0].split()[1]), headers, await self.read.readexactly(int(headers["content-length"]))


async def user(number: int, kind: str, url: str, until: float, found: Found) -> None:
    """Asks, reads, asks again; each answer must be the one to its own question, and follow-ups those of its own conversation."""
    turn = 0
    async with Line(url) as line:
        while time.monotonic() < until:
            turn += 1
            started = time.perf_counter()
            try:
                status, headers = await asyncio.wait_for(_ask(number, turn, kind, line, found), 120)
                found.statuses[status] += 1
                found.lost += status == 429 and "retry-after" not in headers
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                found.statuses[type(error).__name__] += 1
                return
            found.waits.append(time.perf_counter() - started)


async def _ask(number: int, turn: int, kind: str, line: Line, found: Found) -> tuple[int, dict[str, str]]:
    if kind == "constant":
        return (await line.ask(CONSTANT))[:2]
    gwh, first = number + 1, turn % 2 == 1
    if kind == "knowledge":
        body = {"question": KNOWLEDGE[(number + turn) % len(KNOWLEDGE)]}
    else:
        question = f"How much CO2 do {gwh} GWh emit in France?" if first else "And in Poland?"
        body = {"question": question, "conversation": f"user-{number}-{kind}-{turn - (not first)}"}
    status, headers, answered = await line.ask("/api/v1/ask", body)
    if status == 200:
        told = json.loads(answered)
        given = {part["value"] for figure in told["figures"] for part in figure["inputs"] if part["name"] == "energy"}
        found.mixed += told["question"] != body["question"] or (kind == "calculator" and given != {gwh * 1e6})
    return status, headers


async def run(url: str, kind: str, users: int, seconds: float) -> Found:
    found, until = Found(), time.monotonic() + seconds
    await asyncio.gather(*(user(number, kind, url, until, found) for number in range(users)))
    return found


def memory_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) if Path("/proc").exists() else 0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def told(kind: str, users: int, seconds: float, found: Found) -> str:
    waits = sorted(found.waits)
    middle, worst = 1e3 * statistics.median(waits), 1e3 * waits[int(0.99 * (len(waits) - 1))]
    said = ", ".join(f"{count} × {status}" for status, count in sorted(found.statuses.items(), key=str))
    rate = len(waits) / seconds
    wrong = f"mixed up {found.mixed}, 429 without word {found.lost}"
    return f"{kind:10} {users:4} users  {rate:7.1f}/s  p50 {middle:8.1f} ms  p99 {worst:8.1f} ms  {said}; {wrong}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--only", choices=("constant", "calculator", "knowledge"))
    parser.add_argument("--kind", choices=("load", "constant", "calculator", "knowledge"), help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.kind:  # the second process
        found = asyncio.run(run(given.url, given.kind, given.users, given.seconds))
        print(told(given.kind, given.users, given.seconds, found), flush=True)
        return int(found.mixed > 0 or found.lost > 0 or bool({*found.statuses} - {200, 429}))
    with tempfile.TemporaryDirectory() as home, serving(AITOLL_HOME=home) as served:
        return _all(served.url, served.process.pid, given)


def _all(url: str, pid: int, given: argparse.Namespace) -> int:
    wrong, users, seconds = 0, given.users, given.seconds
    for kind, many in (("constant", users), ("calculator", 1), ("calculator", users), ("knowledge", 1), ("knowledge", users)):
        if given.only and (kind, many) != (given.only, users):
            continue
        before = memory_mb(pid)
        command = [sys.executable, __file__, "--kind", kind, "--url", url, "--users", str(many), "--seconds", str(seconds)]
        wrong += subprocess.run(command, check=False).returncode
        print(f"{'':10} memory of the server: {before:.0f} MB before, {memory_mb(pid):.0f} MB after", flush=True)
    return wrong


if __name__ == "__main__":
    raise SystemExit(main())
