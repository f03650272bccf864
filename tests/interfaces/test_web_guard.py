"""Who may ask from where, how much and how often; what happens to who waits, and when the server stops."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from aitoll.agent.interfaces import web
from aitoll.agent.interfaces.desk import Desk
from aitoll.agent.interfaces.guard import SECURITY, Limits
from aitoll.settings import SettingsError, settings
from tests.interfaces.web_server import CO2, listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

KEYS = "first-key,second-key"
BODY = {"question": CO2}


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AbstractContextManager[httpx.Client]]:
    """A client of a server with these settings and limits."""
    from contextlib import contextmanager

    @contextmanager
    def serve(*, limits: Limits | None = None, desk: Desk | None = None, **variables: str) -> Iterator[httpx.Client]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        with listening(web.create_app(limits=limits, desk=desk)) as url, httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
            yield client

    return serve


Serve = Any


# Where from


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "[", ""])
def test_a_name_that_is_not_the_servers_is_refused(host: str, served: Serve) -> None:
    with served() as client:
        response = client.get("/api/v1/sources", headers={"Host": host})
        assert response.status_code in (400, 403)


@pytest.mark.parametrize("host", ["localhost:99", "127.0.0.1", "[::1]:8000"])
def test_a_name_of_loopback_is_answered(host: str, served: Serve) -> None:
    with served() as client:
        assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_with_keys_and_another_address_any_name_is_answered(served: Serve) -> None:
    with served(AITOLL_API_KEYS=KEYS, AITOLL_HOST="0.0.0.0") as client:  # the address bound is loopback all the same
        headers = {"Host": "costs.example.org", "Authorization": "Bearer first-key"}
        assert client.get("/v1/models", headers=headers).status_code == 200
        assert client.get("/v1/models", headers={**headers, "Origin": "https://evil.example"}).status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "["])
def test_a_page_of_another_origin_may_not_ask(origin: str, served: Serve) -> None:
    with served() as client:
        response = client.post("/api/v1/ask", json=BODY, headers={"Origin": origin})
        assert (response.status_code, response.json()["code"]) == (403, "origin")
        assert "access-control-allow-origin" not in response.headers


def test_a_named_origin_may_ask(served: Serve) -> None:
    with served(AITOLL_ORIGINS="https://costs.example.org") as client:
        headers = {"Origin": "https://costs.example.org"}
        before = client.options("/api/v1/ask", headers={**headers, "Access-Control-Request-Method": "POST"})
        response = client.post("/api/v1/ask", json=BODY, headers=headers)
        assert (before.status_code, response.status_code) == (204, 200)
        assert response.headers["access-control-allow-origin"] == "https://costs.example.org"
        assert client.get("/healthz", headers={"Host": "costs.example.org"}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/nowhere", "/api/v1/sources", "/static/app.js", "/v1/models", "/a/x", "/healthz"])
def test_every_response_is_sealed(path: str, served: Serve) -> None:
    with served() as client:
        headers = client.get(path).headers
        assert {name: headers.get(name) for name in SECURITY} == SECURITY


# Who


def test_nothing_but_loopback_is_bound_without_a_key() -> None:
    with pytest.raises(SettingsError, match="AITOLL_API_KEYS"):
        web.serve("0.0.0.0", 0)


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("", 401),
        ("Bearer first-key", 200),
        ("bearer second-key", 200),
        ("Bearer third", 401),
        ("Bearer first-key,second-key", 401),
        ("Basic Og==", 401),
    ],
)
def test_a_key_is_asked_for_where_keys_are_set(header: str, status: int, served: Serve) -> None:
    with served(AITOLL_API_KEYS=KEYS) as client:
        for path in ("/api/v1/sources", "/v1/models", "/metrics", "/openapi.json"):
            response = client.get(path, headers={"Authorization": header} if header else {})
            assert response.status_code == status
            assert status == 200 or response.headers["www-authenticate"] == "Bearer"


def test_a_key_opens_a_session_that_holds_no_key(served: Serve) -> None:
    with served(AITOLL_API_KEYS=KEYS) as client:
        assert client.get("/").status_code == 401
        assert client.post("/session", data={"key": "wrong"}).status_code == 401
        assert client.post("/session", data={"key": "second-key"}).status_code == 303
        cookie = client.cookies["aitoll_session"]
        assert (client.get("/").status_code, client.post("/page/ask", json=BODY).status_code, "key" in cookie) == (200, 200, False)
        client.cookies.clear()
        token, _, seal = cookie.partition(".")
        for forged in (token, f"{token}.", f"{token}.{'0' * len(seal)}", f"{token[:-1]}.{seal}"):
            assert client.get("/", headers={"Cookie": f"aitoll_session={forged}"}).status_code == 401


def test_keys_are_not_to_be_guessed(served: Serve) -> None:
    with served(AITOLL_API_KEYS=KEYS, limits=Limits(wrong_keys_per_minute=5)) as client:
        found = [client.get("/v1/models", headers={"Authorization": f"Bearer {i}"}) for i in range(7)]
        assert [response.status_code for response in found] == [401] * 5 + [429] * 2
        assert int(found[-1].headers["retry-after"]) > 0
        assert client.get("/v1/models", headers={"Authorization": "Bearer first-key"}).status_code == 200


# How much


@pytest.mark.parametrize("chunked", [False, True])
def test_a_long_body_is_refused(chunked: bool, served: Serve) -> None:
    body = b'{"question": "' + b"x" * 5000 + b'"}'
    with served(limits=Limits(body_bytes=1000)) as client:
        content = (body[i : i + 100] for i in range(0, len(body), 100)) if chunked else body
        response = client.post("/api/v1/ask", content=content, headers={"Content-Type": "application/json"})
        assert response.status_code == 413


def test_a_slow_body_is_not_waited_for(served: Serve) -> None:
    with (
        served(limits=Limits(body_seconds=0.3)) as client,
        socket.create_connection((client.base_url.host, client.base_url.port), 10) as line,
    ):
        line.sendall(b"POST /api/v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        assert line.recv(1000).startswith(b"HTTP/1.1 408")


def test_who_asks_too_often_is_told_when_to_come_back(served: Serve) -> None:
    with served(limits=Limits(per_minute=20)) as client:
        found = [client.get("/api/v1/sources") for _ in range(4)]
        assert [response.status_code for response in found] == [200, 200, 429, 429]
        assert 1 <= int(found[-1].headers["retry-after"]) <= 4
        other = client.get("/api/v1/sources", headers={"Authorization": "Bearer another"})
        assert other.status_code == 200


def slow(seconds: float) -> Desk:
    """A desk for one at a time, each taking so long."""

    class Slow(Desk):
        def begin(self, work: Any) -> Any:
            def slowly() -> Any:
                time.sleep(seconds)
                return work()

            return super().begin(slowly)

    return Slow(1, 2, 5)


def test_one_too_many_in_line_is_told_when_to_come_back(served: Serve) -> None:
    with served(desk=slow(0.4)) as client, ThreadPoolExecutor(8) as many:
        wait_until_idle(client)
        found = list(many.map(lambda _: client.post("/api/v1/ask", json=BODY), range(6)))
        counts = {status: sum(response.status_code == status for response in found) for status in (200, 429)}
        assert counts == {200: 3, 429: 3}
        assert all(response.headers["retry-after"] for response in found if response.status_code == 429)


def test_who_waits_is_told_the_place_in_line(served: Serve) -> None:
    with served(desk=slow(1.2)) as client, ThreadPoolExecutor(4) as many:
        wait_until_idle(client)
        first = many.submit(client.post, "/api/v1/ask", json=BODY)
        time.sleep(0.3)
        text = client.post("/api/v1/ask/stream", json=BODY).text
        assert first.result().status_code == 200
        assert text.index('"stage":"waiting","position":1') < text.index('"stage":"working"') < text.index("event: answer")


def test_what_takes_too_long_is_given_up(served: Serve) -> None:
    desk = slow(1.0)
    desk.seconds = 0.2
    with served(desk=desk) as client:
        wait_until_idle(client)
        response = client.post("/api/v1/ask", json=BODY)
        assert (response.status_code, response.json()["code"]) == (504, "timeout")
        wait_until_idle(client)


def wait_until_idle(client: httpx.Client) -> None:
    for _ in range(200):
        said = client.get("/readyz").json()
        if said["running"] == said["waiting"] == 0:
            return
        time.sleep(0.05)
    raise AssertionError("never idle")


def test_who_leaves_the_line_makes_room() -> None:
    async def scene() -> tuple[int, int]:
        desk = Desk(1, 5, 5)
        first = asyncio.ensure_future(desk.run(lambda: time.sleep(0.3)))
        await asyncio.sleep(0.05)
        second = asyncio.ensure_future(desk.run(lambda: None))
        await asyncio.sleep(0.05)
        second.cancel()
        granted = desk.take(lambda: None)
        await first
        await asyncio.sleep(0.05)
        before = desk.busy
        granted.give_up()
        return before, desk.busy

    assert asyncio.run(scene()) == (1, 0)


def test_what_runs_is_finished_when_the_server_stops() -> None:
    found: list[int] = []
    with listening(web.create_app(desk=slow(1.0))) as url:
        with httpx.Client(base_url=url, trust_env=False) as client:
            wait_until_idle(client)
        asking = threading.Thread(
            target=lambda: found.append(httpx.post(f"{url}/api/v1/ask", json=BODY, trust_env=False, timeout=30).status_code)
        )
        asking.start()
        time.sleep(0.3)
    asking.join(10)
    assert found == [200]


def test_a_fault_of_ours_leaves_as_a_problem(served: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("aitoll.agent.owned.answer_turn", broken)
    with served() as client:
        response = client.post("/api/v1/ask", json=BODY)
        assert (response.status_code, response.json()["code"], "secret" in response.text) == (500, "fault", False)
        assert "default-src 'none'" in response.headers["content-security-policy"]
        streamed = client.post("/api/v1/ask/stream", json=BODY)
        assert ('event: problem\ndata: {"status":500' in streamed.text, "secret" in streamed.text) == (True, False)
