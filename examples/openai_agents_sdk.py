"""aitoll's tools in the OpenAI Agents SDK. Needs: pip install aitoll 'openai-agents>=0.24'"""

import os

from agents import Agent, FunctionTool, OpenAIChatCompletionsModel, RunContextWrapper, Runner, set_tracing_disabled
from openai import AsyncOpenAI

from aitoll.agent.interfaces.functions import call, functions

set_tracing_disabled(True)  # else every run is sent to OpenAI


def tool(definition: dict) -> FunctionTool:
    async def invoke(_: RunContextWrapper, arguments: str) -> str:
        return call(definition["name"], arguments)

    return FunctionTool(
        definition["name"], definition["description"], definition["parameters"], invoke, strict_json_schema=definition["strict"]
    )


model = OpenAIChatCompletionsModel(os.environ.get("MODEL", "gpt-5.5"), AsyncOpenAI())  # OPENAI_API_KEY and OPENAI_BASE_URL
agent = Agent(name="costs", model=model, tools=[tool(one["function"]) for one in functions()])
print(Runner.run_sync(agent, "What do 30,000 B200 cost, at 30,000 to 40,000 dollars each?").final_output)
