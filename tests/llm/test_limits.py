"""What bounds a model: a breaker for the process, a budget for the caller's day, one event loop, fifty conversations at once."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import anyio
import httpx2
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from aitoll import aask, ask
from aitoll.agent.caller import acting_as
from aitoll.agent.interfaces.web import create_app
from aitoll.agent.llm.breaker import LONGEST_REST_S, REST_S, TOLERATED, Breaker
from aitoll.agent.llm.faults import Fault
from aitoll.agent.llm.spending import Budget, Price
from tests.interfaces.web_server import listening
from tests.llm.conftest import MODEL
from tests.peers.llm.faults import HARD, status
from tests.peers.llm.planner import right

if TYPE_CHECKING:
    from tests.llm.conftest import Model
    from tests.peers.llm.server import Asked, Reply

QUESTION = "CO2 of 10 GWh in France?"
SLOW = Fault("slow")


def opened(breaker: Breaker) -> bool:
    try:
        breaker.enter()
    except Fault as fault:
        return fault.reason == "resting"
    return False


def test_a_breaker_opens_after_some_faults_and_lets_one_question_try() -> None:
    now = [0.0]
    breaker = Breaker(clock=lambda: now[0])
    for _ in range(TOLERATED):
        assert not opened(breaker)
        breaker.leave(SLOW)
    assert opened(breaker)
    now[0] = REST_S
    assert (opened(breaker), opened(breaker)) == (False, True)
    breaker.leave(None)
    assert not opened(breaker)


def test_a_breaker_rests_longer_each_time_up_to_a_bound() -> None:
    now = [0.0]
    breaker = Breaker(clock=lambda: now[0])
    rests = []
    for _ in range(TOLERATED + 8):
        breaker.leave(SLOW)
        rests.append(breaker.open_until - now[0])
        now[0] = max(now[0], breaker.open_until)
    assert rests[TOLERATED - 1 :][:3] == [REST_S, 2 * REST_S, 4 * REST_S]
    assert rests[-1] == LONGEST_REST_S


def test_a_lie_is_no_fault_of_the_endpoint() -> None:
    breaker = Breaker()
    for _ in range(10):
        breaker.leave(Fault("unchecked"))
    assert not opened(breaker)


def test_a_dead_endpoint_costs_a_few_users_its_timeout(model: Model) -> None:
    server = model(HARD["hang"], timeout_s="0.3")
    waited = []
    for _ in range(TOLERATED + 3):
        started = time.monotonic()
        found = ask(QUESTION)
        waited.append(time.monotonic() - started)
        assert found.status == "answered"
    assert len(server.requests) == TOLERATED
    assert max(waited[TOLERATED:]) < 0.25
    assert "left alone" in found.warnings[-1]


def test_a_wrong_key_is_tried_once(model: Model) -> None:
    server = model(status(401))
    for _ in range(4):
        ask(QUESTION)
    assert len(server.requests) == 1


def test_a_budget_is_each_callers_own_and_ends_the_models_part(model: Model) -> None:
    server = model(right, budget_usd_per_day="0.04")
    with acting_as("one"):
        worded = [ask(QUESTION).model for _ in range(10)]
        last = ask(QUESTION)
    assert worded[0] == MODEL
    assert (worded[-1], last.status) == ("rules", "answered")
    assert "budget" in last.warnings[-1]
    seen = len(server.requests)
    with acting_as("two"):
        assert ask(QUESTION).model == MODEL
    assert len(server.requests) == seen + 2


def test_a_key_has_one_budget_on_all_surfaces_of_a_server(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITOLL_API_KEYS", "first-key,second-key")
    model(right, budget_usd_per_day="0.06", host="127.0.0.1")

    def over_mcp(key: str) -> str:
        async def session() -> str:
            async with Client(streamable_http_client(f"{address}/mcp", http_client=httpx2.AsyncClient(headers=bearer(key)))) as client:
                return str(((await client.call_tool("ask", {"question": QUESTION})).structured_content or {})["model"])

        return anyio.run(session)

    def over_rest(key: str) -> str:
        asked = httpx2.post(f"{address}/api/v1/ask", json={"question": QUESTION}, headers=bearer(key), timeout=60)
        return str(asked.json()["model"])

    def bearer(key: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {key}"}

    with listening(create_app()) as address:
        spent = [over_rest("first-key") for _ in range(10)]
        assert (spent[0], spent[-1], over_mcp("first-key")) == (MODEL, "rules", "rules")
        assert (over_mcp("second-key"), over_rest("second-key")) == (MODEL, MODEL)


@pytest.mark.usefixtures("each_database")
def test_calls_at_once_cannot_overrun_a_budget_together() -> None:
    budget = Budget("one", 1.0)

    def reserve(_: int) -> bool:
        try:
            budget.reserve(0.1)
        except Fault:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(reserve, range(30))) == 10
    budget.settle(0.1, 0.02)
    assert budget.spent() == pytest.approx(0.92)


def test_a_model_without_a_known_price_is_not_called_on_a_budget(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aitoll.agent.llm.spending.is_local", lambda _: False)
    server = model(right, budget_usd_per_day="5", model="nobody-knows-1")
    assert (ask(QUESTION).model, server.requests) == ("rules", [])


@pytest.mark.parametrize(
    ("url", "cost"),
    [("http://127.0.0.1:1/v1", 0.0), ("http://10.0.0.4/v1", 0.0), ("http://localhost/v1", 0.0), ("https://llm.example/v1", None)],
)
def test_a_server_of_ones_own_charges_nothing(url: str, cost: float | None) -> None:
    assert Price("nobody-knows-1", url).of(1000, 1000) == cost


def test_two_event_loops_in_one_process(model: Model) -> None:
    model(right)
    assert [asyncio.run(aask(QUESTION)).model for _ in range(3)] == [MODEL] * 3


def test_fifty_conversations_at_once(model: Model) -> None:
    """Each waits for its own model and for no other."""

    def slow(asked: Asked) -> Reply:
        time.sleep(0.2)
        return right(asked)

    model(slow, timeout_s="30")

    async def all_of_them() -> list[str]:
        return [found.model for found in await asyncio.gather(*(aask(f"CO2 of {n + 10} GWh in France?") for n in range(50)))]

    started = time.monotonic()
    assert asyncio.run(all_of_them()) == [MODEL] * 50
    assert time.monotonic() - started < 50 * 0.4 / 2
