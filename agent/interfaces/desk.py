"""Where work waits its turn: so many at once, so many in line, each for so long; one more is told when to come back."""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, TypeVar

from aitoll.agent.interfaces.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Desk:
    def __init__(self, running: int, waiting: int, seconds: float) -> None:
        self.running, self.most_waiting, self.seconds = running, waiting, seconds
        self.busy = 0
        self.line: deque[asyncio.Future[None]] = deque()
        self._threads = ThreadPoolExecutor(running, thread_name_prefix="answer")

    def take(self, work: Callable[[], T]) -> Ticket[T]:
        """A place in line, or a problem that says when to come back."""
        if self.busy >= self.running and len(self.line) >= self.most_waiting:
            raise ProblemError(429, "busy", f"{len(self.line)} are waiting already", retry_after=2, facts={"waiting": len(self.line)})
        return Ticket(self, work)

    async def run(self, work: Callable[[], T]) -> T:
        return await self.take(work).result()

    def enter(self) -> asyncio.Future[None]:
        turn = asyncio.get_running_loop().create_future()
        if self.busy < self.running and not self.line:
            self._start(turn)
        else:
            self.line.append(turn)
        return turn

    def _start(self, turn: asyncio.Future[None]) -> None:
        self.busy += 1
        turn.set_result(None)

    def leave(self) -> None:
        self.busy -= 1
        while self.line and self.busy < self.running:
            turn = self.line.popleft()
            if not turn.done():
                self._start(turn)

    def begin(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """The place is free again when the thread is done, not when nobody waits for it any more."""
        loop = asyncio.get_running_loop()
        future = self._threads.submit(work)
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self.leave))
        return asyncio.wrap_future(future)

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)


class Ticket(Generic[T]):
    def __init__(self, desk: Desk, work: Callable[[], T]) -> None:
        self._desk, self._work = desk, work
        self._turn = desk.enter()
        self._settled = False  # begun, or given up

    @property
    def position(self) -> int:
        """How many are to come first, itself included; 0 once it runs."""
        return self._desk.line.index(self._turn) + 1 if self._turn in self._desk.line else 0

    async def result(self) -> T:
        try:
            async with asyncio.timeout(self._desk.seconds):
                await self._turn
                self._settled = True
                running = self._desk.begin(self._work)
                return await asyncio.shield(running)
        except TimeoutError:
            raise ProblemError(504, "timeout", f"no answer within {self._desk.seconds:g} s", retry_after=10) from None
        finally:
            self.give_up()

    def give_up(self) -> None:
        """Who no longer waits makes room."""
        if self._settled:
            return
        self._settled = True
        if self._turn in self._desk.line:
            self._desk.line.remove(self._turn)
        elif self._turn.done():
            self._desk.leave()
