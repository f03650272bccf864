"""Several workspaces: installed by OAuth, tokens encrypted at rest, gone when the app is removed."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from slack_sdk.oauth.installation_store import Installation

from aitoll.agent.conversations import kept
from aitoll.agent.interfaces.slack_http import SlackHttp
from aitoll.agent.interfaces.slack_installations import Installations, States
from aitoll.agent.interfaces.slack_store import Store, store
from aitoll.agent.interfaces.slack_workspaces import Workspaces
from aitoll.settings import SettingsError, settings
from tests.interfaces.slack_service import BOT, SECRET, event, signed
from tests.interfaces.slack_stage import FIGURE, RENT, Stage, on_stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("each_database")
SEVERAL = {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "secret-of-the-client", "AITOLL_SECRET_KEY": "a key of any length"}


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with on_stage(monkeypatch, tmp_path, more=SEVERAL) as found:
        found.service.tokens.clear()
        yield found


def begin(stage: Stage) -> tuple[str, str]:
    """The state and the cookie that the installation page hands out."""
    page = httpx.get(f"{stage.url}/slack/install")
    found = re.search(r"oauth/v2/authorize\?state=([^&]+)&", page.text)
    assert found
    return found[1], page.headers["set-cookie"].partition(";")[0]


def finish(stage: Stage, team: str, state: str, cookie: str) -> httpx.Response:
    return httpx.get(f"{stage.url}/slack/oauth_redirect", params={"code": f"code-{team}", "state": state}, headers={"cookie": cookie})


def install(stage: Stage, team: str) -> None:
    assert finish(stage, team, *begin(stage)).status_code == 200


def ask(stage: Stage, team: str, ts: str) -> None:
    assert stage.send(event(f"<@{BOT}> {RENT}", ts, team=team, channel=f"C{team}")).status_code == 200


def test_each_workspace_is_answered_with_its_own_token_until_it_removes_us(stage: Stage) -> None:
    for team in ("T5", "T6"):
        install(stage, team)
        ask(stage, team, "1.000001")
    stage.finished(2)
    answers = [(message["channel"], FIGURE in json.dumps(message)) for message in stage.service.messages]
    assert sorted(answers) == [
        ("CT5", True),
        ("CT6", True),
    ]

    stage.send(event("", "2.1", kind="app_uninstalled", team="T5"))
    ask(stage, "T5", "3.000001")
    ask(stage, "T6", "3.000001")
    stage.finished(2)
    assert [message["channel"] for message in stage.service.messages].count("CT5") == 1
    assert [row[0] for row in stage.store.database.rows("SELECT team FROM slack_installations")] == ["T6"]
    assert {row[0] for row in stage.store.database.rows("SELECT DISTINCT team FROM slack_jobs")} == {"T6"}
    assert [id for id, _, _ in kept() if id.startswith("slack:T5:")] == []


def test_tokens_revoked_ends_an_installation_only_where_the_bots_is_among_them(stage: Stage) -> None:
    install(stage, "T5")
    stage.send(event("", "1.1", kind="tokens_revoked", team="T5", tokens={"oauth": ["U1"]}))
    assert len(stage.store.database.rows("SELECT 1 FROM slack_installations")) == 1
    stage.send(event("", "2.1", kind="tokens_revoked", team="T5", tokens={"bot": [BOT]}))
    assert stage.store.database.rows("SELECT 1 FROM slack_installations") == []


def test_no_token_lies_in_the_database_in_clear(stage: Stage, tmp_path: Path) -> None:
    install(stage, "T5")
    everything = repr(stage.store.database.rows("SELECT enterprise, team, sealed FROM slack_installations"))
    everything += "".join(file.read_bytes().decode("latin-1") for file in tmp_path.glob("aitoll.sqlite3*"))
    assert "xoxb-T5" not in everything
    assert "T5" in everything


def test_no_token_and_no_secret_is_logged(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    stage.service.faults["chat.postMessage"] = ["account_inactive", "cut", 500]
    install(stage, "T5")
    for ts in ("1.000001", "2.000001"):
        ask(stage, "T5", ts)
    stage.finished(2)
    body = b'{"token": "xoxb-in-a-body"}'
    assert stage.raw(body, signed(body, "wrong")).status_code == 401
    said = "\n".join([record.getMessage() + str(record.exc_info or "") for record in caplog.records])
    secrets = ("xoxb-T5", "xoxb-in-a-body", SECRET, *(SEVERAL[name] for name in ("SLACK_CLIENT_SECRET", "AITOLL_SECRET_KEY")))
    assert "chat.postMessage" in said, "the SDK tells each call at this level"
    assert [secret for secret in secrets if secret in said] == []


def test_a_state_serves_once_and_only_with_its_cookie(stage: Stage) -> None:
    state, cookie = begin(stage)
    other, _ = begin(stage)
    assert finish(stage, "T5", other, cookie).status_code == 400
    assert finish(stage, "T5", state, "").status_code == 400
    assert finish(stage, "T5", state, cookie).status_code == 200
    assert finish(stage, "T5", state, cookie).status_code in (400, 401)


def test_a_state_ends_after_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    states = States(store().database)
    state, now = states.issue(), time.time()
    monkeypatch.setattr("aitoll.agent.interfaces.slack_installations.time.time", lambda: now + 601)
    assert states.consume(state) is False


def installed(at: Store, key: str = "k") -> Installations:
    found = Installations(at.database, key)
    token = {"bot_token": "xoxb-old", "bot_refresh_token": "r", "bot_token_expires_at": int(time.time()) + 60}
    found.save(Installation(team_id="T5", user_id="U1", bot_id="B", bot_user_id=BOT, user_token="xoxp-person", **token))  # type: ignore[arg-type]
    return found


def test_no_token_of_a_person_is_kept() -> None:
    found = installed(store()).find_installation(enterprise_id=None, team_id="T5")
    assert found is not None
    assert (found.bot_token, found.user_token) == ("xoxb-old", None)


def test_another_key_is_named_as_the_fault() -> None:
    at = store()
    installed(at)
    with pytest.raises(SettingsError, match="AITOLL_SECRET_KEY"):
        Installations(at.database, "another").find_bot(enterprise_id=None, team_id="T5")


def test_a_token_that_rotates_is_renewed_before_it_ends(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(store(), SEVERAL["AITOLL_SECRET_KEY"])
    answer = {"access_token": "xoxe.xoxb-new", "refresh_token": "r2", "expires_in": 43_200, "token_type": "bot"}
    monkeypatch.setattr(stage.service, "_oauth_v2_access", lambda said: answer if said["grant_type"] == "refresh_token" else {"error": "x"})
    client = Workspaces(store()).client("T5")
    assert client is not None
    assert client.token == "xoxe.xoxb-new"
    assert Workspaces(store()).authorize(None, "T5")["bot_token"] == "xoxe.xoxb-new"  # type: ignore[index]


@pytest.mark.parametrize("missing", ["AITOLL_SECRET_KEY", "SLACK_SIGNING_SECRET"])
def test_what_is_missing_is_named_at_the_start(missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SEVERAL, "SLACK_SIGNING_SECRET": "s", "AITOLL_HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(missing)
    settings.cache_clear()
    with pytest.raises(SettingsError, match=missing):
        SlackHttp()
