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


@pytest.fixture(scope="module")
def shared(postgres: Server, chroma: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:  # noqa: F811
    """Settings under which nothing that matters lies in AITOLL_HOME."""
    with postgres.empty() as address:
        home = tmp_path_factory.mktemp("home")
        yield {"AITOLL_DATABASE_URL": address, "AITOLL_CHROMA_URL": chroma, "AITOLL_HOME": str(home), "AITOLL_WORKERS": "2"}


@pytest.fixture(scope="module")
def pair(shared: dict[str, str]) -> Iterator[Served]:
    with serving(ready=True, **shared, AITOLL_API_KEYS="one,two") as found:
        yield found


def processes(found: Served) -> list[int]:
    """The children that serve."""
    listed = Path(f"/proc/{found.process.pid}/task/{found.process.pid}/children").read_text("ascii").split()
    return [int(child) for child in listed if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def ask(found: Served, question: str, conversation: str, key: str = "one") -> dict[str, Any]:
    """Each time over a new connection, which either process may take."""
    body = {"question": question, "conversation": conversation}
    headers = {"Authorization": f"Bearer {key}", "Connection": "close"}
    made: dict[str, Any] = httpx.post(f"{found.url}/api/v1/ask", json=body, headers=headers, timeout=60).raise_for_status().json()
    return made


def test_conversations_go_on_in_either_process_and_do_not_mix(pair: Served) -> None:
    names = [f"c{number}" for number in range(24)]

    def talk(name: str) -> tuple[str, str]:
        first, then = (CO2, POLAND) if int(name[1:]) % 2 else (RENT, MORE)
        ask(pair, first, name, "one" if int(name[1:]) % 3 else "two")
        made = ask(pair, then, name, "one" if int(name[1:]) % 3 else "two")
        return made["status"], made["figures"][0]["name"]

    with ThreadPoolExecutor(6) as pool:
        said = Counter(pool.map(talk, names))
    assert {status for status, _ in said} == {"answered"}
    assert len(said) == 2
    assert set(said.values()) == {12}
    served = httpx.get(f"{pair.url}/api/v1/conversations", headers={"Authorization": "Bearer two"}, timeout=60).json()
    assert sorted(one["id"] for one in served) == sorted(name for name in names if int(name[1:]) % 3 == 0)


def test_a_conversation_outlives_the_process_that_began_it(pair: Served) -> None:
    ask(pair, CO2, "outlives")
    before = processes(pair)
    assert len(before) == 2
    for process in before:
        os.kill(process, signal.SIGKILL)
    until(lambda: len(processes(pair)) == 2 and not set(processes(pair)) & set(before), 60)
    until(lambda: _up(pair), 60)
    followed, whole = ask(pair, POLAND, "outlives"), ask(pair, "How much CO2 do 10 GWh emit in Poland?", "whole")
    assert followed["figures"][0]["value"] == whole["figures"][0]["value"]


def _up(found: Served) -> bool:
    try:
        return httpx.get(f"{found.url}/healthz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def test_feedback_links_and_library_are_the_same_in_both(pair: Served) -> None:
    with pair.client(Authorization="Bearer one", Connection="close") as client:
        made = ask(pair, CO2, "linked")
        for _ in range(4):
            assert client.post("/api/v1/feedback", json={"answer": made["id"], "thumb": "up", "conversation": "linked"}).status_code == 204
        links = {client.post(f"/api/v1/conversations/linked/answers/{made['id']}/link").json()["path"] for _ in range(4)}
        (path,) = links
        assert {client.get(path).status_code for _ in range(4)} == {200}
        assert [(one["answer"], one["thumb"]) for one in client.get("/api/v1/feedback").json()] == [(made["id"], "up")]
        found = [client.get("/api/v1/search", params={"q": "Three Mile Island"}).json() for _ in range(4)]
        assert found[0]
        assert all(one == found[0] for one in found)


@pytest.fixture(scope="module")
def slack(shared: dict[str, str]) -> Iterator[tuple[Served, SlackService]]:
    """A pair that Slack sends to; a person may ask once a second."""
    with SlackService() as service, pytest.MonkeyPatch.context() as patch:
        configure(patch, service, shared["AITOLL_HOME"])
        with serving(ready=False, **shared, AITOLL_REQUESTS_PER_MINUTE="60") as found:
            yield found, service


def test_a_limit_is_one_over_both(slack: tuple[Served, SlackService]) -> None:
    found, _ = slack
    with ThreadPoolExecutor(4) as pool:
        statuses = Counter(pool.map(lambda _: httpx.get(f"{found.url}/api/v1/calculators", timeout=60).status_code, range(40)))
    assert statuses[200] >= 6, "so many at once"
    assert statuses[429] >= 10, "two limits would let twice as many through"
    assert sum(statuses.values()) == 40


def test_slack_events_are_answered_once_by_two_processes_with_a_kill_between(slack: tuple[Served, SlackService]) -> None:
    found, service = slack
    sent = [event(f"<@{BOT}> {SLACK_RENT}", f"{1_000 + number}.000001", channel=f"C{number % 8}") for number in range(24)]
    for part in (sent[:12], sent[12:]):
        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(lambda one: _deliver(found, one), [one for one in part for _ in range(3)])) == {200}
        if part[0] is sent[0]:
            until(lambda: len(service.messages) > 3, 60)
            os.kill(processes(found)[0], signal.SIGKILL)
    until(lambda: len(service.messages) >= 24, 90)
    time.sleep(1)
    answers = Counter((message["channel"], message["thread_ts"]) for message in service.messages)
    assert (len(answers), max(answers.values())) == (24, 1)
    assert all(FIGURE in json.dumps(message) for message in service.messages)
    until(lambda: 'aitoll_slack{what="rows_done"} 24.0' in httpx.get(f"{found.url}/metrics", timeout=30).text)


def _deliver(found: Served, payload: dict[str, Any]) -> int:
    """As Slack does: again, where nobody acknowledges."""
    body = json.dumps(payload).encode()
    for _ in range(20):
        try:
            return httpx.post(f"{found.url}/slack/events", content=body, headers=signed(body), timeout=30).status_code
        except httpx.TransportError:
            time.sleep(0.2)
    return 0
