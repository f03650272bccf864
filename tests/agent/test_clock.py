"""A clock that is put forward or back, for a moment or for good: nothing is lost, and nobody is locked out, in either database."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from aitoll.agent import conversations, feedback, owned, retention
from aitoll.agent.database import database
from aitoll.agent.interfaces.allowances import SharedAllowance
from aitoll.agent.interfaces.slack_store import Job, store
from aitoll.agent.llm.spending import Budget

if TYPE_CHECKING:
    from collections.abc import Callable

    Clock = Callable[[float], None]

HOUR, DAY, YEAR = 3_600.0, 86_400.0, 31_536_000.0
FRANCE, POLAND = "CO2 of 10 GWh in France?", "And in Poland?"
pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Puts the wall clock so many seconds from now; it stands still there."""
    now = time.time()
    return lambda seconds: monkeypatch.setattr(time, "time", lambda: now + seconds)


def a_job(number: int) -> Job:
    return Job(f"C1:{number}", "message", "T1", "C1", f"{number}", "U1", {"text": "?"}, ordered=f"{number:06d}")


def swept() -> None:
    retention.sweep()
    store().forget(30)


def test_a_clock_that_leaps_ahead_and_is_put_right_loses_nothing(clock: Clock) -> None:
    made = owned.ask_owned("local", FRANCE, "c", None)
    feedback.say("local", made.id, "up", conversation="c")
    token = feedback.link("local", "c", made.id, made.model_dump_json())
    Budget("local", 1.0).reserve(0.25)
    store().keep(a_job(1))
    store().drop("C1:1")
    for seconds in (0, YEAR, YEAR + 1, 0, -YEAR, 0):
        clock(seconds)
        swept()
    assert owned.ask_owned("local", POLAND, "c", None).status == "answered"
    assert [turn["question"] for turn in conversations.export("local/c")] == [FRANCE, POLAND]
    assert (len(feedback.said("local")), bool(feedback.linked(token))) == (1, True)
    assert Budget("local", 1.0).spent() == 0.25
    assert store().counts() == {"dropped": 1}


def test_a_clock_that_stays_ahead_is_believed_after_ten_minutes(clock: Clock) -> None:
    owned.ask_owned("local", FRANCE, "c", None)
    store().keep(a_job(1))
    store().drop("C1:1")
    for seconds, kept in ((0, 1), (YEAR, 1), (YEAR + 590, 1), (YEAR + 610, 0)):
        clock(seconds)
        swept()
        assert database().rows("SELECT COUNT(*) FROM turns") == [(kept,)]
        assert sum(store().counts().values()) == kept


def test_a_conversation_goes_on_after_the_clock_was_put_back(clock: Clock) -> None:
    clock(HOUR)
    owned.ask_owned("local", FRANCE, "c", None)
    clock(0)
    assert owned.ask_owned("local", POLAND, "c", None).status == "answered"
    assert [(one["id"], one["turns"]) for one in owned.listed("local")] == [("c", 2)]


def test_a_caller_at_its_limit_is_let_in_again_after_the_clock_was_put_back(clock: Clock) -> None:
    clock(HOUR)
    allowance = SharedAllowance("asked", per_minute=60, at_once=2)
    waits = [allowance.take("a") for _ in range(3)]
    clock(0)
    waits.append(allowance.take("a"))
    assert [wait > 0 for wait in waits] == [False, False, True, True]
    clock(2)
    assert allowance.take("a") == 0
    clock(2 - HOUR)
    allowance.take("a")
    clock(4 - HOUR)
    assert allowance.take("a") == 0


def test_two_clocks_that_differ_by_seconds_let_nobody_in_twice(clock: Clock) -> None:
    allowance = SharedAllowance("asked", per_minute=60, at_once=2)
    let_in = 0
    for number in range(40):  # of two machines in turn, within a second
        clock(2.0 * (number % 2))
        let_in += allowance.take("a") == 0
    assert let_in <= 2 + 2 + 1


def test_what_a_worker_that_died_held_is_free_after_the_clock_was_put_back(clock: Clock) -> None:
    for number in (1, 2):
        store().keep(a_job(number))
    clock(HOUR)
    taken = store().claim("died", 15)
    assert taken
    clock(0)
    again = store().claim("lives", 15)
    assert again
    assert again.key == taken.key == "C1:1"
    assert store().claim("other", 15) is None  # the channel is one queue still
    assert store().move(taken, "died", "posting") is False


def test_a_row_that_waits_does_not_wait_for_a_clock_that_was_put_back(clock: Clock) -> None:
    store().keep(a_job(1))
    clock(HOUR)
    taken = store().claim("a", 15)
    assert taken
    store().move(taken, "a", "made", not_before=time.time() + 30)
    assert store().claim("a", 15) is None
    clock(0)
    assert store().claim("a", 15)


def test_a_worker_keeps_its_row_while_the_clock_is_put_back(clock: Clock) -> None:
    store().keep(a_job(1))
    clock(HOUR)
    taken = store().claim("a", 15)
    assert taken
    clock(0)
    store().renew("a", 15)
    assert store().claim("b", 15) is None
    assert store().move(taken, "a", "posting")


def test_what_an_answer_reserved_before_midnight_is_settled_there() -> None:
    Budget("one", 1.0).reserve(0.5)
    yesterday = Budget("one", 1.0, day="2026-01-01")
    yesterday.reserve(0.5)
    yesterday.settle(0.5, 0.1)
    assert yesterday.spent() == pytest.approx(0.1)
    assert Budget("one", 1.0).spent() == 0.5
