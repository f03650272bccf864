"""Fuzzing by the CPU hour: the reader of questions, the reader of numbers and the parsers of documents, until the time is over."""

from __future__ import annotations

import os
import time
from random import Random
from typing import TYPE_CHECKING

from aitoll.agent.ask import answer
from aitoll.agent.conversations import InMemory
from aitoll.agent.rules.planning import plan
from aitoll.agent.rules.reading import read
from benchmarks.card.figures import Measured, none_of
from tests.questions.bank import bank

if TYPE_CHECKING:
    from collections.abc import Callable

MINUTES = float(os.environ.get("AITOLL_FUZZ_MINUTES", "60"))
PIECES = (
    " ",
    "\u202f",
    "\u00a0",
    ",",
    ".",
    "'",
    "-",
    "±",
    "×10",
    "²³",
    "e",
    "k",
    "M",
    "€",
    "$",
    "%",
    "/h",
    "Wh",
    "\u200b",
    "\ud83d\udca7",
    "ÿ",
    "(",
    ")",
    "\n",
    "0",
    "9",
)


def measure(short: bool) -> list[Measured]:
    """Seeded by the number of the try, so that a failure can be made again."""
    seconds = 20.0 if short else MINUTES * 60
    return [
        fuzzed("questions, read and planned", seconds * 0.6, lambda text: plan(read(text)), 0.05),
        fuzzed("questions, answered", seconds * 0.4, lambda text: answer(text, InMemory()), 1.0),
    ]


def fuzzed(name: str, seconds: float, work: Callable[[str], object], most: float) -> Measured:
    seeds = [turn for entry in bank() for turn in entry.turns]
    tried: list[tuple[str, bool]] = []
    over = time.process_time() + seconds
    while time.process_time() < over:
        random = Random(len(tried))
        text = mutated(random.choice(seeds), seeds, random)
        start = time.process_time()
        try:
            work(text)
            wrong = time.process_time() - start > most
        except Exception:  # noqa: BLE001 (this is what is looked for)
            wrong = True
        tried.append((f"seed {len(tried)}: {text}", wrong))
    return none_of(
        f"{name}: exceptions, or above {1e3 * most:.0f} ms",
        tried,
        f"{seconds / 60:.0f} minutes of CPU, questions of the bank changed at random",
    )


def mutated(text: str, seeds: list[str], random: Random) -> str:
    for _ in range(random.randint(1, 12)):
        at = random.randrange(len(text) + 1)
        kind = random.randrange(6)
        if kind == 0:
            text = text[:at] + random.choice(PIECES) * random.choice((1, 1, 2, 50)) + text[at:]
        elif kind == 1:
            text = text[:at] + text[at + random.randint(1, 8) :]
        elif kind == 2:
            text = text[:at] + chr(random.choice((random.randrange(32, 0x2FFF), random.randrange(0x1F300, 0x1FAFF)))) + text[at:]
        elif kind == 3:
            text = text[:at] + random.choice(seeds)[: random.randint(1, 200)] + text[at:]
        elif kind == 4:
            text = text[: at or 1] * random.choice((1, 2, 3))
        else:
            text = text[:at] + str(random.getrandbits(random.choice((4, 20, 64)))) + text[at:]
    return text[:10_000]
