"""How fast aitoll is, each figure beside a floor measured in the same run: `make bench`.

CPU time of the process in milliseconds, the median of several runs taken in turns with the floor, so that the machine's
moods fall on both. Wall time is not asserted anywhere.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent.parent))
from benchmarks.card.figures import Measured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RUNS = int(os.environ.get("AITOLL_BENCH_RUNS", "7"))
CALCULATOR = "How much CO2 do 1,000 H100s emit in a month in France?"
KNOWLEDGE = "Who is reopening Three Mile Island and why?"
FLOOR_CHROMA = """
import sys, chromadb
from chromadb.config import Settings
client = chromadb.PersistentClient(sys.argv[1], settings=Settings(anonymized_telemetry=False))
found = client.get_or_create_collection("floor", embedding_function=None)
if found.count() == 0:
    found.add(ids=[str(i) for i in range(100)], embeddings=[[float(i == j) for j in range(384)] for i in range(100)])
found.query(query_embeddings=[[1.0] * 384], n_results=3)
"""
LEADS = ("Why", "How", "Who says")
RESTS = (
    "would training costs shut out smaller companies?",
    "is Nvidia investigated by competition authorities?",
    "does warm water cooling save energy?",
    "is there an AI bubble?",
    "is Three Mile Island reopened?",
    "do models like Gemini need so much water?",
    "are the training costs of models kept secret?",
    "does Jean Zay reuse its heat?",
    "did Biden sign an order about AI research?",
    "should AI companies earn more revenue?",
)
WARM_QUESTIONS = {
    "a calculator question": [f"How much CO2 do {n} H100s emit in {n % 20 + 1} days in France?" for n in range(100, 400)],
    "a knowledge question": [f"{lead} {rest}" for lead in LEADS for rest in RESTS],
}
IMPORTS = "import pydantic, pydantic_settings, typer; pydantic.BaseModel; typer.Typer()"


def cpu_ms_of_process(arguments: list[str], home: Path) -> float:
    """User and system time of one fresh process, its children included; bytecode is kept, as an installed package's is."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, *arguments], env={**kept, "AITOLL_HOME": str(home)}, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise SystemExit(f"{arguments} failed:\n{done.stderr.decode()}")
    return 1e3 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def in_turns(first: Callable[[], float], second: Callable[[], float]) -> tuple[float, float]:
    first(), second()  # caches of files and of bytecode
    pairs = [(first(), second()) for _ in range(RUNS)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def cold(name: str, ours: list[str], floor: list[str], target: float, home: Path) -> Measured:
    took, least = in_turns(lambda: cpu_ms_of_process(ours, home), lambda: cpu_ms_of_process(floor, home))
    beside = f"{took:.0f} ms over a floor of {least:.0f} ms"
    return Measured(
        name, round(took / least, 3), "times", "CPU of a fresh process over that of its imports", target, True, RUNS, beside=beside
    )


def warm(name: str, target_ms: float) -> Measured:
    from aitoll.agent.ask import answer
    from aitoll.agent.conversations import InMemory

    questions = WARM_QUESTIONS[name]
    answer(questions[0], InMemory())
    times = []
    for question in questions[1:]:
        start = time.process_time()
        answer(question, InMemory())
        times.append(1e3 * (time.process_time() - start))
    middle, worst = statistics.median(times), sorted(times)[int(0.99 * (len(times) - 1))]
    return Measured(f"{name}, warm", round(middle, 2), "ms", "CPU, median", target_ms, True, len(times), beside=f"p99 {worst:.1f} ms")


def tables() -> Measured:
    from importlib.resources import files

    from aitoll.tools import facts

    names = [entry.name.removesuffix(".csv") for entry in (files("aitoll.tools") / "data").iterdir() if entry.name.endswith(".csv")]
    times = []
    for _ in range(RUNS):
        facts.rows.cache_clear()
        start = time.process_time()
        for name in names:
            facts.rows(name)
        times.append(1e3 * (time.process_time() - start))
    return Measured("all tables", round(statistics.median(times), 1), "ms", "CPU to read every table, median", 20, True, RUNS)


def figures(short: bool = False) -> Iterator[Measured]:
    """The cold starts (left out of the short form), the warm questions and the tables."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ["AITOLL_HOME"] = folder
        if not short:
            yield cold("aitoll --help", ["-m", "aitoll", "--help"], ["-c", "import typer; typer.Typer()"], 1.5, home)
            yield cold("a calculator question, cold", ["-m", "aitoll", CALCULATOR], ["-c", IMPORTS], 1.5, home)
            yield cold("a knowledge question, cold", ["-m", "aitoll", KNOWLEDGE], ["-c", FLOOR_CHROMA, str(home / "floor")], 1.4, home)
        yield warm("a calculator question", 5)
        yield warm("a knowledge question", 25)
        yield tables()


def main() -> None:
    print(f"CPU time of a process; Python {sys.version.split()[0]}, {os.cpu_count()} cores\n")
    for found in figures():
        print(found.line())


if __name__ == "__main__":
    main()
