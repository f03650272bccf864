"""What a model reads of each tool: every one is described, in one order everywhere, and no example is a question of the tests."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from langchain_core.utils.function_calling import convert_to_openai_tool

from aitoll import ask, langchain_tools
from aitoll.agent.interfaces.functions import functions
from aitoll.agent.interfaces.toolbox import toolbox
from aitoll.agent.rules.tables import ASKED, COLUMNS
from aitoll.agent.texts import tool_texts
from tests.interfaces.samples import published

QUESTIONS = Path(__file__).parent.parent / "questions"
EXAMPLE = re.compile(r'"([^"]+)"')
AT_MOST = 105_000
LONGEST = 260  # characters of a description: a small model reads all of them before it chooses


@pytest.mark.parametrize("name", toolbox())
def test_a_tool_is_described(name: str) -> None:
    said = tool_texts()[name]
    assert (toolbox()[name].description, len(said) <= LONGEST, said[0].isupper()) == (said, True, True)


def test_no_two_tools_are_described_alike() -> None:
    first = [said.split(". ")[0] for said in tool_texts().values()]
    assert len(first) == len(set(first))


def test_one_order_everywhere() -> None:
    order = list(tool_texts())
    assert order == list(toolbox())
    assert order == [one["function"]["name"] for one in functions()]
    assert order == [tool.name for tool in langchain_tools()]


def test_the_list_is_as_small_for_every_host() -> None:
    """Characters of names, descriptions and inputs, as they are sent; a definition that is referred to would be put in at each place."""
    as_mcp = [[tool.name, tool.description, tool.parameters] for tool in toolbox().values()]
    lists = as_mcp, functions(), [convert_to_openai_tool(tool) for tool in langchain_tools()]
    assert [len(json.dumps(one, ensure_ascii=False, separators=(",", ":"))) <= AT_MOST for one in lists] == [True] * 3


def spelt(text: str) -> str:
    return " ".join(["", *re.findall(r"[^\W_]+", text.casefold()), ""])


@pytest.mark.parametrize("file", sorted([*QUESTIONS.glob("*.yaml"), *QUESTIONS.glob("*.jsonl")]), ids=lambda file: file.stem)
def test_no_example_is_a_question_of_the_tests(file: Path) -> None:
    held = spelt(file.read_text("utf-8"))
    examples = [example for said in tool_texts().values() for example in EXAMPLE.findall(said)]
    assert len(examples) > 25
    assert [example for example in examples if spelt(example) in held] == []


# A value of a table, looked up as the rules look it up


@pytest.mark.parametrize("quantity", ASKED)
def test_a_value_is_looked_up_with_its_source(quantity: str) -> None:
    found = toolbox()["look_up"].call({"row": published(quantity), "quantity": quantity}).content.model_dump()
    figure = found["figures"][0]
    assert (figure["name"], figure["unit"]) == (COLUMNS[quantity].figure, COLUMNS[quantity].unit)
    assert all(part["source"] and part["where"] for part in figure["inputs"] if part["status"] == "published")


@pytest.mark.parametrize(
    ("row", "quantity", "question"),
    [
        ("H100", "tdp", "What is the TDP of the H100?"),
        ("France", "carbon intensity", "What is the carbon intensity of electricity in France?"),
        ("France", "CO2", "What is the carbon intensity of electricity in France?"),
        ("H100", "power", "What is the TDP of the H100?"),
        ("Google", "pue", "What is the PUE of Google?"),
        ("gpt-3-175b", "params", "How many parameters does GPT-3 have?"),
    ],
)
def test_it_is_the_figure_of_the_answer(row: str, quantity: str, question: str) -> None:
    figure, wanted = (
        toolbox()["look_up"].call({"row": row, "quantity": quantity}).content.model_dump()["figures"][0],
        ask(question).figures[0],
    )
    assert [figure[name] for name in ("name", "value", "low", "high", "unit")] == [
        wanted.name,
        wanted.value,
        wanted.low,
        wanted.high,
        wanted.unit,
    ]


def test_what_the_table_warns_of_is_told() -> None:
    assert "\nNote in the table: " in toolbox()["look_up"].call({"row": "idris-jean-zay-2022", "quantity": "pue"}).text
