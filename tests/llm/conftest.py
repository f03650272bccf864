"""A scripted endpoint as the language model of aitoll, for the length of one test."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

import pytest

from aitoll import ask
from aitoll.agent.llm.breaker import breaker
from aitoll.settings import settings
from tests.peers.llm.faults import status
from tests.peers.llm.server import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.peers.llm.server import Script

KEY = "sk-a-key-that-nobody-may-see"
MODEL = "gpt-4o"


@pytest.fixture(scope="session", autouse=True)
def _loaded() -> None:
    """LangChain is loaded by the first turn of a process, and takes seconds; no bound is about that."""
    with Endpoint(status(500)) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AITOLL_MODEL", MODEL)
        patch.setenv("OPENAI_BASE_URL", server.url)
        settings.cache_clear()
        ask("CO2 of 10 GWh in France?")
    settings.cache_clear()


class Model(Protocol):
    def __call__(self, script: Script, **options: str) -> Endpoint: ...


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    """Starts an endpoint and sets aitoll upon it; options are settings by their short name: timeout_s="1", model_api="responses"."""
    with ExitStack() as running:

        def start(script: Script, **options: str) -> Endpoint:
            server = running.enter_context(Endpoint(script))
            chosen = {"AITOLL_MODEL": MODEL, "OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": KEY, "AITOLL_TIMEOUT_S": "10"}
            for name, value in {**chosen, **{f"AITOLL_{name.upper()}": value for name, value in options.items()}}.items():
                monkeypatch.setenv(name, value)
            settings.cache_clear()
            breaker.cache_clear()
            return server

        yield start
