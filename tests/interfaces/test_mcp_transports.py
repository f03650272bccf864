"""MCP over real transports: `aitoll mcp` as a process, HTTP on a socket, and clients that are not ours."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import anyio
import fastmcp
import httpx2
import pytest
from mcp.client import Client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from aitoll import ask
from aitoll.agent.interfaces.mcp_http import METADATA
from aitoll.agent.interfaces.mcp_resources import TABLES
from aitoll.agent.interfaces.toolbox import toolbox
from aitoll.agent.interfaces.web import create_app
from aitoll.settings import settings
from aitoll.tools.registry import CALCULATORS
from tests.interfaces.mcp_serving import NEW, command, serving
from tests.interfaces.samples import asked, expected
from tests.interfaces.web_server import listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

QUESTION = "CO2 of 10 GWh in France?"
KEYS = ("first-key", "second-key")


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:  # noqa: ARG001 (before the server reads its settings)
    with serving() as found:
        yield found


@pytest.fixture(params=["alone", "in aitoll serve"])
def guarded(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AITOLL_API_KEYS", ",".join(KEYS))
    settings.cache_clear()
    with serving() if request.param == "alone" else listening(create_app()) as found:
        yield found


def clients(address: str) -> dict[str, Callable[[], AbstractAsyncContextManager[Any]]]:
    return {
        "stdio, old": lambda: Client(stdio_client(command()), mode="legacy"),
        "stdio, new": lambda: Client(stdio_client(command())),
        "http, old": lambda: Client(f"{address}/mcp", mode="legacy"),
        "http, new": lambda: Client(f"{address}/mcp"),
        "fastmcp, http": lambda: fastmcp.Client(f"{address}/mcp"),
        "fastmcp, stdio": lambda: fastmcp.Client(_fastmcp_stdio()),
    }


def _fastmcp_stdio() -> Any:
    from fastmcp.client.transports import StdioTransport

    found = command()
    return StdioTransport(found.command, found.args, env=found.env)


WAYS = ["stdio, old", "stdio, new", "http, old", "http, new", "fastmcp, http", "fastmcp, stdio"]


@pytest.fixture(scope="module", params=WAYS)
def results(request: pytest.FixtureRequest, address: str) -> dict[str, Any]:
    """Every calculator asked once, over one connection."""
    open_client = clients(address)[request.param]

    async def session() -> dict[str, Any]:
        async with open_client() as client:
            return {name: _structured(await client.call_tool(name, asked(name))) for name in CALCULATORS}

    return anyio.run(session)


def _structured(result: Any) -> Any:
    found = getattr(result, "structured_content", None)
    return json.loads(json.dumps(found))


@pytest.mark.parametrize("name", CALCULATORS)
def test_every_calculator_gives_the_figures_of_the_command(results: dict[str, Any], name: str) -> None:
    assert results[name] == {"figures": list(expected(name)), "error": None}


@pytest.mark.parametrize("name", CALCULATORS)
def test_sources_and_places_arrive(results: dict[str, Any], name: str) -> None:
    published = [part for figure in results[name]["figures"] for part in figure["inputs"] if part["status"] == "published"]
    assert all(part["source"] and part["where"] for part in published)


@pytest.mark.parametrize("way", WAYS)
def test_ask_and_the_lists_arrive(way: str, address: str) -> None:
    async def session() -> tuple[Any, list[int]]:
        async with clients(address)[way]() as client:
            answer = _structured(await client.call_tool("ask", {"question": QUESTION}))
            listed = {
                "tools": await client.list_tools(),
                "resources": await client.list_resources(),
                "prompts": await client.list_prompts(),
            }
            return answer, [len(found if isinstance(found, list) else getattr(found, kind)) for kind, found in listed.items()]

    answer, counts = anyio.run(session)
    wanted = ask(QUESTION).model_dump(mode="json")
    assert (answer["text"], answer["figures"], answer["citations"]) == (wanted["text"], wanted["figures"], wanted["citations"])
    assert counts == [len(toolbox()), len(TABLES) + 2, 8]


# stdio


def test_an_old_host_reads_the_figures_in_the_text() -> None:
    """A host of 2024, line by line: it knows no structured content."""
    process = subprocess.Popen([sys.executable, "-m", "aitoll", "mcp"], env=command().env, stdin=-1, stdout=-1, stderr=-1, text=True)
    assert process.stdin
    assert process.stdout
    started = {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "old", "version": "1"}}
    lines: list[dict[str, Any]] = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": started},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "money", "arguments": asked("money")}},
    ]
    replies = []
    for line in lines:
        process.stdin.write(json.dumps(line) + "\n")
        process.stdin.flush()
        replies += [json.loads(process.stdout.readline())] if line.get("id") else []
    process.stdin.close()
    assert process.wait(10) == 0
    assert replies[0]["result"]["protocolVersion"] == "2024-11-05"
    assert json.loads(replies[1]["result"]["content"][1]["text"])["figures"] == list(expected("money"))


def test_what_is_no_request_does_not_end_the_server() -> None:
    lines = ["{", "[]", "null", '{"jsonrpc":"2.0","id":7,"method":"nothing/here"}', "x" * 100_000]
    started = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "late", "version": "1"}}
    alive = json.dumps({"jsonrpc": "2.0", "id": 9, "method": "initialize", "params": started})
    done = subprocess.run(
        [sys.executable, "-m", "aitoll", "mcp"],
        env=command().env,
        input="\n".join([*lines, alive, ""]),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, 9 in [one.get("id") for one in replies], "Traceback" in done.stdout) == (0, True, False)


def test_the_server_starts_without_what_it_may_not_need() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "aitoll", "mcp"],
        env=command().env,
        input="",
        capture_output=True,
        text=True,
        check=False,
    )
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert (done.returncode, loaded & {"chromadb", "langchain", "langchain_core", "langgraph", "numpy", "openai"}) == (0, set())


def test_a_tool_that_is_none_ends_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "aitoll", "mcp", "--tools", "ask,mony"], env=command().env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "did you mean money?" in done.stderr, done.stdout) == (1, True, "")


# HTTP


def test_without_a_key_the_metadata_is_named(guarded: str) -> None:
    refused = httpx2.post(f"{guarded}/mcp", json={}, headers={"Authorization": "Bearer wrong"})
    named = f'resource_metadata="{guarded}{METADATA}"'
    assert (refused.status_code, named in refused.headers["www-authenticate"]) == (401, True)
    found = httpx2.get(f"{guarded}{METADATA}").json()
    assert found == {"resource": f"{guarded}/mcp", "bearer_methods_supported": ["header"], "resource_name": "aitoll"}


def with_key(address: str, key: str) -> Client:
    http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"})
    return Client(streamable_http_client(f"{address}/mcp", http_client=http))


def test_a_conversation_reaches_only_its_key(guarded: str) -> None:
    async def say(key: str, question: str) -> dict[str, Any]:
        async with with_key(guarded, key) as client:
            return (await client.call_tool("ask", {"question": question, "conversation": "mine"})).structured_content or {}

    async def session() -> list[dict[str, Any]]:
        return [
            await say(key, question) for key, question in [(KEYS[0], QUESTION), (KEYS[1], "And in Poland?"), (KEYS[0], "And in Poland?")]
        ]

    own, foreign, followed = anyio.run(session)
    assert (own["conversation"], own["status"], foreign["status"] == "answered" and bool(foreign["figures"])) == ("mine", "answered", False)
    assert followed["figures"][0]["value"] == 5886.0


def test_a_key_keeps_its_conversations_on_every_surface(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITOLL_API_KEYS", ",".join(KEYS))
    settings.cache_clear()

    async def say(address: str) -> None:
        async with with_key(address, KEYS[0]) as client:
            await client.call_tool("ask", {"question": QUESTION, "conversation": "mine-alone"})

    with listening(create_app()) as address:
        anyio.run(say, address)
        kept = [httpx2.get(f"{address}/api/v1/conversations", headers={"Authorization": f"Bearer {key}"}).json() for key in KEYS]
    assert ["mine-alone" in [one["id"] for one in of_key] for of_key in kept] == [True, False]


def test_the_web_application_serves_it_too() -> None:
    """Without keys, in both versions, with progress; and what was said there is seen over REST."""
    heard: list[Any] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total, message))

    async def session(address: str) -> None:
        places = {"calculator": "training_carbon", "input": "place", "values": ["fra", "pol"], "inputs": {"energy_kwh": 1}}
        for mode in ("legacy", "auto"):
            async with Client(f"{address}/mcp", mode=mode) as client:
                await client.call_tool("compare", places, progress_callback=hear)
                await client.call_tool("ask", {"question": QUESTION, "conversation": f"over-mcp-{mode}"})

    with listening(create_app()) as address:
        anyio.run(session, address)
        kept = httpx2.get(f"{address}/api/v1/conversations").json()
    assert heard == [(1, 2, "fra"), (2, 2, "pol")] * 2
    assert {"over-mcp-legacy", "over-mcp-auto"} <= {one["id"] for one in kept}


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Host": "evil.example.org"}, 421), ({"Origin": "http://evil.example.org"}, 403), ({"Content-Type": "text/plain"}, 400)],
)
def test_a_page_of_another_site_is_kept_out(address: str, headers: dict[str, str], status: int) -> None:
    sent = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json", **headers}
    assert httpx2.post(f"{address}/mcp", content=b"{}", headers=sent).status_code == status


def test_white_space_around_a_header_is_no_part_of_it(address: str) -> None:
    """Sent by http.client, which sends a value as it is given."""
    meta = {"io.modelcontextprotocol/protocolVersion": NEW, "io.modelcontextprotocol/clientCapabilities": {}}
    named = {"name": "money", "arguments": {"euros": 1}, "_meta": meta}
    sent = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json", "MCP-Protocol-Version": NEW}
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": named})
    connection.request("POST", "/mcp", body, {**sent, "Mcp-Method": " tools/call", "Mcp-Name": "  money \t"})
    response = connection.getresponse()
    assert (response.status, b'"figures"' in response.read()) == (200, True)
    connection.close()


def test_a_huge_request_is_refused(address: str) -> None:
    sent = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    assert httpx2.post(f"{address}/mcp", content=b" " * 1_100_000, headers=sent).status_code == 413


def test_many_hosts_at_once_get_their_own_answers(address: str) -> None:
    async def one(gpus: int, found: dict[int, Any]) -> None:
        async with Client(f"{address}/mcp", mode="legacy" if gpus % 2 else "auto") as client:
            made = await client.call_tool("gpu_budget", {"gpus": gpus, "unit_price": 1000})
            found[gpus] = (made.structured_content or {})["figures"][0]["value"]

    async def session() -> dict[int, Any]:
        found: dict[int, Any] = {}
        async with anyio.create_task_group() as group:
            for gpus in range(1, 21):
                group.start_soon(one, gpus, found)
        return found

    assert anyio.run(session) == {gpus: gpus * 1000.0 for gpus in range(1, 21)}
