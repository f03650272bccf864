"""Schemas say what a calculator takes, and arguments of every kind are read or refused with the field and the remedy."""

from __future__ import annotations

import json
from typing import Any

import pytest
from agents.strict_schema import ensure_strict_json_schema
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from aitoll.agent.answer import Answer
from aitoll.agent.interfaces import functions
from aitoll.agent.interfaces.schemas import Figures, input_schema, output_schema
from aitoll.agent.interfaces.toolbox import toolbox
from aitoll.tools.errors import InvalidInput
from aitoll.tools.facts import rows
from aitoll.tools.registry import CALCULATORS
from tests.interfaces.samples import WRONG, asked, expected

REFUSED_BY_STRICT = {"default", "examples", "maxLength", "minLength", "allOf", "not", "if", "oneOf", "patternProperties"}


@pytest.mark.parametrize("name", CALCULATORS)
def test_a_schema_is_valid_and_takes_the_worked_case(name: str) -> None:
    Draft202012Validator.check_schema(input_schema(name))
    said = {field: f"{value[0]}..{value[1]}" if isinstance(value, list) else value for field, value in asked(name).items()}
    assert [error.message for error in Draft202012Validator(input_schema(name)).iter_errors(said)] == []


@pytest.mark.parametrize("name", CALCULATORS)
def test_every_number_of_a_schema_has_bounds_and_its_unit(name: str) -> None:
    inputs = CALCULATORS[name].inputs
    for field, one in input_schema(name)["properties"].items():
        if "anyOf" in one:
            number = one["anyOf"][0]
            assert (len({"minimum", "exclusiveMinimum"} & set(number)), "maximum" in number) == (1, True), field
            assert inputs.unit(field) == "1" or f"({inputs.unit(field)})" in one["description"], field


@pytest.mark.parametrize(("gpus", "valid"), [(8, True), ("8..16 GPU", True), (0, False), (1e9, False), ([8], False), (True, False)])
def test_a_number_may_be_text_and_has_its_bounds(gpus: Any, valid: bool) -> None:
    assert Draft202012Validator(input_schema("gpu_budget")).is_valid({"gpus": gpus}) == valid


def test_a_small_table_is_a_closed_vocabulary() -> None:
    assert input_schema("training_cost")["properties"]["gpu"]["enum"] == list(rows("accelerators"))
    assert "enum" not in input_schema("training_cost")["properties"]["model"]


@pytest.mark.parametrize("name", toolbox())
def test_a_function_is_valid_in_strict_mode(name: str) -> None:
    definition = functions.functions(name)[0]["function"]
    assert definition["strict"] == (name not in functions.LOOSE)
    if definition["strict"]:
        parameters = definition["parameters"]
        assert ensure_strict_json_schema(json.loads(json.dumps(parameters))) == parameters
        assert (set(parameters["required"]), refused(parameters)) == (set(parameters["properties"]), set())
        Draft202012Validator(parameters).validate(dict.fromkeys(parameters["properties"]) | example(name))


def example(name: str) -> dict[str, Any]:
    return {"ask": {"question": "why"}, "search": {"query": "why"}, "look_up": {"row": "H100", "quantity": "tdp"}}.get(name, {})


def refused(schema: dict[str, Any]) -> set[str]:
    parts = [*schema["properties"].values(), *schema.get("$defs", {}).values()]
    return {key for part in parts for key in part} & REFUSED_BY_STRICT


@pytest.mark.parametrize("name", CALCULATORS)
def test_a_function_gives_the_same_figures(name: str) -> None:
    nulls = dict.fromkeys(CALCULATORS[name].inputs.model_fields)  # as strict mode sends what is left out
    made = json.loads(functions.call(name, json.dumps({**nulls, **asked(name)})))
    assert (made["figures"], made["error"]) == (list(expected(name)), None)
    Draft202012Validator(output_schema(Figures)).validate(made)


@pytest.mark.parametrize(("name", "arguments", "field", "remedy"), WRONG)
def test_a_wrong_argument_names_field_and_remedy(name: str, arguments: dict[str, Any], field: str, remedy: str) -> None:
    made = json.loads(functions.call(name, arguments))
    assert (made["error"]["field"], remedy in made["error"]["remedy"]) == (field, True), made["error"]
    Draft202012Validator(toolbox()[name].returns).validate(made)


@pytest.mark.parametrize(
    ("name", "said", "meant"),
    [
        ("training_cost", {"gpu_type": "H100", "numGpus": 8, "days": 30}, {"gpu": "h100-sxm", "gpus": 8, "hours": 720}),
        ("training_cost", {"gpus": 8, "weeks": [1, 2], "hourly_rate": 2.5}, {"gpus": 8, "hours": {"low": 168, "high": 336}, "price": 2.5}),
        ("training_carbon", {"mwh": 10, "country": "France"}, {"energy_kwh": 10_000, "place": "fra"}),
        ("training_carbon", {"gwh": {"low": 1, "high": 2}, "region": "pol"}, {"energy_kwh": {"low": 1e6, "high": 2e6}, "place": "pol"}),
        ("training_energy", {"gpus": 8, "days": "36 hour", "power_w": 500}, {"gpus": 8, "hours": 36, "power_kw": 0.5}),
        (
            "api_cost",
            {"model": "gpt-4o", "prompt_tokens": 5, "tokens_out": 6},
            {"api_model": "gpt-4o", "prompt_tokens": 5, "output_tokens": 6},
        ),
        ("use_energy", {"model": "ChatGPT", "queries": 1000}, {"system": "chatgpt", "questions": 1000}),
        ("gpu_budget", {"chips": 5, "price_per_gpu": "25000 USD"}, {"gpus": 5, "unit_price": 25_000}),
        ("gpu_budget", {"gpus": 5, "unit_price": "[20000, 30000]"}, {"gpus": 5, "unit_price": "20000..30000 USD/GPU"}),
        ("gpu_budget", {"gpus": 5, "unit_price": '{"low": 20000, "high": 30000}'}, {"gpus": 5, "unit_price": [20_000, 30_000]}),
    ],
)
def test_an_input_may_go_by_another_name(name: str, said: dict[str, Any], meant: dict[str, Any]) -> None:
    figures = [json.loads(functions.call(name, arguments))["figures"] for arguments in (said, meant)]
    assert figures[0]
    assert figures[0] == figures[1]


def test_ask_search_and_compare_know_their_arguments_by_other_names() -> None:
    assert json.loads(functions.call("ask", {"prompt": "CO2 of 10 GWh in France?"}))["status"] == "answered"
    assert json.loads(functions.call("search", {"question": "electricity of GPT-3", "top_k": 1}))["passages"]
    run = {"tool": "training_cost", "by": "days", "values": [10, 20], "arguments": {"gpus": 8, "price": 2}}
    assert [row["figures"][0]["value"] for row in json.loads(functions.call("compare", run))["rows"]] == [3840.0, 7680.0]
    beside = {"calculator": "training_cost", "input": "days", "values": [10, 20], "num_gpus": 8, "price": 2}
    assert functions.call("compare", beside) == functions.call("compare", run)
    assert len(json.loads(functions.call("search", {"query": "electricity of GPT-3", "limit": "2"}))["passages"]) == 2


@pytest.mark.parametrize("arguments", ["", "{", "[1]", "null", '"text"', "NaN", '{"gpus": NaN}', '{"gpus": 1e999}', "[" * 50_000, "{}" * 3])
def test_arguments_that_are_no_object_of_numbers_are_told(arguments: str) -> None:
    made = json.loads(functions.call("cost_growth", arguments))
    assert made["error"]["message"]


def test_an_unknown_tool_is_offered_the_near_ones() -> None:
    made = json.loads(functions.call("gpu_bugdet", {}))
    assert (made["error"]["field"], made["error"]["remedy"]) == ("tool", "did you mean gpu_budget?")
    with pytest.raises(InvalidInput, match="did you mean gpu_budget"):
        functions.functions("gpu_bugdet")


def test_bad_arguments_of_ask_are_an_answer_that_says_so() -> None:
    said = functions.call("ask", {"questoin": "How much?"})
    made = Answer.model_validate_json(said)
    assert (made.status, "did you mean question?" in made.text) == ("invalid", True)
    assert json.loads(said)["error"]["field"] == "questoin"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.sampled_from(["low", "high"]), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(list(CALCULATORS)), st.data())
def test_no_argument_whatever_raises(name: str, data: st.DataObject) -> None:
    fields = st.sampled_from([*CALCULATORS[name].inputs.model_fields, "extra"])
    made = toolbox()[name].call(data.draw(st.dictionaries(fields, json_values, max_size=4) | json_values)).content
    assert isinstance(made, Figures)
    assert bool(made.figures) != bool(made.error)
    assert made.error is None or (made.error.code != "failed" and made.error.remedy)
