"""The MCP server as a host meets it: a command to start, and an address on a free port."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from mcp.client.stdio import StdioServerParameters
from starlette.applications import Starlette

from aitoll.agent.interfaces.mcp_http import mcp_app

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent


def command() -> StdioServerParameters:
    return StdioServerParameters(command=sys.executable, args=["-m", "aitoll", "mcp"], env={**os.environ, "PYTHONPATH": str(ROOT)})


@contextmanager
def serving() -> Iterator[str]:
    """The routes in an application of its own on a free port, as `aitoll serve` takes them."""
    routes, running = mcp_app()
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes, lifespan=running), log_level="warning", timeout_graceful_shutdown=1))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        free.listen()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [free]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{free.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
