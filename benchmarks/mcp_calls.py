"""What an MCP call costs over the calculator itself, on each transport and in each version of the protocol, and calls per second.

    python benchmarks/mcp_calls.py            # AITOLL_BENCH_RUNS=200 calls each, AITOLL_BENCH_AT_ONCE=8 for the rate

Wall time, the median and the 95th percentile of calls one after the other; the floor is `calculate` in this process, taken in turns
with them, so that the machine's moods fall on both. Processor time of a call, client and server together, where the machine tells that
of a process that was started (/proc): it is what stays the same on a machine that is busy. The rate is of calls side by side over one
connection.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from starlette.applications import Starlette

sys.path.insert(0, str(Path(__file__).parent.parent))  # run as a file, it finds tests/ too
from aitoll import calculate
from aitoll.agent.interfaces.mcp_http import mcp_app
from aitoll.agent.interfaces.mcp_server import server
from tests.interfaces.web_server import listening

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNS = int(os.environ.get("AITOLL_BENCH_RUNS", "200"))
AT_ONCE = int(os.environ.get("AITOLL_BENCH_AT_ONCE", "8"))
NAME = "training_carbon"
INPUTS: dict[str, Any] = {"gpu": "h100-sxm", "gpus": 1000, "hours": 720, "place": "fra"}


@contextmanager
def serving() -> Iterator[str]:
    mcp = mcp_app()
    with listening(Starlette(routes=mcp.routes, lifespan=lambda _: mcp.running())) as url:
        yield f"{url}/mcp"


def clients(address: str) -> dict[str, Any]:
    command = StdioServerParameters(command=sys.executable, args=["-m", "aitoll", "mcp"], env=dict(os.environ))
    return {
        "in this process, new": lambda: Client(server()),
        "stdio, 2025-11-25": lambda: Client(stdio_client(command), mode="legacy"),
        "stdio, 2026-07-28": lambda: Client(stdio_client(command)),
        "HTTP, 2025-11-25": lambda: Client(address, mode="legacy"),
        "HTTP, 2026-07-28": lambda: Client(address),
    }


def processor_s() -> float:
    """Of this process and of those that it started and that still run."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    pids = children.read_text().split() if children.exists() else []
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return time.process_time() + sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")


async def measured(client: Client) -> tuple[list[float], list[float], float, float]:
    """Milliseconds of the calculator and of the call, in turns; processor time of a call; then calls per second side by side."""
    floor, call, spent = [], [], processor_s()
    calculating = 0.0
    for number in range(RUNS):
        inputs = {**INPUTS, "hours": 700 + number}  # no cache serves two
        start, began = time.perf_counter(), time.process_time()
        calculate(NAME, **inputs)
        floor.append(1e3 * (time.perf_counter() - start))
        calculating += time.process_time() - began
        start = time.perf_counter()
        result = await client.call_tool(NAME, inputs)
        call.append(1e3 * (time.perf_counter() - start))
        if result.is_error:
            raise SystemExit(str(result.content))
    each_ms = 1e3 * (processor_s() - spent - calculating) / RUNS
    return floor, call, each_ms, await rate(client)


async def rate(client: Client) -> float:
    async def some() -> None:
        for number in range(RUNS // AT_ONCE):
            await client.call_tool(NAME, {**INPUTS, "hours": 700 + number})

    start = time.perf_counter()
    async with anyio.create_task_group() as group:
        for _ in range(AT_ONCE):
            group.start_soon(some)
    return AT_ONCE * (RUNS // AT_ONCE) / (time.perf_counter() - start)


async def session(open_client: Any) -> tuple[float, list[float], list[float], float, float]:
    start = time.perf_counter()
    async with open_client() as client:
        await client.call_tool("money", {"euros": 1})
        opened = 1e3 * (time.perf_counter() - start)
        return opened, *(await measured(client))


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["AITOLL_HOME"] = home
        print(f"{NAME}, {RUNS} calls; Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
        columns = ("first call", "calculator", "MCP call", "95th", "over it", "processor", "a second")
        print(f"{'':22} {' '.join(f'{column:>12}' for column in columns)}")
        with serving() as address:
            for name, open_client in clients(address).items():
                opened, floor, call, each_ms, each_second = anyio.run(session, open_client)
                least, middle = statistics.median(floor), statistics.median(call)
                times = (opened, least, middle, sorted(call)[int(0.95 * len(call))], middle - least, each_ms)
                print(f"{name:22} {' '.join(f'{one:9.2f} ms' for one in times)} {each_second:12.0f}")


if __name__ == "__main__":
    main()
