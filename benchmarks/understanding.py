"""CPU time of reading and planning over the questions of tests/questions: python -m benchmarks.understanding"""

from __future__ import annotations

import sys
import time

from aitoll.agent.rules.planning import plan
from aitoll.agent.rules.reading import read
from tests.questions.bank import bank
from tests.questions.generate import generated

ROUNDS = 3


def spent(question: str) -> float:
    """Milliseconds of CPU of one reading and planning."""
    started = time.process_time()
    plan(read(question))
    return (time.process_time() - started) * 1e3


def main() -> int:
    questions = [turn for entry in (*bank(), *generated()) for turn in entry.turns]
    first = spent(questions[0])
    for question in questions:
        spent(question)
    times = sorted(spent(question) for _ in range(ROUNDS) for question in questions)
    p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
    print(
        f"{len(questions)} questions: p50 {p50:.2f} ms, p99 {p99:.2f} ms, worst {times[-1]:.2f} ms; the first in a process {first:.1f} ms"
    )
    return 0 if p50 <= 2 and p99 <= 10 else 1


if __name__ == "__main__":
    sys.exit(main())
