"""aitoll over MCP, from the official SDK's client; Claude Desktop starts the same command. Needs: pip install 'aitoll[mcp]'"""

import asyncio
import os
import sys

from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

server = StdioServerParameters(command=sys.executable, args=["-m", "aitoll", "mcp"], env=dict(os.environ))


async def main() -> None:
    async with Client(stdio_client(server)) as client:
        print([tool.name for tool in (await client.list_tools()).tools])
        made = await client.call_tool("gpu_budget", {"gpu": "b200", "gpus": 30_000, "unit_price": {"low": 30_000, "high": 40_000}})
        figure = made.structured_content["figures"][0]
        print(figure["value"], figure["low"], figure["high"], figure["unit"])

        wrong = await client.call_tool("gpu_budget", {"gpu": "B2000", "gpus": 30_000})
        print(wrong.is_error, wrong.structured_content["error"]["field"], wrong.structured_content["error"]["remedy"])

        answer = (await client.call_tool("ask", {"question": "CO2 of 10 GWh in France?"})).structured_content
        print(answer["text"])


asyncio.run(main())
