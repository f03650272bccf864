"""aitoll's tools in a pydantic-ai agent. Needs: pip install aitoll 'pydantic-ai-slim[openai]'"""

import json
import os
from functools import partial

from pydantic_ai import Agent, Tool
from pydantic_ai.models.openai import OpenAIChatModel

from aitoll.agent.interfaces.functions import call, functions


def run(name: str, **arguments: object) -> dict[str, object]:
    return json.loads(call(name, arguments))


tools = [
    Tool.from_schema(
        partial(run, one["function"]["name"]), one["function"]["name"], one["function"]["description"], one["function"]["parameters"]
    )
    for one in functions()
]
agent = Agent(OpenAIChatModel(os.environ.get("MODEL", "gpt-5.5")), tools=tools)  # OPENAI_API_KEY and OPENAI_BASE_URL
print(agent.run_sync("What do 30,000 B200 cost, at 30,000 to 40,000 dollars each?").output)
