"""Unmodified Bolt and SDK against somebody else's Slack: install by OAuth, ask, answer in the thread, restart, remove."""

from __future__ import annotations

import html
import json
import os
import re
import socket
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from slack_sdk import WebClient

from aitoll.agent.interfaces.slack_http import SlackHttp
from aitoll.settings import settings
from tests.interfaces.slack_service import SECRET, event, signed
from tests.interfaces.slack_stage import DOUBLE, FIGURE, RENT, Threads, serving, until
from tests.interfaces.test_slack_blocks import long_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.node, pytest.mark.usefixtures("each_database")]
PEERS = Path(__file__).parent.parent
NODE = PEERS / "node_modules/.bin/node"
REDIRECT = "https://aitoll.example/slack/oauth_redirect"
PERSON, CHANNEL = "U000000001", "C000000001"
APP = {
    "client_id": "1.2",
    "client_secret": "cs",
    "name": "aitoll",
    "redirect_uris": [REDIRECT],
    "bot_id": "B0AITOLL",
    "bot_user_id": "U0AITOLL",
    "bot_name": "aitoll",
}
SEED = {"slack": {"signing_secret": SECRET, "oauth_apps": [APP], "tokens": [{"token": "xoxp-person", "type": "user", "user_id": PERSON}]}}


class Emulator:
    def __init__(self) -> None:
        if not (PEERS / "node_modules/emulate").exists():
            pytest.skip("the peers are missing: npm ci --prefix tests/peers")
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [str(NODE), str(Path(__file__).parent / "launch.mjs"), str(port), json.dumps(SEED)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={"PATH": os.environ["PATH"]}
        )
        assert self._said().startswith("http://")
        self.url = f"http://127.0.0.1:{port}"
        self.person = WebClient(token="xoxp-person", base_url=f"{self.url}/api/")

    def _said(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()

    def send_events_to(self, url: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{url}\n")
        self._process.stdin.flush()
        assert self._said() == "registered"

    def thread(self, ts: str, channel: str = CHANNEL) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.person.conversations_replies(channel=channel, ts=ts)["messages"]
        return found[1:]

    def close(self) -> None:
        self._process.communicate(timeout=10)


@pytest.fixture
def emulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    found = Emulator()
    values = {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "cs", "SLACK_SIGNING_SECRET": SECRET, "AITOLL_SECRET_KEY": "k"}
    for name, value in {**values, "SLACK_API_URL": f"{found.url}/api/", "AITOLL_HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    yield found
    found.close()


def install(emulator: Emulator, url: str) -> None:
    """What an administrator's browser does."""
    page = httpx.get(f"{url}/slack/install")
    address = re.search(r'href="([^"]*oauth/v2/authorize[^"]*)"', page.text)
    assert address
    consent = httpx.get(html.unescape(address[1]), params=None).text
    fields = dict(re.findall(r'name="([a-z_]+)" value="([^"]*)"', consent))
    done = httpx.post(f"{emulator.url}/oauth/v2/authorize/callback", data={**fields, "redirect_uri": REDIRECT})
    back = httpx.URL(done.headers["location"])
    cookie = page.headers["set-cookie"].partition(";")[0]
    installed = httpx.get(f"{url}/slack/oauth_redirect", params=back.params, headers={"cookie": cookie})
    assert installed.status_code == 200, installed.text


def test_installed_asked_restarted_and_removed(emulator: Emulator) -> None:
    first = SlackHttp(Threads())
    with serving(first) as url:
        install(emulator, url)
        emulator.send_events_to(f"{url}/slack/events")
        asked = emulator.person.chat_postMessage(channel=CHANNEL, text=f"<@U0AITOLL> {RENT}")["ts"]
        until(lambda: emulator.thread(asked))
        (answer,) = emulator.thread(asked)
        assert FIGURE in answer["text"]
        assert answer["user"] == "U0AITOLL"
        assert "Calculation" in json.dumps(answer["blocks"])

    second = SlackHttp(Threads())
    with serving(second) as url:
        emulator.send_events_to(f"{url}/slack/events")
        emulator.person.chat_postMessage(channel=CHANNEL, thread_ts=asked, text="<@U0AITOLL> And with 1024 of them?")
        until(lambda: len(emulator.thread(asked)) == 3)
        assert DOUBLE in emulator.thread(asked)[2]["text"]

        direct = emulator.person.conversations_open(users="U0AITOLL")["channel"]["id"]
        cited = emulator.person.chat_postMessage(channel=direct, text="How much CO2 did training Llama 3.1 405B emit?")["ts"]
        until(lambda: emulator.thread(cited, direct))
        assert "|Llama 3.1 model card>" in json.dumps(emulator.thread(cited, direct)[0])

        team = second._store.database.rows("SELECT team FROM slack_installations")[0][0]
        gone = json.dumps(event("", "9.1", kind="app_uninstalled", team=team)).encode()
        assert httpx.post(f"{url}/slack/events", content=gone, headers=signed(gone)).status_code == 200
        assert second._store.database.rows("SELECT 1 FROM slack_installations UNION ALL SELECT 1 FROM slack_jobs") == []


def test_a_long_answer_is_uploaded(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    long = long_answer(20, 400)
    monkeypatch.setattr("aitoll.agent.interfaces.slack_answers.answer", lambda *said: long.model_copy(update={"id": said[-1]}))
    with serving(SlackHttp(Threads())) as url:
        install(emulator, url)
        emulator.send_events_to(f"{url}/slack/events")
        asked = emulator.person.chat_postMessage(channel=CHANNEL, text="<@U0AITOLL> Everything?")["ts"]
        until(lambda: len(emulator.thread(asked)) == 2)
        (file,) = emulator.thread(asked)[1]["files"]
        content = httpx.get(file["url_private"], headers={"Authorization": "Bearer xoxp-person"}).text
        assert [number for number in range(400) if f"Row {number}:" not in content] == []
