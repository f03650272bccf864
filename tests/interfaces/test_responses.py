"""/v1/responses with the SDK and with LangChain, unmodified, over a real connection; and turns that are never paid for twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import openai
import pytest
from langchain_openai import ChatOpenAI

from aitoll.agent.answer import Answer, Citation
from aitoll.agent.interfaces import openai_turns, web
from aitoll.agent.interfaces.openai_responses import ResponseRequest, response
from aitoll.settings import settings
from tests.interfaces.web_server import CO2, Served, listening

if TYPE_CHECKING:
    from collections.abc import Iterator

LLAMA = "How much CO2 did training Llama 3.1 405B emit?"


@pytest.fixture
def client(served: Served) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{served.url}/v1", api_key="any", max_retries=0) as found:
        yield found


def first_line(made: Any) -> str:
    return str(made.output_text).splitlines()[0]


def test_a_whole_response_carries_links_annotations_and_usage(client: openai.OpenAI) -> None:
    made = client.responses.create(
        model="aitoll", input=LLAMA, instructions="Be a pirate.", temperature=0.2, max_output_tokens=16, reasoning={"effort": "low"}
    )
    (message,) = made.output
    assert message.type == "message"
    (content,) = message.content
    assert content.type == "output_text"
    assert (made.status, made.error, "8,930 t CO2e" in made.output_text, "pirate" in made.output_text) == ("completed", None, True, False)
    assert content.annotations
    for note in content.annotations:
        assert note.type == "url_citation"
        assert made.output_text[note.start_index : note.end_index].endswith(f"({note.url})")
        assert f"{note.title} — " in made.output_text[note.end_index :]
    assert made.usage
    assert made.usage.total_tokens == made.usage.input_tokens + made.usage.output_tokens > 0


def test_a_stream_spells_the_same_text_in_numbered_events(client: openai.OpenAI) -> None:
    whole = client.responses.create(model="aitoll", input=LLAMA)
    with client.responses.stream(model="aitoll", input=LLAMA) as stream:
        events = list(stream)
        final = stream.get_final_response()
    spelt = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert (spelt, final.output_text) == (whole.output_text, whole.output_text)
    assert [event.type for event in events[:4]] == [
        "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
    ]  # fmt: skip
    assert [event.type for event in events[-4:]] == [
        "response.output_text.done", "response.content_part.done", "response.output_item.done", "response.completed",
    ]  # fmt: skip
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert final.usage == whole.usage


def test_a_response_follows_the_one_it_names(client: openai.OpenAI) -> None:
    first = client.responses.create(model="aitoll", input=CO2)
    poland = client.responses.create(model="aitoll", input="And in Poland?", previous_response_id=first.id)
    again = client.responses.create(model="aitoll", input="And in Sweden?", previous_response_id=first.id)
    later = client.responses.create(model="aitoll", input="And for 20 GWh?", previous_response_id=poland.id)
    assert ("Poland" in first_line(poland), "Sweden" in first_line(again)) == (True, True)
    assert ("Poland" in first_line(later), "11,800 t" in first_line(later)) == (True, True)
    assert later.previous_response_id == poland.id


def test_messages_and_conversations_are_followed_too(client: openai.OpenAI) -> None:
    messages: list[Any] = [
        {"role": "user", "content": [{"type": "input_text", "text": CO2}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "About 414 t."}]},
        {"type": "function_call", "call_id": "x", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "x", "output": "5"},
        {"role": "user", "content": "And in Poland?"},
    ]
    assert "Poland" in first_line(client.responses.create(model="aitoll", input=messages, store=False))
    client.responses.create(model="aitoll", input=CO2, conversation="of mine")
    assert "Sweden" in first_line(client.responses.create(model="aitoll", input="And in Sweden?", conversation={"id": "of mine"}))


def test_what_is_kept_can_be_read_and_deleted_by_its_owner(client: openai.OpenAI, served: Served) -> None:
    made = client.responses.create(model="aitoll", input=LLAMA)
    assert client.responses.retrieve(made.id).output_text == made.output_text
    with openai.OpenAI(base_url=f"{served.url}/v1", api_key="another", max_retries=0) as other, pytest.raises(openai.NotFoundError):
        other.responses.retrieve(made.id)
    client.responses.delete(made.id)
    with pytest.raises(openai.NotFoundError, match="no response"):
        client.responses.create(model="aitoll", input="And Llama 2?", previous_response_id=made.id)


def test_what_is_not_to_be_kept_is_not(client: openai.OpenAI) -> None:
    made = client.responses.create(model="aitoll", input=LLAMA, store=False)
    assert made.output_text
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(made.id)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "input"),
        ({"input": []}, "input"),
        ({"input": 5}, "input"),
        ({"input": [{"role": "system", "content": "x"}]}, "input"),
        ({"input": "x", "conversation": "a", "previous_response_id": "b"}, "conversation"),
    ],
)
def test_a_request_that_cannot_be_fails_as_at_openai(body: dict[str, Any], field: str, client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.post("/responses", body={"model": "aitoll", **body}, cast_to=object)
    assert (caught.value.type, str(caught.value.param).partition(".")[0]) == ("invalid_request_error", field)


def test_another_model_is_not_pretended_to_be(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="the model is 'aitoll'"):
        client.responses.create(model="gpt-6", input=LLAMA)


@pytest.mark.parametrize("path", ["responses", "chat/completions"])
def test_a_fault_in_a_stream_is_an_error_of_the_sdk(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(openai_turns, "answer_turn", broken)
    with listening(web.create_app()) as url, openai.OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0) as client:
        body = {"model": "aitoll", "input": CO2, "messages": [{"role": "user", "content": CO2}], "stream": True}
        stream: Any = client.post(f"/{path}", body=body, cast_to=object, stream=True, stream_cls=openai.Stream[Any])
        with pytest.raises(openai.APIError, match="ZeroDivisionError") as caught:
            list(stream)
        assert "secret" not in str(caught.value)


def test_langchain_reads_it_whole_and_streamed(served: Served) -> None:
    model = ChatOpenAI(model="aitoll", base_url=f"{served.url}/v1", api_key="any", use_responses_api=True, max_retries=0)
    whole = model.invoke([("user", CO2), ("ai", "About 414 t."), ("user", "And in Poland?")])
    parts = list(model.stream([("user", CO2), ("ai", "About 414 t."), ("user", "And in Poland?")]))
    assert "Poland" in whole.text.splitlines()[0]
    assert "".join(part.text for part in parts) == whole.text
    assert "](https://" in whole.text
    assert any(block.get("annotations") for block in whole.content_blocks)
    assert whole.usage_metadata
    assert any(part.usage_metadata for part in parts)


def test_langchain_follows_what_the_server_keeps(served: Served) -> None:
    model = ChatOpenAI(
        model="aitoll", base_url=f"{served.url}/v1", api_key="any", use_responses_api=True, use_previous_response_id=True, max_retries=0
    )
    first = model.invoke(CO2)
    assert "Poland" in model.invoke([("user", CO2), first, ("user", "And in Poland?")]).text.splitlines()[0]


def test_a_document_without_address_is_a_file_citation() -> None:
    cited = Citation(number=1, id="notes", kind="user", title="Notes")
    answer = Answer(id="0" * 32, question="x", language="en", status="answered", text="It says so [1].", citations=[cited])
    (note,) = response(answer, ResponseRequest(input="x"))["output"][0]["content"][0]["annotations"]
    assert note == {"type": "file_citation", "file_id": "notes", "filename": "Notes", "index": 14}


def test_no_turn_is_asked_of_a_model_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a process remembers the earlier turns or has only the client's word for them."""
    from aitoll.agent.llm.breaker import breaker
    from tests.peers.llm.planner import right
    from tests.peers.llm.server import Endpoint

    turns = [CO2, "And in Poland?", "And in Sweden?"]
    messages: list[Any] = [{"role": "user", "content": turn} for turn in turns]
    with Endpoint(right) as model:
        for name, value in {"AITOLL_MODEL": "gpt-4o", "OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "k"}.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        breaker.cache_clear()
        with listening(web.create_app()) as url:
            wait_until_ready(url)
            with openai.OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0) as client:
                assert model.requests == []  # the agent is loaded, and nothing was asked of the model for it
                made = client.chat.completions.create(model="aitoll", messages=messages)
                asked = [one.question for one in model.requests]
    assert "Sweden" in str(made.choices[0].message.content).splitlines()[0]
    assert set(asked) == {turns[-1]}
    assert made.usage
    assert made.usage.prompt_tokens > 100  # the model's own count, instructions included


def wait_until_ready(url: str) -> None:
    import time

    for _ in range(300):
        if httpx.get(f"{url}/readyz", trust_env=False).status_code == 200:
            return
        time.sleep(0.1)
    raise AssertionError("never ready")
