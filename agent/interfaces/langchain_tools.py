"""aitoll in LangChain: the tools with their artifacts, the store as a retriever, the agent as a runnable and as a node of a graph."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.documents import Document
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableGenerator
from langchain_core.tools import BaseTool, StructuredTool, ToolException

from aitoll.agent.answer import Answer
from aitoll.agent.ask import answer
from aitoll.agent.conversations import InMemory, conversation_of
from aitoll.agent.interfaces.calling import text
from aitoll.agent.interfaces.schemas import LONGEST_QUESTION, MOST_PASSAGES, Compared, Figures
from aitoll.agent.interfaces.toolbox import Tool, passages, toolbox
from aitoll.tools.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.callbacks import CallbackManagerForRetrieverRun

    from aitoll.agent.answer import Figure
    from aitoll.agent.conversations import Conversation
    from aitoll.agent.interfaces.schemas import Passages

MOST_TURNS = 20
logger = logging.getLogger(__name__)


def langchain_tools() -> list[BaseTool]:
    """`ask`, `search`, `compare`, `look_up` and every calculator, synchronous and asynchronous. The artifact is the Answer, the figures or
    the passages; a wrong argument comes back as an error message that names the field and the remedy."""
    return [_langchain_tool(tool) for tool in toolbox().values()]


def _langchain_tool(tool: Tool) -> BaseTool:
    def run(**arguments: Any) -> tuple[str, Any]:
        made = tool.call(arguments)
        if made.is_error:
            raise ToolException(
                json.dumps({"error": made.error.model_dump() if made.error else {"message": made.text}}, ensure_ascii=False)
            )
        return made.text, _artifact(made.content)

    async def arun(**arguments: Any) -> tuple[str, Any]:
        return await asyncio.to_thread(run, **arguments)

    return _Tool.from_function(
        run,
        arun,
        name=tool.name,
        description=tool.description,
        args_schema={"title": tool.name, "description": tool.description, **tool.parameters},
        response_format="content_and_artifact",
        handle_tool_error=True,
        handle_validation_error=True,
    )


class _Tool(StructuredTool):
    """Takes plain text too, where one input alone is needed: `ask.invoke("CO2 of 10 GWh in France?")`."""

    def run(self, tool_input: str | dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        return super().run(self._by_name(tool_input), *args, **kwargs)

    async def arun(self, tool_input: str | dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        return await super().arun(self._by_name(tool_input), *args, **kwargs)

    def _by_name(self, said: str | dict[str, Any]) -> str | dict[str, Any]:
        needed: list[str] = self.args_schema.get("required", []) if isinstance(self.args_schema, dict) else []
        return {needed[0]: said} if isinstance(said, str) and len(needed) == 1 else said


def _artifact(made: Answer | Figures | Compared | Passages) -> Answer | Compared | list[Figure] | list[Document]:
    if isinstance(made, Answer | Compared):
        return made
    return made.figures if isinstance(made, Figures) else [_document(found.model_dump()) for found in made.passages]


def _document(found: dict[str, Any]) -> Document:
    return Document(page_content=found.pop("passage"), id=found["id"], metadata=found)


class AitollRetriever(BaseRetriever):
    """Passages of the library and of the user's documents, best first, with their source and the place in it."""

    limit: int = 5
    within: Literal["all", "library", "user"] = "all"

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:  # noqa: ARG002
        found = passages(text("query", query, LONGEST_QUESTION), min(self.limit, MOST_PASSAGES), self.within)
        for warning in found.warnings:
            logger.warning(warning)
        return [_document(one.model_dump()) for one in found.passages]


def aitoll_runnable() -> RunnableGenerator[Any, AIMessage]:
    """aitoll as a runnable: text, messages or {"question", "conversation"} in; a message out, streamed line by line once it is checked.
    The Answer is in `additional_kwargs["answer"]`. Earlier questions of the messages are its memory, so nothing is kept on disk."""
    return RunnableGenerator(_streamed, _astreamed, name="aitoll")


def _streamed(inputs: Iterator[Any]) -> Iterator[AIMessage]:
    for given in inputs:
        yield from _chunks(_answered(given))


async def _astreamed(inputs: AsyncIterator[Any]) -> AsyncIterator[AIMessage]:
    async for given in inputs:
        for chunk in _chunks(await asyncio.to_thread(_answered, given)):
            yield chunk


def aitoll_node(state: Any) -> dict[str, list[AIMessage]]:
    """aitoll as a node of a graph whose state has `messages`."""
    return {"messages": [_message(_answered(state["messages"]))]}


def _chunks(made: Answer) -> Iterator[AIMessage]:
    for line in made.text.splitlines(keepends=True):
        yield AIMessageChunk(content=line, id=made.id)
    last = _message(made)
    yield AIMessageChunk(content="", id=made.id, additional_kwargs=last.additional_kwargs, chunk_position="last")


def _message(made: Answer) -> AIMessage:
    return AIMessage(content=made.text, id=made.id, additional_kwargs={"answer": made.model_dump(mode="json")})


def _answered(given: Any) -> Answer:
    questions, memory = _turns(given)
    for earlier in questions[:-1]:
        answer(earlier, memory)
    return answer(questions[-1], memory)


def _turns(given: Any) -> tuple[list[str], Conversation]:
    if isinstance(given, dict) and "question" in given:
        return [text("question", given["question"], LONGEST_QUESTION)], conversation_of(given.get("conversation"))
    messages = given.get("messages") if isinstance(given, dict) else given
    several = messages if isinstance(messages, list | tuple) else ()
    asked = [messages] if isinstance(messages, str) else [found for one in several if (found := _question(one))]
    if not asked:
        raise InvalidInput(field="messages", value="without a question", allowed="give text, messages with a human one, or a question")
    return asked[-MOST_TURNS:], InMemory()


def _question(message: Any) -> str:
    """What a person said: a HumanMessage, or a pair or mapping with the role `user` or `human`."""
    match message:
        case BaseMessage():
            return message.text if isinstance(message, HumanMessage) else ""
        case {"role": "user" | "human", "content": content} | ("user" | "human", content):
            return str(content)
    return ""
