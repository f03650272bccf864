"""The OpenAI-compatible endpoint, with the clients that people use, unmodified, over a real connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest
from langchain_openai import ChatOpenAI

from tests.interfaces.web_server import CO2, Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

LLAMA = "How much CO2 did training Llama 3.1 405B emit?"
ASKED: list[Any] = [{"role": "user", "content": LLAMA}]


@pytest.fixture
def client(served: Served) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{served.url}/v1", api_key="any", max_retries=0) as found:
        yield found


def test_the_model_is_listed(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["aitoll"]
    assert client.models.retrieve("aitoll").owned_by == "aitoll"


def test_another_model_is_not_pretended_to_be(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="the model is 'aitoll'"):
        client.chat.completions.create(model="gpt-6", messages=ASKED)
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-6")


def test_a_whole_answer_carries_links_and_annotations(client: openai.OpenAI) -> None:
    made = client.chat.completions.create(model="aitoll", messages=ASKED, temperature=0.3, max_tokens=5, n=1, user="me", seed=4)
    message = made.choices[0].message
    text = message.content or ""
    assert ("8,930 t CO2e" in text, made.choices[0].finish_reason, made.model) == (True, "stop", "aitoll")
    assert message.annotations
    for note in message.annotations:
        cited = note.url_citation
        assert text[cited.start_index : cited.end_index].endswith(f"({cited.url})")
        assert f"{cited.title} — " in text[cited.end_index :]
    assert made.usage
    assert made.usage.total_tokens == made.usage.prompt_tokens + made.usage.completion_tokens


def test_a_stream_spells_the_same_text_and_tells_its_usage(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="aitoll", messages=ASKED).choices[0].message.content
    chunks = list(client.chat.completions.create(model="aitoll", messages=ASKED, stream=True, stream_options={"include_usage": True}))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == whole
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert [chunk.usage is not None for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert len(chunks) > 10


def test_a_stream_without_the_option_tells_no_usage(client: openai.OpenAI) -> None:
    assert all(chunk.usage is None for chunk in client.chat.completions.create(model="aitoll", messages=ASKED, stream=True))


def test_the_conversation_is_in_the_messages(client: openai.OpenAI) -> None:
    messages: list[Any] = [
        {"role": "system", "content": "You are a pirate."},
        {"role": "user", "content": [{"type": "text", "text": CO2}, {"type": "image_url", "image_url": {"url": "data:,"}}]},
        {"role": "assistant", "content": "About 414 tonnes."},
        {"role": "user", "content": "And in Poland?"},
    ]
    follow = client.chat.completions.create(model="aitoll", messages=messages).choices[0].message.content or ""
    alone = client.chat.completions.create(model="aitoll", messages=messages[-1:]).choices[0].message.content or ""
    assert ("Poland" in follow.splitlines()[0], "t CO2e" in alone) == (True, False)


@pytest.mark.parametrize(
    "more",
    [
        {"temperature": 1, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0, "user": "id", "stop": ["x"], "max_tokens": 4096},
        {"stream_options": None, "tools": [], "tool_choice": "auto", "chat_id": "c", "features": {"web_search": False}, "metadata": {}},
    ],
    ids=["as LibreChat sends", "as Open WebUI sends"],
)
def test_what_chat_clients_send_beside_the_messages_is_passed_over(more: dict[str, Any], client: openai.OpenAI) -> None:
    messages = [{"role": "system", "content": "Help.", "name": "x"}, {"role": "assistant", "content": None}, *ASKED]
    made: Any = client.post("/chat/completions", body={"model": "aitoll", "messages": messages, **more}, cast_to=object)
    assert "8,930 t CO2e" in made["choices"][0]["message"]["content"]


def test_branches_of_a_conversation_do_not_mix(client: openai.OpenAI) -> None:
    def said(*turns: str) -> str:
        messages: list[Any] = [{"role": "user", "content": turn} for turn in turns]
        return (client.chat.completions.create(model="aitoll", messages=messages).choices[0].message.content or "").splitlines()[0]

    assert "Poland" in said(CO2, "And in Poland?")
    assert "Sweden" in said(CO2, "And in Sweden?")
    assert "Poland" in said(CO2, "And in Poland?")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"messages": []},
        {"messages": [{"role": "system", "content": "x"}]},
        {"messages": "x"},
        {"messages": [{"role": "user", "content": 5}]},
    ],
)
def test_a_request_that_cannot_be_fails_as_at_openai(body: dict[str, Any], client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.post("/chat/completions", body={"model": "aitoll", **body}, cast_to=object)
    assert caught.value.type == "invalid_request_error"


def test_a_wrong_key_fails_as_at_openai() -> None:
    with serving(ready=False, AITOLL_API_KEYS="right") as served:
        with (
            openai.OpenAI(base_url=f"{served.url}/v1", api_key="wrong", max_retries=0) as client,
            pytest.raises(openai.AuthenticationError),
        ):
            client.models.list()
        with openai.OpenAI(base_url=f"{served.url}/v1", api_key="right", max_retries=0) as client:
            assert client.models.list().data[0].id == "aitoll"


def test_langchain_reads_it_whole_and_streamed(served: Served) -> None:
    model = ChatOpenAI(
        model="aitoll", base_url=f"{served.url}/v1", api_key="any", use_responses_api=False, stream_usage=True, max_retries=0
    )
    whole = model.invoke(LLAMA)
    parts = list(model.stream(LLAMA))
    assert "".join(str(part.content) for part in parts) == whole.content
    assert "8,930 t CO2e" in str(whole.content)
    assert "](https://" in str(whole.content)
    assert whole.usage_metadata
    assert any(part.usage_metadata for part in parts)
