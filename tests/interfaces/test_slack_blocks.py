"""An Answer as Slack messages: every payload within the documented limits, inert where it is not ours, nothing lost."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from aitoll.agent.answer import Answer, Citation, Step
from aitoll.agent.ask import answer as answer_of
from aitoll.agent.ask import ask, calculate
from aitoll.agent.conversations import InMemory
from aitoll.agent.interfaces.calling import read
from aitoll.agent.interfaces.slack_blocks import messages, plain_messages, with_note
from aitoll.agent.interfaces.slack_limits import problems, strings, view_problems
from aitoll.agent.interfaces.slack_markup import escaped, link, markdown, pieces, question_of, web_address
from aitoll.agent.interfaces.slack_views import details, recompute, recomputed, typed
from aitoll.agent.texts import with_range
from aitoll.tools.registry import CALCULATORS
from tests.interfaces.samples import asked

BANK = Path(__file__).parent.parent / "questions"
CO2 = "How much CO2 did training Llama 3.1 405B emit, and what did it cost?"
HOSTILE = "<!channel> <@U1> <#C1|x> @here @channel & [click](https://evil.example/?q=1) ![x](https://evil.example/i.png) `code` <https://evil.example|y>"


def bank() -> list[str]:
    """One question in five of the bank: every calculator, both languages, every status."""
    found = [entry for file in sorted(BANK.glob("*_??.yaml")) for entry in yaml.safe_load(file.read_text("utf-8"))]
    return [turn for entry in found for turn in _turns(entry)][::5] or [CO2]


def _turns(entry: Any) -> list[str]:
    said = entry.get("turns") or [entry.get("question")] if isinstance(entry, dict) else [entry]
    return [turn for turn in said if isinstance(turn, str)]


def long_answer(citations: int = 20, paragraphs: int = 60, note: str = HOSTILE) -> Answer:
    cited = [
        Citation(
            number=number,
            id=f"s{number}",
            kind="primary",
            title=f"Title {number} {note}",
            author="A" * 300,
            url=f"https://example.org/{number}?a=(b)&c=<d>",
            place=f"Table {number}, " + "row " * 80,
        )
        for number in range(1, citations + 1)
    ]
    text = "\n\n".join(f"- Row {number}: {note} [{number % citations + 1}]" for number in range(paragraphs))
    return Answer(id="a", question="?", language="en", status="answered", text=text, citations=cited, warnings=[note] * 3)


def shown(found: list[dict[str, Any]]) -> str:
    return "\n".join(text for message in found for text in strings(message))


@pytest.mark.skipif(find_spec("aitoll.knowledge.store") is None, reason="knowledge/store.py is being written")
def test_the_answers_to_the_bank_of_questions_keep_every_limit() -> None:
    for question in bank():
        made = answer_of(question, InMemory())
        for message in [*messages(made), *messages(made, private=True), *plain_messages(made)]:
            assert problems(message) == [], question
        for view in (details(made), recompute(made, {"channel": "C1", "thread": "1.1"})):
            assert not made.figures or view_problems(view) == [], question


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", CALCULATORS)
def test_every_calculator_keeps_every_limit(name: str, language: Any) -> None:
    figures, inputs = calculate(name, language, **read(name, asked(name))), asked(name)
    text = "\n\n".join(f"**{figure.label}: {figure.value:g} {figure.unit}**" for figure in figures)
    steps = [Step(tool=name, arguments=inputs, elapsed_ms=1.0)]
    made = Answer(id="a" * 32, question="?", language=language, status="answered", text=text, figures=figures, steps=steps)
    for message in [*messages(made), *messages(made, private=True), *plain_messages(made), *recomputed(figures, "note", language)]:
        assert problems(message) == []
    for view in (details(made), recompute(made, {"channel": "C" * 11, "thread": "1234567890.123456"})):
        assert view_problems(view) == []


@pytest.mark.parametrize("length", [1_000, 12_000])
def test_a_long_question_keeps_every_limit(length: int) -> None:
    made = answer_of(f"{CO2} {'Please be precise. ' * length}"[:length], InMemory())
    for message in [*messages(made), *plain_messages(made)]:
        assert problems(message) == []


@pytest.mark.parametrize(("citations", "paragraphs"), [(1, 1), (20, 5), (20, 60), (60, 400)])
def test_long_answers_are_split_and_lose_nothing(citations: int, paragraphs: int) -> None:
    made = long_answer(citations, paragraphs)
    found = messages(made)
    assert [problem for message in found for problem in problems(message)] == []
    text = shown(found)
    assert [number for number in range(1, citations + 1) if f"Title {number} " not in text or f"Table {number}," not in text] == []
    assert [number for number in range(paragraphs) if f"Row {number}:" not in text] == []


def test_the_source_of_an_answer_reaches_the_reader_with_its_link_and_place() -> None:
    made = ask(CO2)
    text = shown(messages(made))
    first = made.citations[0]
    assert f"<{first.url}|{first.title}>" in text
    assert first.place in text
    assert f"[[1]]({first.url})" in text


def test_the_figure_comes_first_and_the_notification_says_it() -> None:
    first = messages(ask(CO2))[0]
    assert first["blocks"][0]["text"].startswith("**CO2 of the electricity, location-based (Llama 3.1 405B): 8,930 t CO2e**")
    assert first["text"].startswith("*CO2 of the electricity, location-based (Llama 3.1 405B): 8,930 t CO2e*")


def test_several_subjects_give_a_chart_with_the_values_of_the_figures() -> None:
    made = ask("Compare the training CO2 of Llama 3.1 405B, Llama 3.1 8B and Llama 3.1 70B")
    figures = [figure for figure in made.figures if figure.role == "answer" and figure.name == "training_carbon"]
    charts = [block for message in messages(made) for block in message["blocks"] if block["type"] == "data_visualization"]
    assert len(figures) >= 2
    points = next(one for one in charts[0]["chart"]["series"] if one["name"] == "central")["data"]
    assert [point["value"] for point in points] == [pytest.approx(figure.value, rel=0.05) for figure in figures]


@pytest.mark.parametrize("made", [long_answer(), long_answer(citations=1, paragraphs=1)])
def test_nothing_that_is_not_ours_is_live(made: Answer) -> None:
    for message in [*messages(made), *plain_messages(made), *with_note(messages(made), escaped(HOSTILE))]:
        for text in strings(message):
            assert not re.search(r"<[!@#]|@(channel|here|everyone)\b", text), text
            assert set(re.findall(r"(?<=<)https?://[^/|>]*", text)) <= {"https://example.org"}
        for block in message.get("blocks", []):
            if block["type"] == "markdown":  # only there does Slack read [text](address)
                assert re.findall(r"(?<!\\)\[(?!\[\d+\]\]\(https://example\.org/)(?!\d+\]\])", block["text"]) == []


@given(st.text(max_size=400))
def test_no_text_escapes_its_escaping(text: str) -> None:
    assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", escaped(text))
    assert not re.search(r"(?<!\\)\[", markdown(text, []))


@given(st.text(max_size=300), st.integers(20, 90))
def test_pieces_fit_and_keep_every_word(text: str, most: int) -> None:
    found = list(pieces(text, most))
    assert all(0 < len(part) <= most for part in found)
    assert "".join("".join(found).split()) == "".join(text.split())


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "", None, "https://", "http://[", "file:///etc"]
)
def test_only_web_addresses_become_links(url: str | None) -> None:
    assert (web_address(url), link(url, "T|<b>")) == ("", "T¦&lt;b&gt;")


def test_an_address_cannot_end_its_own_markup() -> None:
    assert web_address("https://e.org/a|b>c)d e<!channel>") == "https://e.org/a%7Cb%3Ec%29d%20e%3C!channel%3E"


@pytest.mark.parametrize(
    ("sent", "asked"),
    [
        ("<@UBOT> What does it cost?", "What does it cost?"),
        ("Hi <@UBOT>, &lt;b&gt; &amp; <@U2|ann> <https://a.b|here> <https://a.b>", "Hi  , <b> & @ann here https://a.b"),
        ("<!channel> <#C1|general>", "@channel @general"),
        ("<@UBOT>", ""),
    ],
)
def test_a_question_is_what_the_person_typed(sent: str, asked: str) -> None:
    assert question_of(sent, "UBOT") == asked


def test_the_calculation_shows_formula_inputs_and_their_sources() -> None:
    made = ask(CO2)
    view = details(made)
    text = "\n".join(strings(view))
    assert "training_cost = gpu_hours * price" in text
    price = next(part for figure in made.figures for part in figure.inputs if part.name == "price")
    assert f"rental price: {with_range(price.value, price.low, price.high, price.unit, 'en')}, {price.status} [{price.citation}]" in text
    assert view_problems(view) == []


def test_the_recompute_modal_offers_the_numbers_that_were_used() -> None:
    view = recompute(ask("How much does it cost to rent 512 H100s for 30 days at $2.50 per GPU hour?"), {"channel": "C1"})
    assert {"gpus", "hours", "price"} <= {block["block_id"] for block in view["blocks"]}
    assert view_problems(view) == []


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("1,200", "en", 1200.0),
        ("1 200,5", "fr", 1200.5),
        ("1.200,5", "fr", 1200.5),
        ("2..4", "en", (2.0, 4.0)),
        ("4 .. 2,5", "fr", (2.5, 4.0)),
    ],
)
def test_numbers_are_read_in_the_language_of_the_answer(text: str, language: Any, value: object) -> None:
    assert typed({"state": {"values": {"price": {"value": {"value": text}}}}}, language) == ({"price": value}, {})


def test_what_is_no_number_is_refused_beside_its_field() -> None:
    values, wrong = typed({"state": {"values": {"price": {"value": {"value": "cheap"}}, "gpus": {"value": {"value": None}}}}}, "en")
    assert (values, list(wrong)) == ({}, ["price"])


def test_a_recomputation_says_figure_formula_and_source() -> None:
    figures = calculate("training_cost", gpu_hours=1000, gpu="h100-sxm")
    found = recomputed(figures, "note", "en")
    text = shown(found)
    price = next(part for part in figures[0].inputs if part.name == "price")
    assert "GPU-hour" in text
    assert price.source
    assert price.source in text
    assert [problem for message in found for problem in problems(message)] == []


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        ({"text": "x" * 4001}, "text: over"),
        ({"text": ""}, "text: missing"),
        ({"text": "x", "blocks": [{"type": "divider"}] * 51}, "blocks: 51"),
        ({"text": "x", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]}, "section.text"),
        ({"text": "x", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]}, "header.text"),
        ({"text": "x", "blocks": [{"type": "markdown", "text": "x" * 12_001}]}, "markdown.text"),
        ({"text": "x", "blocks": [{"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11}]}, "context.elements"),
        ({"text": "x", "blocks": [{"type": "input"}]}, "input is no block of a message"),
        ({"text": "x", "blocks": [{"type": "rubbish"}]}, "rubbish is no block"),
        ({"text": "x", "unfurl_links": True}, "unfurl_links"),
    ],
)
def test_the_validator_refuses_what_the_reference_does_not_allow(payload: dict[str, Any], problem: str) -> None:
    assert any(found.startswith(problem) or problem in found for found in problems(payload))
