"""One size of one kind, in a process of its own: python -m benchmarks.card.grown users 1000. Prints times, memory and a floor as JSON."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import statistics
import sys
import time
from collections import Counter
from contextlib import closing
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aitoll.agent.ask import answer
from aitoll.agent.conversations import InMemory, conversation_of
from aitoll.agent.database import database
from aitoll.agent.owned import ask_owned
from aitoll.agent.schema import packed
from benchmarks.web import memory_mb

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from aitoll.knowledge.shelf import Shelf
    from aitoll.knowledge.store import Chroma
    from aitoll.knowledge.user_index import UserIndex

FIRST = "How much CO2 do 10 GWh emit in France?"
RUNS = 60


def median_ms(work: Callable[[], object], runs: int = RUNS) -> float:
    """CPU of one, after three that warm up."""
    times = []
    for _ in range(runs + 3):
        start = time.process_time()
        work()
        times.append(1e3 * (time.process_time() - start))
    return statistics.median(times[3:])


def follow_up() -> Callable[[], object]:
    numbers = count(11)
    return lambda: ask_owned("local", f"And with {next(numbers)} GWh?", "mine", None)


def in_memory() -> float:
    """The floor of a turn: the same follow-ups, kept nowhere."""
    memory, numbers = InMemory(), count(11)
    answer(FIRST, memory)
    return median_ms(lambda: answer(f"And with {next(numbers)} GWh?", memory))


def users(size: int) -> dict[str, Any]:
    made = ask_owned("local", FIRST, "mine", None)
    memory = InMemory()
    answer(FIRST, memory)
    state, row, now = json.dumps(memory.last()), packed(made.model_dump_json()), time.time()
    with database().writing() as step:
        for number in range(size):
            step.changed(
                "INSERT INTO turns (conversation, asked, question, state, answer) VALUES (?, ?, ?, ?, ?)",
                *(f"key-{number}/c", now, FIRST, state, row),
            )
    return {"ms": median_ms(follow_up()), "floor_ms": in_memory(), "floor": "the same, kept nowhere"}


def turns(size: int) -> dict[str, Any]:
    made = ask_owned("local", FIRST, "mine", None)
    memory = InMemory()
    answer(FIRST, memory)
    for number in range(size):
        conversation_of("local/mine").remember(f"And with {number} GWh?", memory.last(), made)
    return {"ms": median_ms(follow_up(), min(RUNS, 3 * size)), "floor_ms": in_memory(), "floor": "the same, kept nowhere"}


def filled(size: int) -> dict[str, Any]:
    """The passages of benchmarks/store.py, added by a process that ends before they are searched."""
    from benchmarks import store

    home = Path(os.environ["AITOLL_HOME"])
    store.write_files(home / "files", size)
    with _index(size)[0].writer() as writer:
        writer.add([home / "files"], lambda *_: None)
    return {}


def _index(size: int) -> tuple[UserIndex, Chroma, Shelf]:
    from aitoll.knowledge.shelf import Shelf
    from aitoll.knowledge.store import Chroma
    from aitoll.knowledge.user_index import UserIndex
    from benchmarks import store

    chroma, shelf = Chroma(), Shelf(Path(os.environ["AITOLL_HOME"]))
    return UserIndex(chroma, shelf, store.Seeded(size)), chroma, shelf


def passages(size: int) -> dict[str, Any]:
    """A search, and the memory of who has searched; beside it Chroma's own query of the same collection."""
    from benchmarks import store

    (index, chroma, shelf), seeded = _index(size), store.Seeded(size)
    asked = [store.passage(number * size // 100) for number in range(100)]
    again = iter(asked)
    ours = median_ms(lambda: index.nearest(next(again), store.RESULTS))
    memory = memory_mb(os.getpid())
    vectors = iter([seeded.embed_queries([text]) for text in asked])
    current = shelf.current()
    assert current
    found = chroma.find(chroma.folder(shelf.path(current)), chroma.name_of("passages", seeded.fingerprint))
    assert found
    theirs = median_ms(lambda: found.query(query_embeddings=next(vectors), n_results=store.RESULTS))
    return {"ms": ours, "mb": memory, "floor_ms": theirs, "floor": "Chroma's own query of the same collection"}


def rows(size: int) -> dict[str, Any]:  # noqa: ARG001 (the tables are large already)
    start = time.process_time()
    answer("How much CO2 does training Llama 3 70B on H100s in France emit?", InMemory())
    first = 1e3 * (time.process_time() - start)
    numbers = count(100)
    ours = median_ms(lambda: answer(f"How much CO2 do {next(numbers)} H100s emit in 3 days in France?", InMemory()))
    data = sorted(Path("tools/data").glob("*.csv"))
    floor = median_ms(lambda: [file.read_text("utf-8").splitlines() for file in data], 20)
    return {"ms": ours, "first_ms": first, "floor_ms": floor, "floor": "the tables read from the disk"}


# Where the time goes


def profile(kind: str, rounds: int) -> dict[str, Any]:
    """Shares of the steps of an answer: the function that `take_turn`, or what it calls to take the turn, was in at each sample."""
    from benchmarks.run import WARM_QUESTIONS

    asked = list(islice(WARM_QUESTIONS[f"a {kind} question"], 30))
    for question in asked:
        answer(question, InMemory())
    seen: Counter[str] = Counter()
    signal.signal(signal.SIGPROF, lambda _, frame: seen.update([_step(frame)]))
    signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)
    for _ in range(rounds if kind == "calculator" else max(1, rounds // 10)):
        for question in asked:
            answer(question, InMemory())
    signal.setitimer(signal.ITIMER_PROF, 0, 0)
    return {"steps": {name: times / seen.total() for name, times in seen.most_common(12)}}


def _step(frame: FrameType | None) -> str:
    """The outermost function of ours that is not one of those that only hand on."""
    found = "elsewhere"
    while frame:
        path, name = Path(frame.f_code.co_filename), frame.f_code.co_name
        if path.parent.name in {"rules", "tools", "agent", "knowledge"} and name not in HANDING_ON:
            found = f"{path.stem}.{name}"
        frame = frame.f_back
    return found


HANDING_ON = {"answer", "_answer", "_turn", "_work", "take_turn", "_take", "_answered", "<listcomp>", "<genexpr>", "<lambda>"}
KINDS: dict[str, Callable[[int], dict[str, Any]]] = {
    "users": users,
    "turns": turns,
    "filled": filled,
    "passages": passages,
    "rows": rows,
    "profile-calculator": lambda rounds: profile("calculator", rounds),
    "profile-knowledge": lambda rounds: profile("knowledge", rounds),
}


def main() -> None:
    with closing(sqlite3.connect(":memory:")):  # loaded in every kind alike
        told = KINDS[sys.argv[1]](int(sys.argv[2]))
    print(json.dumps({"mb": memory_mb(os.getpid()), **told}))


if __name__ == "__main__":
    main()
