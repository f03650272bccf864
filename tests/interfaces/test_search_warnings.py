"""A search that could not be whole says so on every surface, over real connections: here the server of the documents is gone."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp.client import Client

from aitoll.agent.interfaces.langchain_tools import AitollRetriever
from aitoll.knowledge import store
from aitoll.settings import settings
from tests.interfaces.web_server import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def gone() -> str:
    """The address of a server that does not answer."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture(scope="module")
def without_documents(gone: str) -> Iterator[Served]:
    with serving(ready=False, AITOLL_CHROMA_URL=gone) as served:
        yield served


@pytest.mark.parametrize(
    ("text", "said"),
    [("Why is the Three Mile Island plant restarting?", "Only part"), ("Pourquoi la centrale rouvre-t-elle ?", "en partie")],
)
def test_rest_tells_what_was_not_searched(text: str, said: str, without_documents: Served, gone: str) -> None:
    with without_documents.client() as client:
        response = client.get("/api/v1/search", params={"text": text, "limit": 2})
        warnings = json.loads(response.headers["Aitoll-Warnings"])
        shown = client.get("/openapi.json").json()["paths"]["/api/v1/search"]["get"]["responses"]["200"]["headers"]
    assert (len(response.json()), len(warnings), said in warnings[0], gone in warnings[0]) == (2, 1, True, True)
    assert "Aitoll-Warnings" in shown


def test_rest_without_a_fault_warns_of_nothing(served: Served) -> None:
    with served.client() as client:
        assert "Aitoll-Warnings" not in client.get("/api/v1/search", params={"text": "Three Mile Island", "in": "library"}).headers


def test_mcp_tells_it_to_the_program_and_in_words(without_documents: Served, gone: str) -> None:
    async def asked() -> Any:
        async with Client(f"{without_documents.url}/mcp") as client:
            return await client.call_tool("search", {"query": "Why is Three Mile Island restarting?", "limit": 2})

    result = anyio.run(asked)
    held = result.structured_content
    assert (len(held["passages"]), len(held["warnings"]), gone in held["warnings"][0]) == (2, 1, True)
    assert held["warnings"][0] in result.content[0].text


def test_langchain_logs_it(gone: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("AITOLL_CHROMA_URL", gone)
    settings.cache_clear()
    store._store.cache_clear()
    found = AitollRetriever(limit=2).invoke("Why is Three Mile Island restarting?")
    settings.cache_clear()
    store._store.cache_clear()
    assert (len(found), any(gone in record.message for record in caplog.records)) == (2, True)
