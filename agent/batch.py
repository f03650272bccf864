"""Many questions from a file: a bad line costs only that line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aitoll.agent.answer import Answer
from aitoll.agent.ask import answer
from aitoll.agent.conversations import InMemory
from aitoll.agent.rules.turn import default_language
from aitoll.agent.texts import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_TURNS = 50


def answers(lines: Iterable[bytes]) -> Iterator[Answer]:
    """The Answer to the last turn of each line, in order; blank lines are skipped."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _answer(line, number)


def _answer(line: bytes, number: int) -> Answer:
    id, turns, reason = _read(line, number)
    if reason:
        language = default_language()
        told = sentence("bad_line", language, line=number, reason=reason)
        return Answer(id=id, question="", language=language, status="invalid", text=told)
    memory = InMemory()
    for turn in turns[:-1]:
        answer(turn, memory)
    return answer(turns[-1], memory, id=id)


def _read(line: bytes, number: int) -> tuple[str, list[str], str]:
    """Its id, its turns, and what is wrong with it."""
    id = f"line-{number}"
    try:
        row: Any = json.loads(line)
    except (ValueError, RecursionError):
        return id, [], "no valid JSON"
    if not isinstance(row, dict):
        return id, [], "no JSON object"
    id = str(row["id"])[:200] if isinstance(row.get("id"), (str, int)) else id
    turns = row.get("turns")
    if not isinstance(turns, list) or not turns or not all(isinstance(turn, str) for turn in turns):
        return id, [], "turns is no list of questions"
    if len(turns) > MOST_TURNS:
        return id, [], f"more than {MOST_TURNS} turns"
    return id, turns, ""
