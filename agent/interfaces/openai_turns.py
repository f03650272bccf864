"""The turns of a conversation that its client tells anew each time: none is answered, counted or paid for twice."""

from __future__ import annotations

import copy
import hashlib
import json
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from aitoll.agent.ask import answer as answer_turn
from aitoll.agent.caller import acting_as
from aitoll.agent.conversations import InMemory
from aitoll.agent.rules.turn import take_turn

if TYPE_CHECKING:
    from aitoll.agent.answer import Answer
    from aitoll.agent.conversations import Conversation

MOST_MEMORIES = 512


class Told(InMemory):
    """What the client says was asked before, on top of what is kept of it, if anything is; only the answer given now is kept."""

    def __init__(self, kept: Conversation | None = None) -> None:
        super().__init__(kept.id if kept else None)
        self._kept = kept
        if kept:
            state = kept.last()
            self._turns.extend((question, state) for question in kept.questions())

    def take_up(self, question: str) -> None:
        """An earlier turn by the rules alone: what it was about is wanted, not its answer, so that no model is asked again."""
        self._turns.append((question, take_turn(question, self.last(), None, self.questions()).state))

    def remember(self, question: str, state: dict[str, Any] | None, answer: Answer) -> Answer:
        super().remember(question, state, answer)
        return self._kept.remember(question, state, answer) if self._kept else answer


class Memories:
    """What earlier turns left behind in this process, so that they need not even be taken up."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Told] = OrderedDict()

    @staticmethod
    def _key(owner: str, turns: list[str]) -> str:
        return hashlib.sha256(json.dumps([owner, turns]).encode()).hexdigest()

    def of(self, owner: str, turns: list[str]) -> tuple[Told, int]:
        """The longest beginning that is remembered, as a copy, and how many turns it holds."""
        for count in range(len(turns), 0, -1):
            found = self._kept.get(self._key(owner, turns[:count]))
            if found is not None:
                return copy.deepcopy(found), count
        return Told(), 0

    def keep(self, owner: str, turns: list[str], memory: Told) -> None:
        self._kept[self._key(owner, turns)] = copy.deepcopy(memory)
        while len(self._kept) > MOST_MEMORIES:
            self._kept.popitem(last=False)


def answered(memories: Memories, owner: str, turns: list[str]) -> Answer:
    """The last of these turns, answered after the ones before it."""
    turns = _recent(turns)
    memory, known = memories.of(owner, turns[:-1])
    made = continued(memory, owner, turns[known:])
    memories.keep(owner, turns, memory)
    return made


def continued(memory: Told, owner: str, turns: list[str]) -> Answer:
    turns = _recent(turns)
    with acting_as(owner):
        for turn in turns[:-1]:
            memory.take_up(turn)
        return answer_turn(turns[-1], memory)


def _recent(turns: list[str]) -> list[str]:
    from aitoll.settings import settings

    return turns[-1 - settings().history_turns :]
