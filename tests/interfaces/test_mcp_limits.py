"""MCP inside `aitoll serve` keeps the limits of the server: requests a minute, wrong keys, places at the desk."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import anyio
import httpx2
import pytest
from mcp.client import Client

from aitoll.agent.interfaces import calling
from aitoll.agent.interfaces.desk import Desk
from aitoll.agent.interfaces.guard import Limits
from aitoll.agent.interfaces.web import create_app
from aitoll.settings import settings
from tests.interfaces.mcp_serving import NEW
from tests.interfaces.web_server import listening

if TYPE_CHECKING:
    from collections.abc import Callable

QUESTION = "CO2 of 10 GWh in France?"
KEYS = ("first-key", "second-key")


def called_over(address: str, key: str = KEYS[0]) -> httpx2.Response:
    """One call, as a host of 2026 sends it."""
    meta = {"io.modelcontextprotocol/protocolVersion": NEW, "io.modelcontextprotocol/clientCapabilities": {}}
    named = {"name": "money", "arguments": {"euros": 1}, "_meta": meta}
    sent = {
        "Accept": "application/json, text/event-stream",
        "Authorization": f"Bearer {key}",
        "MCP-Protocol-Version": NEW,
        "Mcp-Method": "tools/call",
        "Mcp-Name": "money",
    }
    return httpx2.post(f"{address}/mcp", headers=sent, json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": named})


@pytest.mark.parametrize("keys", ["", ",".join(KEYS)], ids=["by address", "by key"])
def test_a_server_limits_mcp_as_it_does_every_surface(keys: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One allowance for all: what is asked over MCP is gone over REST. Another key has its own."""
    monkeypatch.setenv("AITOLL_API_KEYS", keys)
    settings.cache_clear()
    with listening(create_app(limits=Limits(per_minute=1))) as address:
        answers = [called_over(address) for _ in range(2)]
        rest = httpx2.get(f"{address}/api/v1/calculators", headers={"Authorization": f"Bearer {KEYS[0]}"} if keys else {})
        other = called_over(address, KEYS[1])
    assert [answer.status_code for answer in answers] == [200, 429]
    assert (rest.status_code, other.status_code) == (429, 200 if keys else 429)
    said = answers[-1].json()["error"]
    assert (said["data"]["code"], "ask again in" in said["message"], "retry-after" in answers[-1].headers) == ("rate_limit", True, True)


def test_wrong_keys_are_not_to_be_guessed_over_mcp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITOLL_API_KEYS", ",".join(KEYS))
    settings.cache_clear()
    with listening(create_app(limits=Limits(wrong_keys_per_minute=2))) as address:
        assert [called_over(address, f"guess-{n}").status_code for n in range(3)] == [401, 401, 429]


def test_a_full_desk_is_told_and_the_session_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, entered, held = Desk(running=1, waiting=0, seconds=120), threading.Event(), threading.Event()
    real = calling.run

    def slow(*said: Any) -> Any:
        entered.set()
        held.wait(60)
        return real(*said)

    async def session(address: str) -> list[Any]:
        async with Client(f"{address}/mcp") as client:
            async with anyio.create_task_group() as group:
                group.start_soon(client.call_tool, "money", {"euros": 1})
                await until(entered.is_set)
                full = [await client.call_tool(name, said) for name, said in (("money", {"euros": 2}), ("ask", {"question": QUESTION}))]
                held.set()
            await until(lambda: not desk.busy)
            return [*full, await client.call_tool("money", {"euros": 3})]

    async def whole(address: str) -> list[Any]:
        async with httpx2.AsyncClient(base_url=address) as http:
            while (await http.get("/readyz")).status_code != 200:
                await anyio.sleep(0.05)
        await until(lambda: not desk.busy)
        return await session(address)

    monkeypatch.setattr(calling, "run", slow)
    with listening(create_app(desk=desk)) as address:
        money, ask_full, after = anyio.run(whole, address)
    error = money.structured_content["error"]
    assert (money.is_error, error["code"], error["remedy"]) == (True, "busy", "call again in 2 s")
    said = ask_full.structured_content
    assert (ask_full.is_error, said["status"], "call again in" in said["text"]) == (True, "failed", True)
    assert (after.is_error, len(after.structured_content["figures"])) == (False, 1)


async def until(true: Callable[[], object]) -> None:
    with anyio.fail_after(60):
        while not true():
            await anyio.sleep(0.02)
