"""aitoll for any host that takes OpenAI function schemas: the definitions, valid in strict mode, and a call that never raises."""

from __future__ import annotations

import json
from typing import Any

from aitoll.agent.interfaces.calling import problem
from aitoll.agent.interfaces.schemas import strict
from aitoll.agent.interfaces.toolbox import Tool, found, toolbox
from aitoll.tools.errors import InvalidInput

LONGEST_ARGUMENTS = 100_000
LOOSE = ("compare",)  # takes an open object, for which strict mode has no word


def functions(*names: str) -> list[dict[str, Any]]:
    """Definitions for the `tools` of a chat completion; all of them where none is named. InvalidInput for a name that is none."""
    return [{"type": "function", "function": _definition(found(name))} for name in names or toolbox()]


def call(name: str, arguments: str | dict[str, Any]) -> str:
    """The result as JSON text, ready to be the content of a tool message; what is wrong comes back the same way, under `error`."""
    try:
        tool = found(name)
    except InvalidInput as error:
        return json.dumps({"error": problem(error).model_dump()}, ensure_ascii=False)
    made = tool.call(_parsed(arguments))
    told = made.content.model_dump(mode="json")
    return json.dumps({**told, "error": made.error.model_dump()} if made.error else told, ensure_ascii=False)


def _definition(tool: Tool) -> dict[str, Any]:
    loose = tool.name in LOOSE
    parameters = tool.parameters if loose else strict(tool.parameters)
    return {"name": tool.name, "description": tool.description, "parameters": parameters, "strict": not loose}


def _parsed(arguments: str | dict[str, Any]) -> object:
    """What a model wrote, as an object; text that is no JSON goes on as it is, to be refused like any wrong argument."""
    if not isinstance(arguments, str):
        return arguments
    try:
        return json.loads(arguments[:LONGEST_ARGUMENTS] or "{}")
    except (ValueError, RecursionError):
        return arguments[:100]
