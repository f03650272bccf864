"""REST, over a real connection."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import jsonschema
import pytest

from aitoll.agent.answer import Answer
from tests.interfaces.web_server import CO2, RENT, Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx


@pytest.fixture
def api(served: Served) -> Iterator[httpx.Client]:
    with served.client() as client:
        yield client


def ask(api: httpx.Client, question: str, **more: str) -> Answer:
    response = api.post("/api/v1/ask", json={"question": question, **more})
    assert response.status_code == 200, response.text
    return Answer.model_validate(response.json())


def test_an_answer_is_the_one_of_every_surface(api: httpx.Client) -> None:
    found = ask(api, RENT)
    assert (found.status, found.figures[0].value, found.figures[0].unit) == ("answered", 921_600, "USD")


def test_the_source_and_its_place_reach_the_caller(api: httpx.Client) -> None:
    found = ask(api, "How much CO2 did training Llama 3.1 405B emit?")
    assert ("Llama 3.1" in found.citations[0].title, bool(found.citations[0].place), str(found.citations[0].url)[:8]) == (
        True,
        True,
        "https://",
    )


def test_a_follow_up_knows_its_conversation(api: httpx.Client) -> None:
    ask(api, CO2, conversation="mine")
    follow = ask(api, "And in Poland?", conversation="mine")
    assert (follow.conversation, round(follow.figures[0].value / 1000)) == ("mine", 6)


@pytest.mark.parametrize(("asked", "language"), [({}, "en"), ({"language": "fr"}, "fr")])
def test_a_language_may_be_asked_for(asked: dict[str, str], language: str, api: httpx.Client) -> None:
    assert ask(api, CO2, **asked).language == language


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid"),
        ({"question": 5}, 422, "invalid"),
        ({"question": "x", "colour": "red"}, 422, "invalid"),
        ({"question": "x", "language": "de"}, 422, "invalid"),
        ({"question": "x", "conversation": "y" * 121}, 422, "invalid"),
        ([], 422, "invalid"),
    ],
)
def test_a_body_that_cannot_be_gets_a_problem(body: Any, status: int, code: str, api: httpx.Client) -> None:
    response = api.post("/api/v1/ask", json=body)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert (response.json()["code"], response.json()["status"]) == (code, status)


@pytest.mark.parametrize("body", [b"{", b'{"question": "x", "conversation": "\\ud800"}', b"[" * 100_000, b"\xff\xfe", b""])
def test_a_body_that_is_no_text_gets_a_problem(body: bytes, api: httpx.Client) -> None:
    response = api.post("/api/v1/ask", content=body, headers={"Content-Type": "application/json"})
    assert (response.status_code in (400, 422), response.headers["content-type"]) == (True, "application/problem+json")


def test_half_a_character_is_a_question_all_the_same(api: httpx.Client) -> None:
    response = api.post("/api/v1/ask", content=b'{"question": "\\ud800"}', headers={"Content-Type": "application/json"})
    assert response.json()["status"] in ("invalid", "out_of_scope")


def events(text: str) -> list[tuple[str, Any]]:
    parts = [part.split("\n", 1) for part in text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in parts]


def test_a_stream_ends_in_the_answer_that_it_spelt(api: httpx.Client) -> None:
    with api.stream("POST", "/api/v1/ask/stream", json={"question": CO2}) as response:
        found = events(response.read().decode())
    assert response.headers["content-type"].startswith("text/event-stream")
    assert [name for name, _ in found[:1] + found[-1:]] == ["progress", "answer"]
    assert "".join(body["text"] for name, body in found if name == "text") == Answer.model_validate(found[-1][1]).text


def test_calculators_tell_their_inputs(api: httpx.Client) -> None:
    found = {one["name"]: one for one in api.get("/api/v1/calculators").json()}
    schema = found["gpu_budget"]["inputs"]
    jsonschema.Draft202012Validator.check_schema(schema)
    for gpus, fits in ((5, True), ({"low": 5, "high": 9}, True), ("5..9 GPU", True), (-5, False), ([5, 9], False), (None, False)):
        assert jsonschema.Draft202012Validator(schema).is_valid({"gpus": gpus}) == fits


@pytest.mark.parametrize(
    ("inputs", "ends"),
    [
        ({"gpus": 30_000, "unit_price": [30_000, 40_000]}, (9e8, 1.2e9)),
        ({"gpus": 30_000, "unit_price": 35_000}, (1.05e9, 1.05e9)),
        ({"gpus": 30_000, "unit_price": "30000..40000 USD/GPU"}, (9e8, 1.2e9)),
    ],
)
def test_a_calculator_takes_numbers_ranges_and_units(inputs: dict[str, Any], ends: tuple[float, float], api: httpx.Client) -> None:
    figure = api.post("/api/v1/calculate/gpu_budget", json=inputs).json()[0]
    assert (figure["low"], figure["high"]) == pytest.approx(ends)


@pytest.mark.parametrize(
    ("name", "inputs", "status", "fact"),
    [
        ("gpu_budget", {"gpus": -5}, 422, ("field", "gpus")),
        ("training_carbon", {"place": "atlantis", "energy_kwh": 5}, 404, ("name", "atlantis")),
        ("training_carbon", {"colour": 5}, 422, ("field", "colour")),
        ("trainning_cost", {}, 404, ("near", ["training_cost"])),
        ("money", {}, 422, ("needs", ["dollars"])),
    ],
)
def test_a_calculation_that_cannot_be_names_why(
    name: str, inputs: dict[str, Any], status: int, fact: tuple[str, Any], api: httpx.Client
) -> None:
    response = api.post(f"/api/v1/calculate/{name}", json=inputs)
    problem = response.json()
    assert response.status_code == status, problem
    found = problem["facts"][fact[0]]
    assert (found[:1] if isinstance(found, list) else found) == fact[1]


def test_search_finds_passages(api: httpx.Client) -> None:
    found = api.get("/api/v1/search", params={"text": "Three Mile Island", "limit": 3, "in": "library"}).json()
    assert (len(found), "Three Mile Island" in found[0]["passage"]) == (3, True)


@pytest.mark.parametrize(("letters", "status", "kind"), [(5_000, 200, "application/json"), (5_001, 422, "application/problem+json")])
def test_the_longest_text_can_be_searched_for(letters: int, status: int, kind: str, served: Served) -> None:
    line = http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=60)  # httpx may refuse to send an address so long
    line.request("GET", f"/api/v1/search?{urlencode({'text': chr(0x1F642) * letters})}")
    response = line.getresponse()
    assert (response.status, response.headers["content-type"]) == (status, kind)
    line.close()


def test_sources_are_the_bibliography(api: httpx.Client) -> None:
    listed = api.get("/api/v1/sources").json()
    assert api.get("/api/v1/sources/article-prix-reel").json() in listed
    assert api.get("/api/v1/sources/nothing").status_code == 404


def test_conversations_are_listed_shown_and_deleted(api: httpx.Client) -> None:
    for question in (CO2, "And in Poland?"):
        ask(api, question, conversation="to delete")
    listed = next(one for one in api.get("/api/v1/conversations").json() if one["id"] == "to delete")
    assert (listed["turns"], listed["first_question"]) == (2, CO2)
    turns = api.get("/api/v1/conversations/to delete").json()
    assert [(turn["question"], turn["conversation"]) for turn in turns] == [(CO2, "to delete"), ("And in Poland?", "to delete")]
    assert api.delete("/api/v1/conversations/to delete").json() == {"turns_deleted": 2}
    assert api.get("/api/v1/conversations/to delete").status_code == 404


def test_a_conversation_reaches_only_who_made_it(served: Served) -> None:
    with served.client(Authorization="Bearer one") as one, served.client(Authorization="Bearer two") as two:
        made = ask(one, CO2, conversation="secret")
        assert two.get("/api/v1/conversations/secret").status_code == 404
        assert (two.get("/api/v1/conversations").json(), two.delete("/api/v1/conversations").json()) == ([], {"turns_deleted": 0})
        assert two.post(f"/api/v1/conversations/secret/answers/{made.id}/link").status_code == 404
        assert ask(two, "And in Poland?", conversation="secret").status != "answered"
        assert len(one.get("/api/v1/conversations/secret").json()) == 1


@pytest.mark.parametrize(
    ("form", "kind", "start"),
    [
        ("markdown", "text/markdown", b"> How much CO2"),
        ("csv", "text/csv", b"question,answer,role"),
        ("json", "application/json", b"["),
        ("html", "text/html", b"<!doctype html>"),
        ("svg", "image/svg+xml", b"<svg"),
        ("png", "image/png", b"\x89PNG"),
    ],
)
def test_a_conversation_is_exported(form: str, kind: str, start: bytes, api: httpx.Client) -> None:
    ask(api, CO2, conversation="kept")
    response = api.get("/api/v1/conversations/kept/export", params={"format": form})
    assert (response.status_code, response.headers["content-type"].split(";")[0], response.content[: len(start)]) == (200, kind, start)


def test_feedback_is_kept_replaced_and_deleted_with_its_conversation(served: Served) -> None:
    with served.client(Authorization="Bearer feedback") as api:
        made = ask(api, CO2, conversation="c")
        for thumb, reason in (("up", "clear"), ("down", "too short")):
            body = {"answer": made.id, "conversation": "c", "thumb": thumb, "reason": reason}
            assert api.post("/api/v1/feedback", json=body).status_code == 204
        found = api.get("/api/v1/feedback").json()
        assert [(one["answer"], one["thumb"], one["reason"]) for one in found] == [(made.id, "down", "too short")]
        api.delete("/api/v1/conversations/c")
        assert api.get("/api/v1/feedback").json() == []


def test_a_link_shows_one_answer_to_who_has_it(api: httpx.Client, served: Served) -> None:
    made = ask(api, CO2, conversation="linked")
    path = api.post(f"/api/v1/conversations/linked/answers/{made.id}/link").json()["path"]
    assert api.post(f"/api/v1/conversations/linked/answers/{made.id}/link").json()["path"] == path
    with served.client() as other:
        assert "Ember" in other.get(path).text
        assert other.get(path[:-1] + ("x" if path[-1] != "x" else "y")).status_code == 404


def test_health_and_metrics(api: httpx.Client) -> None:
    assert (api.get("/healthz").json()["status"], api.get("/readyz").json()["ready"]) == ("ok", True)
    ask(api, CO2)
    assert 'aitoll_answers_total{language="en",model="rules",status="answered"}' in api.get("/metrics").text


def test_another_process_finds_what_was_kept() -> None:
    who = {"Authorization": "Bearer again"}
    with serving(ready=False) as one, serving(ready=False) as two, one.client(**who) as first, two.client(**who) as later:
        ask(first, CO2, conversation="over")
        assert round(ask(later, "And in Poland?", conversation="over").figures[0].value / 1000) == 6
