"""`aitoll serve --workers 2` with a Chroma server and Postgres behind it: what one process keeps, the other finds."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.interfaces.slack_service import BOT, SlackService, event, signed
from tests.interfaces.slack_stage import FIGURE, configure, until
from tests.interfaces.slack_stage import RENT as SLACK_RENT
from tests.interfaces.web_server import CO2, RENT, Served, serving
from tests.knowledge.test_server import server as chroma  # noqa: F401 (a fixture)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases import Server

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
POLAND, MORE = "And in Poland?", "And with 1024 of them?"
CALLERS = 16
KEYS = [*(f"caller-{number}" for number in range(CALLERS)), "thumbs", "links", "library", "often", "outlives", "whole", "metrics"]


@pytest.fixture(scope="module")
def pair(postgres: Server, chroma: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, SlackService]]:  # noqa: F811
    """Two processes that Slack sends to, and many callers, who may ask once a second each; nothing that matters lies in AITOLL_HOME."""
    home = tmp_path_factory.mktemp("home")
    with postgres.empty() as address, SlackService() as service, pytest.MonkeyPatch.context() as patch:
        configure(patch, service, home)
        shared = {"AITOLL_DATABASE_URL": address, "AITOLL_CHROMA_URL": chroma, "AITOLL_WORKERS": "2", "AITOLL_API_KEYS": ",".join(KEYS)}
        with serving(ready=True, **shared, AITOLL_REQUESTS_PER_MINUTE="60") as found:
            yield found, service


@pytest.fixture
def found(pair: tuple[Served, SlackService]) -> Served:
    return pair[0]


def processes(found: Served) -> list[int]:
    """The children that serve."""
    listed = Path(f"/proc/{found.process.pid}/task/{found.process.pid}/children").read_text("ascii").split()
    return [int(child) for child in listed if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def called(key: str) -> dict[str, str]:
    """Headers of this caller; each request over a new connection, which either process may take."""
    return {"Authorization": f"Bearer {key}", "Connection": "close"}


def ask(found: Served, question: str, key: str) -> dict[str, Any]:
    body = {"question": question, "conversation": "mine"}
    made: dict[str, Any] = httpx.post(f"{found.url}/api/v1/ask", json=body, headers=called(key), timeout=60).raise_for_status().json()
    return made


def test_conversations_go_on_in_either_process_and_do_not_mix(found: Served) -> None:
    def talk(number: int) -> tuple[str, str, int]:
        key = f"caller-{number}"
        first, then = (CO2, POLAND) if number % 2 else (RENT, MORE)
        ask(found, first, key)
        made = ask(found, then, key)
        kept = httpx.get(f"{found.url}/api/v1/conversations", headers=called(key), timeout=60).json()
        return made["status"], made["figures"][0]["name"], sum(one["turns"] for one in kept)

    with ThreadPoolExecutor(6) as pool:
        said = Counter(pool.map(talk, range(CALLERS)))
    assert {(status, turns) for status, _, turns in said} == {("answered", 2)}
    assert list(said.values()) == [CALLERS // 2] * 2


def test_feedback_links_and_library_are_the_same_in_both(found: Served) -> None:
    made = ask(found, CO2, "thumbs")
    with found.client(**called("thumbs")) as client:
        assert client.post("/api/v1/feedback", json={"answer": made["id"], "thumb": "up", "conversation": "mine"}).status_code == 204
        assert [(one["answer"], one["thumb"]) for one in client.get("/api/v1/feedback").json()] == [(made["id"], "up")]
    with found.client(**called("links")) as client:
        made = ask(found, CO2, "links")
        paths = {client.post(f"/api/v1/conversations/mine/answers/{made['id']}/link").json()["path"] for _ in range(3)}
        assert [client.get(path).status_code for path in paths] == [200]
    with found.client(**called("library")) as client:
        first, second, third = (client.get("/api/v1/search", params={"q": "Three Mile Island"}).json() for _ in range(3))
        assert first
        assert first == second == third


def test_a_limit_is_one_over_both(found: Served) -> None:
    started = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        asked = pool.map(lambda _: httpx.get(f"{found.url}/api/v1/feedback", headers=called("often"), timeout=60).status_code, range(40))
        statuses = Counter(asked)
    allowed = 6 + (time.monotonic() - started)  # so many at once, and one a second; two limits would let twice as many through
    assert 6 <= statuses[200] <= allowed + 1
    assert statuses[200] + statuses[429] == 40


def test_a_conversation_outlives_the_process_that_began_it(found: Served) -> None:
    ask(found, CO2, "outlives")
    before = processes(found)
    assert len(before) == 2
    for process in before:
        os.kill(process, signal.SIGKILL)
    until(lambda: len(processes(found)) == 2 and not set(processes(found)) & set(before), 60)
    until(lambda: _up(found), 60)
    followed, whole = ask(found, POLAND, "outlives"), ask(found, "How much CO2 do 10 GWh emit in Poland?", "whole")
    assert followed["figures"][0]["value"] == whole["figures"][0]["value"]


def _up(found: Served) -> bool:
    try:
        return httpx.get(f"{found.url}/healthz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def test_slack_events_are_answered_once_by_two_processes_with_a_kill_between(pair: tuple[Served, SlackService]) -> None:
    found, service = pair
    sent = [event(f"<@{BOT}> {SLACK_RENT}", f"{1_000 + number}.000001", channel=f"C{number % 8}") for number in range(24)]
    for part in (sent[:12], sent[12:]):
        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(lambda one: _deliver(found, one), [one for one in part for _ in range(3)])) == {200}
        if part[0] is sent[0]:
            until(lambda: len(service.messages) > 3, 60)
            os.kill(processes(found)[0], signal.SIGKILL)
    done = 'aitoll_slack{what="rows_done"} 24.0'
    until(lambda: done in httpx.get(f"{found.url}/metrics", headers=called("metrics"), timeout=30).text, 120)
    answers = Counter((message["channel"], message["thread_ts"]) for message in service.messages)
    assert (len(answers), max(answers.values())) == (24, 1)
    assert all(FIGURE in json.dumps(message) for message in service.messages)


def _deliver(found: Served, payload: dict[str, Any]) -> int:
    """As Slack does: again, where nobody acknowledges."""
    body = json.dumps(payload).encode()
    for _ in range(20):
        try:
            return httpx.post(f"{found.url}/slack/events", content=body, headers=signed(body), timeout=30).status_code
        except httpx.TransportError:
            time.sleep(0.2)
    return 0
