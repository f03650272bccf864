"""aitoll as LangChain tools: every calculator and `ask`, each with the figure or the Answer as its artifact."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from langchain_core.tools import BaseTool, StructuredTool, ToolException
from pydantic import BaseModel, Field

from aitoll.agent.ask import aask, ask, calculate
from aitoll.agent.texts import with_range
from aitoll.tools.errors import AitollError
from aitoll.tools.registry import CALCULATORS, Calculator

if TYPE_CHECKING:
    from aitoll.agent.answer import Answer, Figure


class Question(BaseModel, extra="forbid"):
    """What AI costs in money, electricity, carbon or water, asked in French or English; answered with figures and citations."""

    question: str = Field(max_length=10_000, description="One question, in French or English")
    conversation: str | None = Field(None, max_length=200, description="An id of your choice, for follow-ups")


def langchain_tools() -> list[BaseTool]:
    """`ask` and every calculator, synchronous and asynchronous; a wrong input comes back as text that says what would do."""
    return [_ask_tool(), *(_calculator_tool(found) for found in CALCULATORS.values())]


def _ask_tool() -> BaseTool:
    def run(question: str, conversation: str | None = None) -> tuple[str, Answer]:
        answer = ask(question, conversation=conversation)
        return _with_sources(answer), answer

    async def arun(question: str, conversation: str | None = None) -> tuple[str, Answer]:
        answer = await aask(question, conversation=conversation)
        return _with_sources(answer), answer

    return StructuredTool.from_function(
        run, arun, name="ask", description=str(Question.__doc__), args_schema=Question, response_format="content_and_artifact"
    )


def _with_sources(answer: Answer) -> str:
    cited = [" ".join(part for part in (f"[{c.number}]", c.title, c.place, c.url or "") if part) for c in answer.citations]
    return "\n".join([answer.text, *cited])


def _calculator_tool(found: Calculator) -> BaseTool:
    def run(**inputs: Any) -> tuple[str, list[Figure]]:
        try:
            figures = calculate(found.name, **{name: value for name, value in inputs.items() if value is not None})
        except AitollError as error:
            raise ToolException(str(error)) from error
        return "\n".join(_line(figure) for figure in figures), figures

    async def arun(**inputs: Any) -> tuple[str, list[Figure]]:
        return await asyncio.to_thread(run, **inputs)

    return StructuredTool.from_function(
        run,
        arun,
        name=found.name,
        description=found.question,
        args_schema=found.inputs,
        response_format="content_and_artifact",
        handle_tool_error=True,
        handle_validation_error=True,
    )


def _line(figure: Figure) -> str:
    sources = "; ".join(dict.fromkeys(f"{part.source}, {part.where}" for part in figure.inputs if part.source))
    value = with_range(figure.value, figure.low, figure.high, figure.unit, "en")
    return f"{figure.label}: {value}. {figure.formula}" + (f" Sources: {sources}." if sources else "")
