"""What a language model's turn costs on our side: CPU time of our process per answer, and fifty conversations at once.

The model is the scripted peer of the tests in a process of its own, which answers at once, so that nothing but our own work, LangChain's
and the client's is counted. `python benchmarks/llm.py`; AITOLL_BENCH_RUNS sets the number of answers.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
RUNS = int(os.environ.get("AITOLL_BENCH_RUNS", "200"))
AT_ONCE = 50
TARGET_MS = 15.0
SERVE = """
import sys, time
from tests.peers.llm.planner import right
from tests.peers.llm.server import Endpoint
delay = float(sys.argv[1])
def script(asked):
    time.sleep(delay)
    return right(asked)
with Endpoint(script) as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""


@contextmanager
def served(delay_s: float) -> Iterator[str]:
    command = [sys.executable, "-c", SERVE, str(delay_s)]
    surroundings = {name: value for name, value in os.environ.items() if name != "AITOLL_MODEL"} | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=surroundings) as process:
        assert process.stdout
        assert process.stdin
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


def use(url: str, shape: str) -> None:
    from aitoll.settings import settings

    os.environ.update({"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none", "AITOLL_MODEL": "gpt-4o", "AITOLL_MODEL_API": shape})
    settings.cache_clear()


def overhead(shape: str) -> None:
    """CPU of the whole process between question and Answer; the rules' own time for the same questions beside it."""
    from aitoll.agent.ask import answer
    from aitoll.agent.conversations import InMemory

    questions = [f"How much CO2 do {n} H100s emit in {n % 20 + 1} days in France?" for n in range(100, 100 + RUNS)]

    def each() -> list[float]:
        times = []
        for question in questions:
            started = time.process_time()
            found = answer(question, InMemory())
            times.append(1e3 * (time.process_time() - started))
            assert found.model == os.environ.get("AITOLL_MODEL", "rules"), found.warnings
        return times[5:]

    os.environ.pop("AITOLL_MODEL", None)
    floor = statistics.median(each())
    with served(0.0) as url:
        use(url, shape)
        times = each()
    middle, worst = statistics.median(times), sorted(times)[int(0.99 * (len(times) - 1))]
    verdict = "met" if middle <= TARGET_MS else "NOT MET"
    took = f"p50 {middle:6.1f} ms  p99 {worst:6.1f} ms  rules alone {floor:4.1f} ms"
    print(f"{shape + ', 2 model calls, 1 tool':32} {took}  target {TARGET_MS:.0f} ms  {verdict}")


def at_once() -> None:
    """Fifty conversations of three turns, each model call taking half a second."""
    from aitoll import aask

    async def conversation(n: int) -> list[str]:
        turns = (f"CO2 of {n + 10} GWh in France?", "And in Poland?", "And in Norway?")
        return [(await aask(turn, conversation=f"bench-{os.getpid()}-{n}")).model for turn in turns]

    async def everyone() -> list[list[str]]:
        return await asyncio.gather(*(conversation(n) for n in range(AT_ONCE)))

    with served(0.5) as url:
        use(url, "chat")
        started = time.perf_counter()
        worded = [model for turns in asyncio.run(everyone()) for model in turns]
        took = time.perf_counter() - started
    ours = sum(model != "rules" for model in worded)
    print(f"{AT_ONCE} conversations at once: {len(worded)} answers in {took:.1f} s, the model alone 3.0 s; {ours} worded by the model")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["AITOLL_HOME"] = folder
        print(f"CPU time of our process; Python {sys.version.split()[0]}, {os.cpu_count()} cores, {RUNS} answers\n")
        for shape in ("chat", "responses"):
            overhead(shape)
        at_once()


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
