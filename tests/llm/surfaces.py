"""One question on every surface that there is, and all that its reader gets to see there."""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import anyio
import httpx
from mcp.client import Client

from aitoll import langchain_tools, stream
from aitoll.__main__ import main
from aitoll.agent.interfaces.functions import call
from aitoll.agent.interfaces.langchain_tools import aitoll_runnable
from aitoll.agent.interfaces.mcp_server import server
from aitoll.agent.interfaces.web import create_app
from tests.interfaces.slack_service import BOT, event
from tests.interfaces.slack_stage import on_stage
from tests.interfaces.web_server import listening

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest


def terminal(question: str, capsys: pytest.CaptureFixture[str]) -> str:
    main([question])
    return capsys.readouterr().out


def streamed(question: str) -> str:
    async def heard() -> str:
        return "".join([str(part) async for part in stream(question)])

    return asyncio.run(heard())


def langchain(question: str) -> str:
    tool = next(tool for tool in langchain_tools() if tool.name == "ask")
    return f"{tool.invoke({'question': question})} {aitoll_runnable().invoke(question)}"


def function(question: str) -> str:
    return call("ask", {"question": question})


def mcp(question: str) -> str:
    async def session() -> str:
        async with Client(server()) as client:
            made = await client.call_tool("ask", {"question": question})
            return f"{made.content} {json.dumps(made.structured_content, ensure_ascii=False)}"

    return anyio.run(session)


@contextmanager
def web() -> Iterator[httpx.Client]:
    with listening(create_app()) as address, httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        yield client


def over_http(client: httpx.Client, question: str) -> dict[str, str]:
    """REST, its stream, the OpenAI-compatible endpoint whole and streamed, MCP on the same port."""
    chat: dict[str, Any] = {"model": "aitoll", "messages": [{"role": "user", "content": question}]}
    said = {
        "rest": client.post("/api/v1/ask", json={"question": question}),
        "rest, streamed": client.post("/api/v1/ask/stream", json={"question": question}),
        "openai": client.post("/v1/chat/completions", json=chat),
        "openai, streamed": client.post("/v1/chat/completions", json={**chat, "stream": True}),
    }

    async def session() -> str:
        async with Client(f"{str(client.base_url).rstrip('/')}/mcp") as found:
            return str(await found.call_tool("ask", {"question": question}))

    return {**{name: response.raise_for_status().text for name, response in said.items()}, "mcp over http": anyio.run(session)}


def slack(question: str, patch: pytest.MonkeyPatch, folder: Path) -> str:
    with on_stage(patch, folder) as stage:
        stage.send(event(f"<@{BOT}> {question}", "1.000001"))
        stage.finished(1)
        return json.dumps(stage.service.messages, ensure_ascii=False)
