"""A day of conversations in minutes: many principals on every surface of one server, which is stopped and killed meanwhile.

Each answer must show the figure that the rules give to the same talk by itself; each conversation must hold its own turns and no
other's; each question over Slack must be answered once. In the second half nothing is restarted, and the memory is watched.
"""

from __future__ import annotations

import json
import signal
import tempfile
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from benchmarks.card.day_talks import Place, Talk, hold, plain, stamp, talks
from benchmarks.card.figures import Measured, none_of, share
from benchmarks.web import memory_mb
from tests.interfaces.slack_service import SlackService
from tests.interfaces.slack_stage import configure
from tests.interfaces.web_server import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

AT_ONCE = 6
EVENTS_S = 300.0  # until the last answer over Slack
PRINCIPALS, HOURS = 40, 24
SHORT = (5, 6)


class Day:
    """The server, started again where it was stopped, on what it has kept."""

    def __init__(self, home: str, stack: ExitStack) -> None:
        self._stack, self._settings = stack, {"AITOLL_HOME": home}
        self.service = stack.enter_context(SlackService())
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        configure(patch, self.service, home)
        self.place = Place("")
        self.served = self._start()

    def _start(self) -> Served:
        keys = ",".join(f"key-{number}" for number in range(PRINCIPALS))
        served = self._stack.enter_context(serving(ready=True, **self._settings, AITOLL_API_KEYS=keys))
        self.place.url = served.url
        return served

    def restart(self, how: signal.Signals) -> None:
        self.served.process.send_signal(how)
        self.served.process.wait(60)
        self.served = self._start()

    def memory(self) -> float:
        """Of the server and of the process that works for Slack, in MB."""
        own = self.served.process.pid
        children = Path(f"/proc/{own}/task/{own}/children")
        return sum(map(memory_mb, [own, *map(int, children.read_text("ascii").split() if children.exists() else [])]))


def measure(short: bool) -> list[Measured]:
    principals, hours = SHORT if short else (PRINCIPALS, HOURS)
    held = talks(principals, hours)
    with tempfile.TemporaryDirectory() as home, ExitStack() as stack:
        day = Day(home, stack)
        memories = list(lived(day, held, principals, hours))
        slack_answered(day.service, held)
        mixed = list(others(day, held))
    return figures(held, mixed, memories, day.service)


def lived(day: Day, held: list[Talk], principals: int, hours: int) -> Iterator[float]:
    """Hour by hour; in the first half stopped or killed in the midst of every third. Gives the memory after each hour of the second."""
    for hour in range(hours):
        ends = {1: signal.SIGTERM, 2: signal.SIGKILL}.get(hour % 3) if hour < hours // 2 else None
        numbers = range(hour * principals, (hour + 1) * principals)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            running = [pool.submit(hold, day.place, held[number], number) for number in numbers]
            if ends:
                threading.Event().wait(0.3)
                day.restart(ends)
            for one in running:
                one.result()
        if hour >= hours // 2:
            yield day.memory()


def slack_answered(service: SlackService, held: list[Talk]) -> None:
    """Wait for the last answer over Slack, then hold each against what was wanted, in the order of its thread."""
    asked = sum(len(talk.turns) for talk in held if talk.surface == "Slack")
    until = time.monotonic() + EVENTS_S
    while len(service.messages) < asked and time.monotonic() < until:
        time.sleep(0.2)
    time.sleep(1)  # for one too many
    threads = by_thread(service)
    for number, talk in enumerate(held):
        if talk.surface == "Slack":
            told = threads[f"C{talk.who}", stamp(number, 0)]
            talk.right = [turn < len(told) and wanted in told[turn] for turn, wanted in enumerate(talk.wanted)]


def by_thread(service: SlackService) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for message in service.messages:
        found[message["channel"], message["thread_ts"]].append(plain(json.dumps(message, ensure_ascii=False)))
    return found


def others(day: Day, held: list[Talk]) -> Iterator[tuple[str, bool]]:
    """Each conversation of REST and the page, and whether it holds anything but its own turns, in order; a turn that was sent twice may."""
    for talk in held:
        if talk.surface in ("REST", "the page's stream"):
            url, headers = f"{day.place.url}/api/v1/conversations/{talk.name}", {"Authorization": f"Bearer {talk.who}"}
            kept = [turn["question"] for turn in httpx.get(url, headers=headers, timeout=60).json()]
            once = [turn for number, turn in enumerate(kept) if not (talk.again and number and kept[number - 1] == turn)]
            yield f"{talk.who}, {talk.name}: {' => '.join(kept)}", once != talk.turns


def figures(held: list[Talk], mixed: list[tuple[str, bool]], memories: list[float], service: SlackService) -> list[Measured]:
    turns = Counter(talk.surface for talk in held for _ in talk.turns)
    over = ", ".join(f"{count} by {surface}" for surface, count in turns.items())
    how = f"{len(held)} talks of {len({talk.who for talk in held})} principals ({over}); the server stopped or killed in the first half"
    asked = sum(len(talk.turns) for talk in held if talk.surface == "Slack")
    twice = [(place, len(texts) > _turns(held, place)) for place, texts in by_thread(service).items()]
    third = max(1, len(memories) // 3)
    grown = min(memories[-third:]) - min(memories[:third])
    cases = [talk.case(turn) for talk in held for turn in range(len(talk.turns))]
    memory = "server and Slack's workers, last third above the first"
    return [
        share("turns of a day answered with their own figure", cases, how, 1.0),
        none_of("conversations of a day that lost a turn or hold another's", mixed, "read back at its end"),
        none_of("threads of a day with an answer too many", twice, f"{asked} questions, each event sent three times"),
        Measured("memory grown in half a day", round(grown, 1), "MB", memory, 20, True, len(memories)),
    ]


def _turns(held: list[Talk], place: tuple[str, str]) -> int:
    number = int(place[1].partition(".")[0]) - 1_700_000_000
    return len(held[number].turns)
