"""The MCP server as a host meets it: in this process, a command to start, an address on a free port."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError
from starlette.applications import Starlette

from aitoll.agent.interfaces.mcp_http import mcp_app
from aitoll.agent.interfaces.mcp_server import server
from tests.interfaces.web_server import listening

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

ROOT = Path(__file__).parent.parent.parent


def command() -> StdioServerParameters:
    return StdioServerParameters(command=sys.executable, args=["-m", "aitoll", "mcp"], env={**os.environ, "PYTHONPATH": str(ROOT)})


T = TypeVar("T")
OLD, NEW = "2025-11-25", "2026-07-28"
eras = pytest.mark.parametrize("era", [OLD, NEW])


def speak(era: str, work: Callable[[Client], Awaitable[T]], **options: Any) -> T:
    """One session with a server of its own."""

    async def session() -> T | MCPError:
        async with Client(server(), mode="legacy" if era == OLD else era, **options) as client:
            assert client.protocol_version == era
            try:
                return await work(client)
            except MCPError as error:  # raised here it would come out in a group
                return error

    result = anyio.run(session)
    if isinstance(result, MCPError):
        raise result
    return result


@contextmanager
def serving() -> Iterator[str]:
    """The routes in an application of its own on a free port."""
    mcp = mcp_app()
    with listening(Starlette(routes=mcp.routes, lifespan=lambda _: mcp.running())) as address:
        yield address
