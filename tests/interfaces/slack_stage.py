"""The app on a stage: real HTTP in front, the stand-in for Slack behind, workers in threads."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx
import uvicorn
from starlette.applications import Starlette

from aitoll.agent.interfaces.slack_http import SlackHttp
from aitoll.agent.interfaces.slack_store import Store, store
from aitoll.agent.interfaces.slack_work import Crew
from aitoll.agent.interfaces.slack_workspaces import Workspaces
from aitoll.settings import settings
from tests.interfaces.slack_service import APP_TOKEN, SECRET, TEAM, TOKEN, SlackService, signed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pytest


class Threads:
    """Workers in this process."""

    def __init__(self, size: int = 2, lease_s: float = 5) -> None:
        kept = store()
        self._crew = Crew(kept, Workspaces(kept), size, lease_s)

    def start(self) -> None:
        self._crew.start()

    def wake(self) -> None:
        self._crew.wake.set()

    def stop(self) -> None:
        self._crew.stop()


class Stage:
    def __init__(self, url: str, slack: SlackHttp, service: SlackService) -> None:
        self.url, self.slack, self.service = url, slack, service
        self.store: Store = slack._store
        self._session = httpx.Client(trust_env=False)

    def send(self, payload: dict[str, Any], **more: Any) -> httpx.Response:
        """An event, signed."""
        return self.raw(json.dumps(payload).encode(), **more)

    def form(self, payload: dict[str, Any], *, wrapped: bool = False) -> httpx.Response:
        """A command, or with `wrapped` an action or a modal."""
        said = {"payload": json.dumps(payload)} if wrapped else payload
        return self.raw(urlencode(said).encode(), content="application/x-www-form-urlencoded")

    def raw(self, body: bytes, headers: dict[str, str] | None = None, content: str = "application/json", **more: Any) -> httpx.Response:
        headers = signed(body, content=content, **more) if headers is None else headers
        return self._session.post(f"{self.url}/slack/events", content=body, headers=headers, timeout=10)

    def command(self, text: str, trigger: str = "1.1", user: str = "U1") -> httpx.Response:
        said = {"command": "/aitoll", "text": text, "trigger_id": trigger, "team_id": TEAM, "channel_id": "C1", "user_id": user}
        return self.form({**said, "response_url": self.service.hook, "token": "x"})

    def action(self, id: str, value: dict[str, Any] | str, message: dict[str, Any], **more: Any) -> httpx.Response:
        value = {"value": value} if isinstance(value, str) else value
        said = {
            "type": "block_actions",
            "team": {"id": TEAM},
            "user": {"id": "U1", "team_id": TEAM},
            "channel": {"id": "C1"},
            "message": message,
            "container": {"is_ephemeral": False},
            "trigger_id": "9.9",
            "actions": [{"type": "button", "action_id": id, "block_id": "b", **value}],
        }
        return self.form({**said, **more}, wrapped=True)

    def submit(self, view: dict[str, Any], values: dict[str, str], id: str = "V1") -> httpx.Response:
        state = {name: {"value": {"type": "plain_text_input", "value": values.get(name)}} for name in _names(view)}
        said = {
            "type": "view_submission",
            "team": {"id": TEAM},
            "user": {"id": "U1"},
            "view": {**view, "id": id, "state": {"values": state}},
        }
        return self.form(said, wrapped=True)

    def finished(self, count: int, seconds: float = 20) -> dict[str, int]:
        """Wait until so many rows are at their end."""
        until(lambda: sum(self.store.counts().get(state, 0) for state in ("done", "failed", "dropped")) >= count, seconds)
        return self.store.counts()


def _names(view: dict[str, Any]) -> list[str]:
    return [block["block_id"] for block in view["blocks"] if block["type"] == "input"]


def until(true: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def configure(patch: pytest.MonkeyPatch, service: SlackService, home: Any, **more: str) -> None:
    """The settings of a workspace by its token. However slow the machine, answers do not grow: test_slack_live.py tests those that do."""
    patch.setattr("aitoll.agent.interfaces.slack_live.SLOW_S", 60)
    values = {"SLACK_BOT_TOKEN": TOKEN, "SLACK_APP_TOKEN": APP_TOKEN, "SLACK_SIGNING_SECRET": SECRET, "SLACK_API_URL": service.url}
    for name, value in {**values, "AITOLL_HOME": str(home), **more}.items():
        patch.setenv(name, value)


@contextmanager
def serving(slack: SlackHttp) -> Iterator[str]:
    """The routes behind a real server; its address."""
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=slack.routes), log_level="error", access_log=False))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        until(lambda: server.started)
        slack.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            slack.stop()
            server.should_exit = True
            thread.join(5)


@contextmanager
def on_stage(
    patch: pytest.MonkeyPatch, home: Any, workers: Callable[[], Threads] = Threads, more: Mapping[str, str] | None = None
) -> Iterator[Stage]:
    """The app of one workspace, with all that it needs."""
    with SlackService() as service:
        configure(patch, service, home, **(more or {}))
        settings.cache_clear()
        slack = SlackHttp(workers())
        with serving(slack) as url:
            yield Stage(url, slack, service)


#: a question, its figure, and the figure for twice as many
RENT = "How much does it cost to rent 512 H100s for 30 days at $2.50 per GPU hour?"
FIGURE, DOUBLE = "$921,600", "$1,843,200"
