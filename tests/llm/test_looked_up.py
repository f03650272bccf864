"""What a model looks up: values of the tables, and a library that could not be searched whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aitoll import ask
from aitoll.agent.ask import answer
from aitoll.agent.conversations import InMemory
from aitoll.agent.texts import sentence, tool_texts
from aitoll.settings import settings
from aitoll.tools.facts import fact
from aitoll.tools.registry import CALCULATORS
from tests.llm.conftest import MODEL
from tests.llm.test_turn import worded
from tests.peers.llm.planner import right

if TYPE_CHECKING:
    from tests.llm.conftest import Model


def test_a_value_of_a_table_is_looked_up_and_cited(model: Model) -> None:
    model(worded("{{f1.name}}: {{f1}}.", ("look_up", {"row": "h100-sxm", "quantity": "tdp"})))
    found = ask("What is the TDP of the H100?")
    assert (found.model, found.figures[0].value, found.figures[0].unit) == (MODEL, fact("accelerators", "h100-sxm", "tdp_kw").value, "kW")
    assert [citation.id for citation in found.citations] == [fact("accelerators", "h100-sxm", "tdp_kw").source]


def test_a_model_is_offered_what_other_agents_are_in_the_same_order(model: Model) -> None:
    server = model(worded("{{f1.name}}: {{f1}}.", ("look_up", {"row": "h100-sxm", "quantity": "tdp"})))
    ask("What is the TDP of the H100?")
    offered = {tool["function"]["name"]: tool["function"]["description"] for tool in server.requests[0].body["tools"]}
    shared = [name for name in tool_texts() if name in (*CALCULATORS, "search", "look_up")]
    assert [name for name in offered if name in shared] == shared
    assert {name: offered[name] for name in shared} == {name: tool_texts()[name] for name in shared}


def test_a_follow_up_of_a_value_is_one_too(model: Model) -> None:
    model(right)
    memory = InMemory()
    first, second = (answer(turn, memory) for turn in ("What is the carbon intensity of electricity in France?", "And in Poland?"))
    assert [step.arguments["row"] for found in (first, second) for step in found.steps] == ["fra", "pol"]
    assert (second.model, second.figures[0].value) == (MODEL, fact("grids", "pol", "g_per_kwh").value)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"row": "h100-sxm", "quantity": "weight"}, "quantity: one of tdp, memory"),
        ({"row": "fra", "quantity": "tdp"}, "row: the conversation does not name it. Named: h100-sxm"),
        ({"row": "h100-sxm"}, "quantity: one of"),
    ],
)
def test_what_cannot_be_looked_up_is_told(said: dict[str, str], told: str, model: Model) -> None:
    server = model(worded("{{f1.name}}: {{f1}}.", ("look_up", said)), timeout_s="3")
    found = ask("What is the TDP of the H100?")
    assert told in "\n".join(server.requests[1].told)
    assert (found.model, found.figures[0].name) == ("rules", "chip_power")


def test_a_value_that_nobody_published_is_no_figure(model: Model) -> None:
    server = model(worded("{{f1.name}}: {{f1}}.", ("look_up", {"row": "gpt-4", "quantity": "size"})), timeout_s="3")
    found = ask("How many parameters does GPT-4 have?")
    assert "was never published of GPT-4" in "\n".join(server.requests[1].told)
    assert (found.model, found.figures) == ("rules", [])


def test_a_library_that_was_searched_by_words_only_says_so(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITOLL_EMBEDDINGS", "lexical")
    model(worded("{{p1.text}}", ("search", {"query": "GPT-4 training cost"})))
    settings.cache_clear()
    found = ask("Why did the training of GPT-4 cost so much?")
    assert (found.model, found.warnings.count(sentence("lexical", "en"))) == (MODEL, 1)
