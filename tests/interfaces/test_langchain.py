"""aitoll in LangChain and LangGraph: tools with artifacts, a retriever, a runnable and a node; sync, async, streamed, with callbacks."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_openai import ChatOpenAI
from langgraph.graph import START, MessagesState, StateGraph

from aitoll import Answer, Figure, ask, langchain_tools
from aitoll.agent.interfaces.langchain_tools import AitollRetriever, aitoll_node, aitoll_runnable
from aitoll.tools.errors import InvalidInput
from aitoll.tools.registry import CALCULATORS
from tests.interfaces.samples import WRONG, asked, expected
from tests.peers.scripted import Scripted, calls, quotes_tools, says, tool_results

QUESTION = "CO2 of 10 GWh in France?"
TOOLS = {tool.name: tool for tool in langchain_tools()}


class Heard(BaseCallbackHandler):
    def __init__(self) -> None:
        self.started: list[tuple[str, Any]] = []
        self.ended = 0

    def on_tool_start(self, serialized: dict[str, Any], input_str: str, **kwargs: Any) -> None:  # noqa: ARG002 (LangChain's signature)
        self.started.append((serialized["name"], kwargs.get("metadata")))

    def on_chain_start(self, serialized: Any, inputs: Any, **kwargs: Any) -> None:  # noqa: ARG002 (LangChain's signature)
        self.started.append((kwargs.get("name", ""), kwargs.get("metadata")))

    def on_tool_end(self, output: Any, **kwargs: Any) -> None:  # noqa: ARG002 (LangChain's signature)
        self.ended += 1


def called(name: str, arguments: dict[str, Any]) -> ToolMessage:
    made = TOOLS[name].invoke({"type": "tool_call", "id": "1", "name": name, "args": arguments})
    assert isinstance(made, ToolMessage)
    return made


# Tools


@pytest.mark.parametrize("name", CALCULATORS)
def test_the_artifact_is_the_figures(name: str) -> None:
    message = called(name, asked(name))
    assert [figure.model_dump(mode="json") for figure in message.artifact] == list(expected(name))
    assert (message.status, all(isinstance(figure, Figure) for figure in message.artifact)) == ("success", True)


@pytest.mark.parametrize("name", CALCULATORS)
def test_the_content_names_sources_and_places(name: str) -> None:
    content = str(called(name, asked(name)).content)
    cited = [f"{part['source']}, {part['where']}" for figure in expected(name) for part in figure["inputs"] if part["source"]]
    assert [one for one in cited if one not in content] == []


def test_the_artifact_of_ask_is_the_answer() -> None:
    message = called("ask", {"question": QUESTION})
    wanted = ask(QUESTION)
    assert isinstance(message.artifact, Answer)
    assert (message.artifact.text, message.artifact.figures, message.artifact.citations) == (wanted.text, wanted.figures, wanted.citations)


def test_a_tool_is_asynchronous_too() -> None:
    made = asyncio.run(TOOLS["money"].ainvoke({"type": "tool_call", "id": "1", "name": "money", "args": asked("money")}))
    assert [figure.model_dump(mode="json") for figure in made.artifact] == list(expected("money"))


@pytest.mark.parametrize(("name", "arguments", "field", "remedy"), WRONG)
def test_a_wrong_argument_names_field_and_remedy(name: str, arguments: dict[str, Any], field: str, remedy: str) -> None:
    message = called(name, arguments)
    error = json.loads(str(message.content))["error"]
    assert (message.status, error["field"], remedy in error["remedy"]) == ("error", field, True)


@pytest.mark.parametrize("name", TOOLS)
def test_a_model_is_shown_bounds_and_units(name: str) -> None:
    shown = convert_to_openai_tool(TOOLS[name])["function"]
    assert (shown["name"], bool(shown["description"]), bool(shown["parameters"]["properties"])) == (name, True, True)
    if name == "training_cost":
        assert "(USD/GPU-hour)" in shown["parameters"]["properties"]["price"]["description"]


@pytest.mark.parametrize("said", [{}, {"question": ""}, {"question": 5}, {"questoin": "why"}, {"question": "x" * 20_000}, ""])
def test_a_question_that_is_none_names_its_field(said: Any) -> None:
    error = json.loads(TOOLS["ask"].invoke(said))["error"]
    assert (error["code"], error["field"], bool(error["remedy"])) == ("invalid", "questoin" if "questoin" in said else "question", True)


def test_plain_text_will_do_where_one_input_is_needed() -> None:
    assert TOOLS["ask"].invoke(QUESTION) == TOOLS["ask"].invoke({"question": QUESTION})
    assert asyncio.run(TOOLS["search"].ainvoke("water of data centres")) == TOOLS["search"].invoke({"query": "water of data centres"})


def test_callbacks_and_config_go_through() -> None:
    heard = Heard()
    TOOLS["money"].invoke({"euros": 1}, config={"callbacks": [heard], "metadata": {"tenant": "a"}})
    assert ([name for name, _ in heard.started], heard.started[0][1]["tenant"], heard.ended) == (["money"], "a", 1)


# In an agent, against a model that follows a script


def agent(model: Scripted, **options: Any) -> Any:
    chat = ChatOpenAI(model="scripted", base_url=model.url, api_key="none", use_responses_api=False, max_retries=0, **options)
    return create_agent(chat, list(TOOLS.values()))


def test_the_loop_goes_on_after_every_wrong_argument() -> None:
    wrong = [(name, arguments) for name, arguments, _, _ in WRONG if len(str(arguments)) < 1000]
    with Scripted([calls(*wrong), calls(("money", {"euros": 100})), says("done")]) as model:
        done = agent(model).invoke({"messages": [("user", "go")]})
    messages = [message for message in done["messages"] if isinstance(message, ToolMessage)]
    assert [message.status for message in messages] == ["error"] * len(wrong) + ["success"]
    assert (done["messages"][-1].content, len(tool_results(model.requests[-1]))) == ("done", len(wrong) + 1)


def test_a_streamed_agent_gets_the_figures() -> None:
    async def session(model: Scripted) -> list[Any]:
        stream = agent(model, streaming=True).astream({"messages": [("user", "go")]}, stream_mode="messages")
        return [chunk async for chunk, _ in stream]

    with Scripted([calls(("money", asked("money"))), quotes_tools]) as model:
        chunks = asyncio.run(session(model))
    artifact = next(chunk.artifact for chunk in chunks if isinstance(chunk, ToolMessage))
    text = "".join(chunk.text for chunk in chunks if isinstance(chunk, AIMessageChunk))
    assert [figure.model_dump(mode="json") for figure in artifact] == list(expected("money"))
    assert text == tool_results(model.requests[-1])[0]


# Retriever


def test_the_retriever_gives_passages_with_their_places() -> None:
    found = AitollRetriever(limit=3, within="library").invoke("Why are training costs kept secret?")
    assert (len(found), all(one.page_content and one.metadata["title"] and one.metadata["place"] for one in found)) == (3, True)
    assert asyncio.run(AitollRetriever(limit=3, within="library").ainvoke("Why are training costs kept secret?")) == found


def test_the_retriever_refuses_an_empty_query() -> None:
    with pytest.raises(InvalidInput, match="query"):
        AitollRetriever().invoke(" ")


# Runnable and node


def figures(message: AIMessage) -> list[Figure]:
    return Answer.model_validate(message.additional_kwargs["answer"]).figures


@pytest.mark.parametrize("given", [QUESTION, [HumanMessage(QUESTION)], {"messages": [("user", QUESTION)]}, {"question": QUESTION}])
def test_the_runnable_answers(given: Any) -> None:
    made, wanted = aitoll_runnable().invoke(given), ask(QUESTION)
    assert (made.content, figures(made)) == (wanted.text, wanted.figures)
    later = asyncio.run(aitoll_runnable().ainvoke(given))
    assert (later.content, figures(later)) == (wanted.text, wanted.figures)


def test_the_runnable_streams_the_text_then_the_answer() -> None:
    async def session() -> list[AIMessage]:
        return [chunk async for chunk in aitoll_runnable().astream(QUESTION)]

    for chunks in (list(aitoll_runnable().stream(QUESTION)), asyncio.run(session())):
        assert (len(chunks) > 2, "".join(str(chunk.content) for chunk in chunks)) == (True, ask(QUESTION).text)
        assert ["answer" in chunk.additional_kwargs for chunk in chunks] == [False] * (len(chunks) - 1) + [True]


def test_the_runnable_composes_and_tells_its_callbacks() -> None:
    heard = Heard()
    text = (aitoll_runnable() | (lambda message: message.content)).invoke(QUESTION, config={"callbacks": [heard]})
    assert (text, "aitoll" in [name for name, _ in heard.started]) == (ask(QUESTION).text, True)


def test_a_node_follows_up_on_the_messages_before() -> None:
    graph = StateGraph(MessagesState).add_node("aitoll", aitoll_node).add_edge(START, "aitoll").compile()
    first = graph.invoke({"messages": [HumanMessage(QUESTION)]})
    second = graph.invoke({"messages": [*first["messages"], HumanMessage("And in Poland?")]})
    assert [figures(made["messages"][-1])[0].value for made in (first, second)] == [414.0, 5886.0]


@pytest.mark.parametrize(
    "given", [[], {"messages": []}, [AIMessage("hello")], {"question": ""}, 5, None, [5], [None], {"messages": 5}, [()]]
)
def test_a_turn_without_a_question_is_told(given: Any) -> None:
    with pytest.raises(InvalidInput, match="question"):
        aitoll_runnable().invoke(given)
