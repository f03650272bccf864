"""`aitoll slack` as a process of its own, in socket mode, against the stand-in; and the manifest that it prints."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aitoll.agent.interfaces.slack_manifest import EVENTS, SCOPES, manifest
from aitoll.settings import settings
from tests.interfaces.slack_service import ARGUMENTS, BOT, TEAM, SlackService, event
from tests.interfaces.slack_stage import FIGURE, RENT, configure, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Python

ROOT = Path(__file__).parent.parent.parent
ROOM = Path(__file__).parent.parent.parent / "agent/interfaces"


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[SlackService, subprocess.Popen[bytes]]]:
    with SlackService() as service:
        configure(monkeypatch, service, tmp_path)
        surroundings = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen([sys.executable, "-m", "aitoll", "slack"], cwd=tmp_path, env=surroundings, stderr=subprocess.PIPE)
        try:
            until(service.connected, 30)
            yield service, process
        finally:
            process.kill()
            process.communicate()


def acknowledged(service: SlackService, envelope: str) -> Any:
    until(lambda: any(ack["envelope_id"] == envelope for ack in service.acks))
    return next(ack for ack in service.acks if ack["envelope_id"] == envelope)


def test_the_app_answers_through_its_own_socket(running: tuple[SlackService, subprocess.Popen[bytes]]) -> None:
    service, process = running
    mention = event(f"<@{BOT}> {RENT}", "1.000001")
    for attempt in range(3):
        service.push("events_api", mention, f"e{attempt}", attempt)
    command = {"command": "/aitoll", "text": RENT, "trigger_id": "1", "team_id": TEAM, "channel_id": "C2", "user_id": "U1"}
    service.push("slash_commands", {**command, "response_url": service.hook}, "c1")
    service.push("slash_commands", {**command, "text": "help", "response_url": service.hook}, "c2")
    until(lambda: service.messages and service.responses)
    assert [acknowledged(service, f"e{attempt}").get("payload") for attempt in range(3)] == [None] * 3
    assert "Ask me in French or English" in acknowledged(service, "c2")["payload"]["text"]
    assert [FIGURE in json.dumps(message) for message in service.messages] == [True]
    assert FIGURE in service.responses[0]["text"]
    assert service.refused == []

    service.disconnect()
    until(lambda: service.connected() == 2, 30)
    service.push("events_api", mention, "e4", 3)
    service.push("events_api", event(f"<@{BOT}> And with 1024 of them?", "2.000001", thread_ts="1.000001"), "e5")
    acknowledged(service, "e4")
    until(lambda: len(service.messages) == 2)
    assert "1,843,200" in json.dumps(service.messages[1])

    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0


def test_a_missing_token_is_named(python: Python, tmp_path: Path) -> None:
    done = python("-m", "aitoll", "slack", cwd=tmp_path)
    assert (done.returncode, "SLACK_BOT_TOKEN: nothing cannot be" in done.stderr) == (1, True)


# The manifest


@pytest.mark.parametrize("url", [None, "https://aitoll.example/"])
def test_the_command_prints_the_manifest(url: str | None, python: Python, tmp_path: Path) -> None:
    done = python("-m", "aitoll", "slack", "--manifest", *(["--url", url] if url else []), cwd=tmp_path)
    assert json.loads(done.stdout) == manifest(url)


def test_the_manifest_of_http_mode_names_every_address() -> None:
    found = manifest("https://aitoll.example/")
    at = "https://aitoll.example/slack/events"
    assert found["settings"]["event_subscriptions"]["request_url"] == found["settings"]["interactivity"]["request_url"] == at
    assert found["features"]["slash_commands"][0]["url"] == at
    assert found["oauth_config"]["redirect_urls"] == ["https://aitoll.example/slack/oauth_redirect"]
    assert (found["settings"]["socket_mode_enabled"], manifest()["settings"]["socket_mode_enabled"]) == (False, True)


def test_the_manifest_keeps_the_documented_lengths() -> None:
    found = manifest("https://aitoll.example")
    shown, view = found["display_information"], found["features"]["agent_view"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert len(view["agent_description"]) <= 300
    assert 1 <= len(view["suggested_prompts"]) <= 4


#: method of the Web API → scope that Slack's reference asks for
NEEDED = {
    "assistant_threads_setStatus": {"assistant:write"},
    "assistant_threads_setSuggestedPrompts": {"assistant:write"},
    "chat_appendStream": {"chat:write"},
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write", "im:write"},
    "chat_startStream": {"chat:write"},
    "chat_stopStream": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_history": {"channels:history", "groups:history", "im:history", "mpim:history"},
    "conversations_replies": {"channels:history", "groups:history", "im:history", "mpim:history"},
    "users_info": {"users:read"},
    "views_open": set[str](),
}


def test_the_manifest_asks_for_what_the_code_calls_and_no_more() -> None:
    code = "\n".join(file.read_text("utf-8") for file in ROOM.glob("slack_*.py"))
    called = {name for name in re.findall(r"client\.([a-z]+_[A-Za-z_]+)\(", code) if name.replace("_", ".") in ARGUMENTS}
    assert called == set(NEEDED)
    assert "client.files_upload_v2(" in code  # three methods in one, all under files:write
    assert set().union(*NEEDED.values()) | {"app_mentions:read", "commands", "files:write"} == set(SCOPES)


def test_the_manifest_subscribes_to_what_the_code_listens_to() -> None:
    code = (ROOM / "slack_app.py").read_text("utf-8")
    listened = {name for names in re.findall(r'app\.event\((?:re\.compile\()?"([a-z_|]+)"', code) for name in names.split("|")}
    older = {"assistant_thread_started", "assistant_thread_context_changed"}  # of apps made before the agent view
    assert listened - older == {name.partition(".")[0] for name in EVENTS}


def test_settings_are_not_read_for_the_manifest() -> None:
    settings.cache_clear()
    manifest()
    assert settings.cache_info().currsize == 0
