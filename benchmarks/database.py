"""What keeping a conversation costs: CPU and wall time of a turn, and bytes. python benchmarks/database.py

SQLite in a folder of its own, or what AITOLL_DATABASE_URL names. A turn reads the conversation once and writes it once, as `ask` does.
The floor is one row of the same size inserted into a bare SQLite file, in a transaction of its own over an open connection.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from aitoll.agent.ask import answer  # noqa: E402
from aitoll.agent.conversations import InMemory, conversation_of  # noqa: E402
from aitoll.agent.schema import packed  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS = int(os.environ.get("AITOLL_BENCH_RUNS", "5")) * 40
TURNS = 5
QUESTIONS = ("How much CO2 do 10 GWh emit in France?", "And in Poland?", "How much does it cost to rent 512 H100s for 30 days?")


def timed(work: Callable[[int], None]) -> tuple[float, float]:
    """Milliseconds of CPU and of waiting, each time."""
    work(-1)
    cpu, wall = time.process_time(), time.perf_counter()
    for number in range(RUNS):
        work(number)
    return (1e3 * (time.process_time() - cpu) / RUNS, 1e3 * (time.perf_counter() - wall) / RUNS)


def main() -> int:
    made = []
    memory = InMemory()
    for question in QUESTIONS:
        found = answer(question, memory)
        made.append((question, memory.last(), found))
    row = packed(made[0][2].model_dump_json())

    def turn(number: int) -> None:
        kept = conversation_of(f"benchmark {number // TURNS}")
        kept.last()
        kept.questions()
        kept.remember(*made[number % len(made)])

    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("AITOLL_DATABASE_URL", f"sqlite:///{folder}/aitoll.sqlite3")
        with closing(sqlite3.connect(f"{folder}/floor.sqlite3", isolation_level=None)) as bare:
            bare.execute("PRAGMA journal_mode = WAL")
            bare.execute("PRAGMA synchronous = NORMAL")
            bare.execute("CREATE TABLE rows (row BLOB)")
            floor = timed(lambda _: bare.execute("INSERT INTO rows VALUES (?)", (row,)) and None)
        kept = timed(turn)
        size = sum(file.stat().st_size for file in Path(folder).glob("aitoll.sqlite3"))
    for name, (cpu, wall) in (("floor", floor), ("turn", kept)):
        print(f"{name:6} {cpu:.3f} ms of CPU, {wall:.3f} ms in all")
    print(
        f"an Answer takes {len(row)} bytes packed, of {len(made[0][2].model_dump_json())}" + (f"; the file, {size} bytes" if size else "")
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
