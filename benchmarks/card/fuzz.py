"""Fuzzing by the CPU hour: everything that reads what strangers write, a process each, until its share of the time is over.

AITOLL_FUZZ_MINUTES is the CPU time of a part, 30 if unset; on two cores it takes half as long. Each try is seeded by the name of
what is fuzzed and its number, so that a failure can be made again: `python -m benchmarks.card.fuzz "numbers" 1234`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.card.figures import Measured, few_of
from benchmarks.card.mutation import bent, mutated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.card.fuzz_targets import Target

MINUTES = float(os.environ.get("AITOLL_FUZZ_MINUTES", "30"))
SHORT_SECONDS = 20.0
HANGS_S = 20.0  # of CPU, after which a try is given up
RULES = ("questions, read and planned", "questions, answered", "lines of a batch", "the law of numbers", "words of a model")
MOST_KEPT = 200
LONGER = "20 ms more for each thousand characters after the first"
SHOWN = 120  # characters of an input that failed: its number makes the whole of it again


class Outcome(NamedTuple):
    tried: int
    failed: list[str]  # each with its number, what happened and the input


def measure(short: bool) -> list[Measured]:
    """What the rules read."""
    return fuzz(short, RULES)


def measure_hostile(short: bool) -> list[Measured]:
    """The hostile texts of tests/agent/test_understanding.py, many more of them. An exception ends the measurement."""
    from benchmarks.understanding import MOST_MS

    count = 500 if short else 50_000
    with ProcessPoolExecutor(2, get_context("spawn")) as processes:
        slow = [text for part in processes.map(_slow, (count, count), (1, 2)) for text in part]
    how = f"broken and hostile texts, read and planned: none raises; more than {MOST_MS:.0f} ms of CPU, four times over"
    return [few_of("hostile texts, read and planned", len(slow), 2 * count, how, slow)]


def _slow(count: int, seed: int) -> list[str]:
    from benchmarks.understanding import MOST_MS, hostile_texts

    return [f"{took:.0f} ms for {text[:SHOWN]!r}" for text, took in hostile_texts(count, seed) if took > MOST_MS]


def measure_parsers(short: bool) -> list[Measured]:
    """What documents, archives, requests, calls and chats hand over."""
    from benchmarks.card.fuzz_targets import TARGETS

    return fuzz(short, tuple(name for name in TARGETS if name not in RULES))


def fuzz(short: bool, names: tuple[str, ...]) -> list[Measured]:
    from benchmarks.card.fuzz_targets import TARGETS

    seconds = (SHORT_SECONDS if short else MINUTES * 60) / sum(TARGETS[name].weight for name in names)
    with ProcessPoolExecutor(2, get_context("spawn"), max_tasks_per_child=1) as processes:
        running = {name: processes.submit(fuzzed, name, seconds * TARGETS[name].weight) for name in names}
        return [_measured(TARGETS[name], running[name].result()) for name in names]


def _measured(target: Target, outcome: Outcome) -> Measured:
    how = f"{target.seeds_are} changed at random: an exception, or twice above {1e3 * target.most_s:.0f} ms of CPU, {LONGER}"
    return few_of(f"{target.name}, fuzzed", len(outcome.failed), outcome.tried, how, outcome.failed)


def fuzzed(name: str, seconds: float) -> Outcome:
    """In a process of its own: one target until its CPU time, children's included, is over."""
    from benchmarks.card.fuzz_targets import TARGETS

    target, tried, failed = TARGETS[name], 0, []
    seeds = target.seeds()
    over = _spent() + seconds
    while _spent() < over and len(failed) < MOST_KEPT:
        if wrong := tries(target, made(target, seeds, tried)):
            failed.append(f"{tried} {wrong}")
            print(f"{name} {tried} {wrong}", file=sys.stderr, flush=True)
        tried += 1
    return Outcome(tried, failed)


def made(target: Target, seeds: list[str] | list[bytes], number: int) -> str | bytes:
    random = Random(f"{target.name} {number}")
    seed = random.choice(seeds)
    if isinstance(seed, bytes):
        return bent(seed, random)
    return mutated(seed, [str(other) for other in random.choices(seeds, k=3)], random)[: target.longest]


def tries(target: Target, given: str | bytes) -> str:
    """What went wrong, or nothing. What is slow is tried once more: the machine may have been at something else."""
    for _ in range(2):
        start = _spent()
        try:
            with _no_longer_than(HANGS_S):
                target.work(given)
        except target.refusals:
            pass
        except Exception as fault:  # noqa: BLE001 (this is what is looked for)
            return f"{type(fault).__name__}: {str(fault)[:80]!r} for {given[:SHOWN]!r}"
        took = _spent() - start
        if took <= target.may_take(given):
            return ""
    return f"{1e3 * took:.0f} ms for {given[:SHOWN]!r}"


def _spent() -> float:
    spent = os.times()
    return time.process_time() + spent.children_user + spent.children_system


@contextlib.contextmanager
def _no_longer_than(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError(f"more than {seconds:.0f} s of CPU")

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def again(name: str, number: int) -> None:
    """The input of one try, and what it does."""
    from benchmarks.card.fuzz_targets import TARGETS

    target = TARGETS[name]
    given = made(target, target.seeds(), number)
    print(repr(given), tries(target, given) or "nothing wrong", sep="\n")


if __name__ == "__main__":
    again(sys.argv[1], int(sys.argv[2]))
