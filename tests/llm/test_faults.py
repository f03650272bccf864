"""Whatever an endpoint does, the turn ends within its bound, in the asker's language, with the right figure and no wrong number."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import TYPE_CHECKING

import pytest

from aitoll import Answer, ask, stream
from aitoll.agent.check import check
from aitoll.agent.llm.client import _lines
from tests.llm.conftest import MODEL
from tests.peers.llm.certificates import KINDS, context
from tests.peers.llm.faults import HARD, LONGER_THAN_ANY_TEST, NO_MODELS, OVERFLOWS, PASSING, status
from tests.peers.llm.planner import right

if TYPE_CHECKING:
    from pathlib import Path

    from tests.llm.conftest import Model

TIMEOUT_S = 1.0
SLACK_S = 2.0  # our half second to let go, the rules, and a busy machine; far from the endpoint's own eight seconds
ASKED = {
    "en": "How much does it cost to rent 512 H100s for 30 days at $2.50 per GPU hour?",
    "fr": "Combien coûte la location de 512 H100 pendant 30 jours à 2,50 $ de l'heure GPU ?",
}
WORDED = {"en": "in the rules' own words", "fr": "écrite par les règles"}


def judge(found: Answer, language: str, took_s: float) -> None:
    assert took_s < TIMEOUT_S + SLACK_S < LONGER_THAN_ANY_TEST
    assert (found.status, found.language, found.model) == ("answered", language, "rules")
    assert [figure.value for figure in found.figures if figure.role == "answer"] == [921_600]
    assert check(found.text, found.figures, found.citations, [found.question], found.language) == []
    assert WORDED[language] in found.warnings[-1]


@pytest.mark.parametrize("shape", ["chat", "responses"])
@pytest.mark.parametrize("name", HARD)
def test_a_fault_ends_in_the_right_answer_by_the_rules(name: str, shape: str, model: Model) -> None:
    language = "fr" if list(HARD).index(name) % 2 else "en"
    model(HARD[name], timeout_s=str(TIMEOUT_S), model_api=shape)
    started = time.monotonic()
    found = ask(ASKED[language])
    judge(found, language, time.monotonic() - started)


@pytest.mark.parametrize("name", HARD)
def test_a_fault_of_a_stream_ends_in_the_right_answer_by_the_rules(name: str, model: Model) -> None:
    model(HARD[name], timeout_s=str(TIMEOUT_S))

    async def heard() -> list[object]:
        return [part async for part in stream(ASKED["en"])]

    started = time.monotonic()
    found = asyncio.run(heard())[-1]
    assert isinstance(found, Answer)
    judge(found, "en", time.monotonic() - started)


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_leaves_the_turn_to_the_model(name: str, model: Model) -> None:
    model(PASSING[name], timeout_s="8")
    found = ask(ASKED["en"])
    assert (found.model, found.figures[0].value) == (MODEL, 921_600)


def test_a_closed_port(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        model(HARD["500"], timeout_s=str(TIMEOUT_S))
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{taken.getsockname()[1]}/v1")
        started = time.monotonic()
        judge(ask(ASKED["fr"]), "fr", time.monotonic() - started)


def test_bad_tls(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    server = model(HARD["500"], timeout_s=str(TIMEOUT_S))
    monkeypatch.setenv("OPENAI_BASE_URL", server.url.replace("http://", "https://"))
    started = time.monotonic()
    judge(ask(ASKED["en"]), "en", time.monotonic() - started)


@pytest.mark.parametrize("kind", KINDS)
def test_a_certificate_is_checked_and_what_is_wrong_is_said(
    kind: str, model: Model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The right one passes on the same way, so that the others fail for what is wrong with them."""
    server = model(right, timeout_s="5")
    certified, known = context(kind, tmp_path)
    server.socket = certified.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    monkeypatch.setenv("OPENAI_BASE_URL", server.url.replace("http://", "https://"))
    monkeypatch.setenv("SSL_CERT_FILE", str(known))
    _lines.cache_clear()
    found = [ask(ASKED["en"]) for _ in range(2)]
    _lines.cache_clear()
    if kind == "right":
        assert [one.model for one in found] == [MODEL, MODEL]
        return
    assert [(one.model, one.status, one.figures[0].value) for one in found] == [("rules", "answered", 921_600)] * 2
    assert ("certificate" in found[0].warnings[-1], "left alone" in found[1].warnings[-1]) == (True, True)
    assert server.requests == []


@pytest.mark.parametrize(
    ("said", "why"), [*((name, "longer than") for name in OVERFLOWS), *((name, "no such model") for name in NO_MODELS)]
)
def test_what_an_operator_can_mend_is_named(said: str, why: str, model: Model) -> None:
    model(status(*(OVERFLOWS if why == "longer than" else NO_MODELS)[said]))
    found = ask(ASKED["en"])
    judge(found, "en", 0.0)
    assert why in found.warnings[-1]


@pytest.mark.parametrize(
    ("question", "wanted"), [("Quelle est la capitale de l'Australie ?", "out_of_scope"), ("How much CO2 does it emit?", "clarify")]
)
def test_what_has_no_figure_gets_its_clear_answer_all_the_same(question: str, wanted: str, model: Model) -> None:
    model(HARD["hang"], timeout_s="0.3")
    found = ask(question)
    assert (found.status, found.model, bool(found.text)) == (wanted, "rules", True)


def test_the_matrix_is_wide() -> None:
    assert len(HARD) + len(PASSING) + 2 >= 25
