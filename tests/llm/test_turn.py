"""A turn with a scripted model over a socket, in both API shapes: tool rounds, parallel calls, streaming, words by reference."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from aitoll import Answer, ask, stream
from aitoll.agent.ask import TextPart, answer
from aitoll.agent.check import check
from aitoll.agent.conversations import InMemory
from aitoll.agent.progress import Progress
from tests.llm.conftest import KEY, MODEL
from tests.peers.llm.planner import right
from tests.peers.llm.server import Reply

if TYPE_CHECKING:
    from tests.llm.conftest import Model
    from tests.peers.llm.server import Asked

RENT = "How much does it cost to rent 512 H100s for 30 days at $2.50 per GPU hour, and the CO2 of it in France?"
RUN = {"gpus": 512, "hours": 720, "gpu": "h100-sxm"}
both_shapes = pytest.mark.parametrize("shape", ["chat", "responses"])


def worded(text: str, *calls: tuple[str, Any]) -> Any:
    """A script of one round of calls and a text."""

    def script(asked: Asked) -> Reply:
        return Reply(text=text) if asked.told else Reply(calls=list(calls))

    return script


COST = worded(
    "Renting {{f1.gpus}} for {{f1.hours}} comes to a cost of the compute of {{f1}}.\n\n"
    "The CO2 of the electricity is {{f2}}, within {{f2.range}}.",
    ("training_cost", {**RUN, "price": 2.5}),
    ("training_carbon", {**RUN, "place": "fra"}),
)


@both_shapes
def test_two_calls_at_once_and_words_by_reference(shape: str, model: Model) -> None:
    server = model(COST, model_api=shape)
    found = ask(RENT)
    assert found.text.startswith("Renting 512 GPUs for 30 days comes to a cost of the compute of $921,600.")
    assert [asked.shape for asked in server.requests] == [shape, shape]
    assert next((figure.name, figure.role) for figure in found.figures) == ("training_cost", "answer")
    assert (found.model, found.status, [step.tool for step in found.steps]) == (MODEL, "answered", ["training_cost", "training_carbon"])
    assert check(found.text, found.figures, found.citations, [RENT], "en") == []


@both_shapes
def test_a_listener_sees_progress_then_checked_text_then_the_answer(shape: str, model: Model) -> None:
    server = model(COST, model_api=shape)

    async def heard() -> list[Any]:
        return [part async for part in stream(RENT)]

    parts = asyncio.run(heard())
    assert all(asked.streamed for asked in server.requests)
    assert [part.detail for part in parts if isinstance(part, Progress)] == [
        "",
        "planning",
        "training_cost",
        "training_carbon",
        "wording",
        "checking",
    ]
    text = "".join(part.text for part in parts if isinstance(part, TextPart))
    assert isinstance(parts[-1], Answer)
    assert (parts[-1].text, parts[-1].model) == (text, MODEL)


@both_shapes
def test_what_it_took_is_in_the_answer(shape: str, model: Model) -> None:
    model(COST, model_api=shape)
    used = ask(RENT).usage
    assert used
    assert (used.calls, used.input_tokens) == (2, 1800)
    assert used.cost_usd == pytest.approx(1800 * 2.5e-6 + used.output_tokens * 10e-6)


def test_nothing_is_left_with_the_endpoint(model: Model) -> None:
    server = model(COST, model_api="responses")
    ask(RENT)
    assert all(asked.body["store"] is False for asked in server.requests)
    assert not [item for asked in server.requests for item in asked.messages if item.get("id")]


def test_every_calculator_is_a_tool_with_units_bounds_and_a_closed_vocabulary(model: Model) -> None:
    from aitoll.tools.registry import CALCULATORS

    server = model(COST)
    ask(RENT)
    tools = server.requests[0].tools
    assert set(tools) == {*CALCULATORS, "look_up", "solve", "search", "find_name", "no_figure"}
    fields = tools["training_carbon"]["properties"]
    assert fields["place"]["enum"] == ["fra"]
    assert fields["gpu"]["enum"] == ["h100-sxm"]
    assert fields["hours"] == {"type": "number", "exclusiveMinimum": 0, "maximum": 876600, "description": "Wall-clock duration, in hour"}
    assert "energy_kwh" not in fields


def test_an_input_is_found_for_a_result(model: Model) -> None:
    asked = {"calculator": "training_time", "find": "gpus", "result": 720, "inputs": {"gpu_hours": 2e6}}
    model(worded("The number of GPUs is {{f1}}.", ("solve", asked)))
    found = ask("How many GPUs finish 2 million GPU-hours in 30 days?")
    assert (found.model, found.figures[0].name, found.figures[0].value) == (MODEL, "gpus", 2778)
    assert found.steps[0].arguments == {"gpu_hours": 2e6, "wanted": "gpus", "target": 720.0}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"calculator": "training_timex", "find": "gpus", "result": 720}, "calculator: one of training_compute"),
        ({"calculator": "training_time", "find": "gpu", "result": 720}, "find: a number that training_time takes: params"),
        ({"calculator": "training_time", "find": "gpus", "result": 720, "inputs": [2e6]}, "inputs: an object"),
        ({"calculator": "training_time", "find": "gpus", "result": 99, "inputs": {"gpu_hours": 2e6}}, "result: nobody gave this number"),
        ({"calculator": "training_time", "find": "gpus", "result": 720, "inputs": {"gpu_hours": 77}}, "gpu_hours: nobody gave this number"),
    ],
)
def test_what_cannot_be_solved_is_told(said: dict[str, Any], told: str, model: Model) -> None:
    server = model(worded("The number of GPUs is {{f1}}.", ("solve", said)), timeout_s="3")
    found = ask("How many GPUs finish 2 million GPU-hours in 30 days?")
    assert told in "\n".join(server.requests[1].told)
    assert (found.model, found.figures[0].value) == ("rules", 2778)


def test_two_figures_are_compared(model: Model) -> None:
    def script(asked: Asked) -> Reply:
        if len(asked.told) < 2:
            return Reply(calls=[("training_carbon", {"energy_kwh": 1e7, "place": place}) for place in ("fra", "pol")])
        if len(asked.told) < 3:
            return Reply(calls=[("compare", {"first": "f1", "second": "f2"})])
        return Reply(text="In Poland, the CO2 is {{f3}} times that of France; the difference of the CO2 is {{f4}}.")

    server = model(script)
    found = ask("How many times more CO2 do 10 GWh emit in Poland than in France?")
    assert ("compare" in server.requests[0].tools, "compare" in server.requests[1].tools) == (False, True)
    assert found.model == MODEL
    by_name = {figure.name: figure for figure in found.figures}
    assert by_name["training_carbon_ratio"].value == pytest.approx(5886.0 / 414.0)
    assert by_name["training_carbon_difference"].value == pytest.approx(5886.0 - 414.0)
    assert [step.tool for step in found.steps] == ["training_carbon", "training_carbon", "compare"]


def test_words_in_french_for_a_question_in_french(model: Model) -> None:
    text = "En France, le CO2 de l'électricité est de {{f1}}. En Pologne, ce CO2 atteint {{f2}} : le réseau brûle du charbon."
    calls = [("training_carbon", {"energy_kwh": 1e7, "place": place}) for place in ("fra", "pol")]
    model(worded(text, *calls))
    found = ask("Compare le CO2 de 10 GWh en France et en Pologne ?")
    assert (found.model, found.language) == (MODEL, "fr")
    assert re.match(r"En France, .* est de 410\s?t CO2e.*\. En Pologne, ce CO2 atteint 5\u202f900\s?t CO2e", found.text)


def test_a_looked_up_value_carries_its_source(model: Model) -> None:
    model(worded("The CO2 of training Llama 3.1 405B is {{f1}}.", ("training_carbon", {"model": "llama-3-1-405b"})))
    found = ask("How much CO2 did training Llama 3.1 405B emit?")
    assert found.model == MODEL
    assert "[1]" in found.text.splitlines()[0]
    assert "Llama" in found.citations[0].title


def test_a_passage_that_a_primary_source_contradicts_brings_its_correction(model: Model) -> None:
    model(worded("Training GPT-4 is a matter of cost of training: {{f1}}.", ("training_cost", {"model": "gpt-4"})))
    found = ask("What did training GPT-4 cost?")
    assert found.model == MODEL
    assert found.warnings == ["A primary source contradicts the article on a point quoted here."]
    assert {citation.verdict for citation in found.citations} & {"imprecise", "outdated"}


def test_a_follow_up_is_taken_up_by_either_planner(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    from aitoll.settings import settings

    memory = InMemory()
    server = model(right)
    answer("How much CO2 do 10 GWh emit in France?", memory)
    second = answer("And in Poland?", memory)
    assert "Earlier questions of this conversation:\nHow much CO2 do 10 GWh emit in France?" in server.requests[-1].said[0]
    assert (second.model, round(second.figures[0].value)) == (MODEL, 5886)
    monkeypatch.setenv("AITOLL_PLANNER", "rules")
    settings.cache_clear()
    third = answer("And in Norway?", memory)
    assert (third.model, third.figures[0].unit, third.figures[0].subject) == ("rules", "tCO2e", "Norway")


def test_what_the_rules_are_sure_of_costs_nothing_in_auto(model: Model) -> None:
    server = model(right, planner="auto")
    found = ask("CO2 of 10 GWh in France?")
    assert (found.model, server.requests, found.usage) == ("rules", [], None)
    assert ask("Quelle est la capitale de l'Australie ?").status == "out_of_scope"
    assert len(server.requests) == 1


def test_what_a_table_holds_is_not_replaced_by_what_a_model_found_instead(model: Model) -> None:
    model(lambda _: Reply(calls=[("gpu_budget", {})]), timeout_s="3")
    found = ask("What is the carbon intensity of the grid of Germany?")
    assert (found.model, found.figures[0].unit) == ("rules", "gCO2e/kWh")


def test_the_planner_rules_never_calls_a_model(model: Model) -> None:
    server = model(right, planner="rules")
    assert (ask(RENT).model, server.requests) == ("rules", [])


@pytest.mark.parametrize(
    ("question", "said", "status", "shown"),
    [
        ("Qui a gagné le match ?", {"why": "out_of_scope"}, "out_of_scope", "Gemini"),
        ("How much CO2 does it emit?", {"why": "missing_input", "quantity": "carbon"}, "clarify", "10 GWh in France"),
        ("What did training Zorglub-9000 cost?", {"why": "unknown_name", "name": "Zorglub-9000"}, "not_found", "Zorglub-9000"),
    ],
)
def test_no_figure_is_said_in_our_own_words(question: str, said: dict[str, str], status: str, shown: str, model: Model) -> None:
    server = model(worded("never reached", ("no_figure", said)))
    found = ask(question)
    assert (found.status, found.model, len(server.requests)) == (status, "rules", 1)
    assert shown in found.text


def test_a_value_that_cannot_be_is_told_as_the_rules_tell_it(model: Model) -> None:
    model(worded("", ("training_cost", {"gpus": -5, "hours": 240, "price": 2})), timeout_s="3")
    found = ask("Cost of renting -5 H100s for 10 days at $2/h?")
    assert (found.status, "-5 GPUs" in found.text) == ("invalid", True)


def test_a_model_that_is_sent_back_once_and_mends_its_words_is_taken(model: Model) -> None:
    def script(asked: Asked) -> Reply:
        if not asked.told:
            return Reply(calls=[("training_cost", {**RUN, "price": 2.5})])
        return Reply(text="The cost of the compute is {{f1}}." if asked.corrections else "It costs $921,600.")

    server = model(script)
    found = ask(RENT)
    assert (found.model, len(server.requests)) == (MODEL, 3)
    assert "is a number of your own" in server.requests[-1].said[-1]
    assert [message["role"] for message in server.requests[-1].messages] == ["system", "user", "assistant", "tool", "user"]


def test_neither_key_nor_content_is_logged(model: Model, caplog: pytest.LogCaptureFixture) -> None:
    model(COST)
    with caplog.at_level(logging.INFO):
        ask(RENT)
    lines = [record for record in caplog.records if record.name == "aitoll.llm"]
    assert [record.aitoll_worded_by for record in lines] == [MODEL]  # type: ignore[attr-defined]
    assert KEY not in caplog.text
    assert "512" not in lines[0].getMessage()


@pytest.mark.parametrize("switched_on", [False, True])
def test_spans_show_the_way_and_no_content_unless_switched_on(switched_on: bool, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from aitoll.agent.llm import tracing

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", provider.get_tracer("test"))
    if switched_on:
        monkeypatch.setenv(tracing.CONTENT, "true")
    model(COST)
    ask(RENT)
    spans = exporter.get_finished_spans()
    assert {span.name for span in spans} == {"aitoll.turn", "aitoll.plan", "aitoll.model", "aitoll.tool", "aitoll.check"}
    told = str([dict(span.attributes or {}) for span in spans])
    assert (RENT in told) is switched_on
    assert KEY not in told
    assert len({span.context.trace_id for span in spans if span.context}) == 1
