"""The MCP server in this process, spoken to by the SDK's own client in the old and the new version of the protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import mcp_types as types
import pytest
from jsonschema import Draft202012Validator
from mcp.client import Client

from aitoll import ask
from aitoll.agent.interfaces.mcp_server import server
from aitoll.agent.interfaces.toolbox import toolbox
from aitoll.agent.texts import surface
from aitoll.tools.errors import InvalidInput
from aitoll.tools.registry import CALCULATORS
from tests.interfaces.mcp_serving import NEW, OLD, eras, speak
from tests.interfaces.samples import WRONG

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

VAGUE = "Combien de CO2 ?"  # asks back
QUESTION = "CO2 of 10 GWh in France?"


def same(answer: dict[str, Any]) -> dict[str, Any]:
    """What two answers to one question have in common: all but ids and times."""
    kept = {key: value for key, value in answer.items() if key not in ("id", "elapsed_ms", "conversation")}
    return {**kept, "steps": [{**step, "elapsed_ms": 0} for step in answer["steps"]]}


@eras
def test_every_calculator_is_a_read_only_tool(era: str) -> None:
    tools = speak(era, lambda client: client.list_tools()).tools
    assert [tool.name for tool in tools] == list(toolbox())
    assert set(toolbox()) == {"ask", "search", "compare", "look_up", *CALCULATORS}
    for tool in tools:
        assert tool.annotations == types.ToolAnnotations(
            read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        )
        assert (bool(tool.title), bool(tool.description), tool.output_schema is not None) == (True, True, True)


def test_a_host_may_take_a_few_tools() -> None:
    async def work(few: Client) -> tuple[list[str], str]:
        return [tool.name for tool in (await few.list_tools()).tools], str((await few.call_tool("money", {"euros": 1})).content[0])

    async def session() -> tuple[list[str], str]:
        async with Client(server("ask", "training_cost")) as few:
            return await work(few)

    names, told = anyio.run(session)
    assert (names, "use one of ask, training_cost" in told) == (["ask", "training_cost"], True)
    with pytest.raises(InvalidInput, match="did you mean training_cost"):
        server("training_costs")


def test_the_server_says_who_it_is_and_how_to_use_it() -> None:
    async def work(client: Client) -> tuple[str, bool, str | None]:
        known = client.server_info
        assert known is not None
        return known.name, bool(known.version), client.instructions

    assert speak(OLD, work) == ("aitoll", True, surface("mcp", "en")["instructions"])


@eras
@pytest.mark.parametrize("wrong", range(0, len(WRONG), 4))
def test_wrong_arguments_are_told_and_the_session_goes_on(era: str, wrong: int) -> None:
    async def work(client: Client) -> list[tuple[types.CallToolResult, bool]]:
        made = [await client.call_tool(name, arguments) for name, arguments, _, _ in WRONG[wrong : wrong + 4]]
        after = await client.call_tool("money", {"euros": 100})
        return [(one, bool(after.is_error)) for one in made]

    for (result, later), (_, _, field, remedy) in zip(speak(era, work), WRONG[wrong : wrong + 4], strict=False):
        error = (result.structured_content or {})["error"]
        assert (result.is_error, error["field"], remedy in error["remedy"], later) == (True, field, True, False)
        assert error["message"] == result.content[0].text  # type: ignore[union-attr]


@eras
def test_an_unknown_tool_is_offered_the_near_ones(era: str) -> None:
    result = speak(era, lambda client: client.call_tool("gpu_bugdet", {}))
    assert (result.is_error, "did you mean gpu_budget?" in str(result.content[0])) == (True, True)


@eras
def test_ask_gives_the_answer(era: str) -> None:
    result = speak(era, lambda client: client.call_tool("ask", {"question": QUESTION}))
    expected = ask(QUESTION).model_dump(mode="json")
    assert same(result.structured_content or {}) == same(expected)
    text = result.content[0].text  # type: ignore[union-attr]
    assert all(f"[{one['number']}] {one['title']} {one['place']}" in text for one in expected["citations"])


def test_a_conversation_is_followed() -> None:
    async def work(client: Client) -> dict[str, Any]:
        await client.call_tool("ask", {"question": QUESTION, "conversation": "mcp-test"})
        return (await client.call_tool("ask", {"question": "And in Poland?", "conversation": "mcp-test"})).structured_content or {}

    found = speak(NEW, work)
    assert (found["conversation"], found["status"], found["figures"][0]["value"]) == ("mcp-test", "answered", 5886.0)


@eras
@pytest.mark.parametrize(
    "wrong", [{}, {"question": ""}, {"question": 5}, {"question": "x" * 10_001}, {"questions": "?"}, {"question": "?", "conversation": ""}]
)
def test_a_question_that_is_none_is_an_invalid_answer(era: str, wrong: dict[str, Any]) -> None:
    result = speak(era, lambda client: client.call_tool("ask", wrong))
    assert (result.is_error, (result.structured_content or {})["status"]) == (True, "invalid")


# A question back


def replying(action: Any, reply: str = "") -> Callable[..., Awaitable[types.ElicitResult]]:
    async def reply_to(_: Any, params: types.ElicitRequestParams) -> types.ElicitResult:
        assert params.message
        return types.ElicitResult(action=action, content={"reply": reply} if reply else None)

    return reply_to


@eras
@pytest.mark.parametrize("id", [None, "asked-back"])
def test_a_missing_piece_is_asked_of_the_user(era: str, id: str | None) -> None:
    said = {"question": VAGUE} | ({"conversation": f"{id}-{era}"} if id else {})
    result = speak(era, lambda client: client.call_tool("ask", said), elicitation_callback=replying("accept", QUESTION)).structured_content
    assert result is not None
    assert (result["status"], result["figures"][0]["name"], result["figures"][0]["value"]) == ("answered", "training_carbon", 414.0)


@eras
@pytest.mark.parametrize("action", ["decline", "cancel"])
def test_who_does_not_reply_gets_the_question_back(era: str, action: str) -> None:
    result = speak(era, lambda client: client.call_tool("ask", {"question": VAGUE}), elicitation_callback=replying(action))
    assert (result.is_error, (result.structured_content or {})["status"]) == (False, "clarify")


@eras
@pytest.mark.parametrize("content", [None, {}, {"reply": ""}, {"reply": "  "}, {"reply": 5}, {"other": QUESTION}, {"reply": [QUESTION]}])
def test_a_reply_that_says_nothing_gets_the_question_back(era: str, content: Any) -> None:
    async def reply_to(_: Any, __: types.ElicitRequestParams) -> types.ElicitResult:
        return types.ElicitResult(action="accept", content=content)

    result = speak(era, lambda client: client.call_tool("ask", {"question": VAGUE}), elicitation_callback=reply_to)
    assert (result.is_error, (result.structured_content or {})["status"]) == (False, "clarify")


@eras
def test_who_is_asked_back_once_is_not_asked_again(era: str) -> None:
    asked: list[str] = []

    async def reply_to(_: Any, params: types.ElicitRequestParams) -> types.ElicitResult:
        asked.append(params.message)
        return types.ElicitResult(action="accept", content={"reply": VAGUE})

    result = speak(era, lambda client: client.call_tool("ask", {"question": VAGUE}), elicitation_callback=reply_to)
    assert (len(asked), (result.structured_content or {})["status"]) == (1, "clarify")


@eras
def test_a_client_that_cannot_be_asked_gets_the_question_back(era: str) -> None:
    result = speak(era, lambda client: client.call_tool("ask", {"question": VAGUE}))
    assert (result.structured_content or {})["status"] == "clarify"


# Progress


PLACES = {"calculator": "training_carbon", "input": "place", "values": ["fra", "pol", "us-ca"], "inputs": {"energy_kwh": 1e6}}


@eras
@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("compare", PLACES, [(1, 3, "fra"), (2, 3, "pol"), (3, 3, "us-ca")]),
        ("ask", {"question": QUESTION}, [(0, None, "reading")]),
    ],
)
def test_progress_is_told(era: str, tool: str, arguments: dict[str, Any], told: list[Any]) -> None:
    heard: list[Any] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total, message))

    speak(era, lambda client: client.call_tool(tool, arguments, progress_callback=hear))
    assert heard[: len(told)] == told


def test_compare_gives_each_value_its_figures_and_its_error() -> None:
    arguments = {"calculator": "training_carbon", "input": "place", "values": ["fra", "polland"], "inputs": {"energy_kwh": "1 GWh"}}
    result = speak(NEW, lambda client: client.call_tool("compare", arguments))
    found = (result.structured_content or {})["rows"]
    assert [(row["value"], len(row["figures"]), bool(row["error"])) for row in found] == [("fra", 1, False), ("polland", 0, True)]
    assert (result.is_error, found[1]["error"]["near"][0]) == (False, "pol")


def test_compare_gives_the_ratio_to_the_first() -> None:
    result = speak(NEW, lambda client: client.call_tool("compare", PLACES))
    ratios = [row["ratio"] for row in (result.structured_content or {})["rows"]]
    alone = ask(QUESTION).figures[0]
    assert (ratios[0], ratios[1]["unit"], ratios[1]["value"]) == (None, "1", pytest.approx(5886.0 / alone.value))
    assert "times the first" in result.content[0].text  # type: ignore[union-attr]


def test_search_gives_passages_with_their_places() -> None:
    result = speak(NEW, lambda client: client.call_tool("search", {"query": "Why are training costs kept secret?", "limit": 2}))
    found = (result.structured_content or {})["passages"]
    assert (len(found), all(one["title"] and one["place"] and one["passage"] for one in found)) == (2, True)


def test_an_output_schema_holds_for_what_is_given() -> None:
    async def work(client: Client) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        tools = {tool.name: tool.output_schema or {} for tool in (await client.list_tools()).tools}
        asked: dict[str, dict[str, Any]] = {"ask": {"question": QUESTION}, "search": {"query": "water"}, "money": {"euros": 1}}
        return [(tools[name], (await client.call_tool(name, said)).structured_content or {}) for name, said in asked.items()]

    for schema, found in speak(NEW, work):
        Draft202012Validator(schema).validate(found)
