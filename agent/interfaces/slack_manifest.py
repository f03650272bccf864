"""The app manifest, from what the code listens to and calls."""

from __future__ import annotations

import json
from typing import Any

from aitoll.agent.interfaces.slack_blocks import say

COMMAND = "/aitoll"
EVENTS = (
    "app_context_changed",
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "tokens_revoked",
)
#: scope → what needs it
SCOPES = {
    "app_mentions:read": "mentions",
    "assistant:write": "status and suggested prompts",
    "channels:history": "follow-ups in threads; what was posted before a crash",
    "chat:write": "answers",
    "commands": COMMAND,
    "files:write": "an answer too long for messages",
    "groups:history": "the same in private channels",
    "im:history": "direct messages",
    "im:write": "telling who asked in a channel that is closed to us",
    "mpim:history": "the same in group messages",
    "users:read": "the language of who asked",
}


def manifest(url: str | None = None) -> dict[str, Any]:
    """For socket mode; with the address where `aitoll serve` is reached, for HTTP."""
    address = f"{url.rstrip('/')}/slack/events" if url else None
    at = {"request_url": address} if address else {}
    command = {"command": COMMAND, "description": say("description", "en"), "usage_hint": say("usage", "en"), "should_escape": False}
    prompts = [{"title": text, "message": text} for text in (say(f"prompt_{n}", "en") for n in ("one", "two", "three"))]
    oauth: dict[str, Any] = {"scopes": {"bot": sorted(SCOPES)}}
    if url:
        oauth["redirect_urls"] = [f"{url.rstrip('/')}/slack/oauth_redirect"]
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {"name": "aitoll", "description": say("description", "en")},
        "features": {
            "agent_view": {"agent_description": say("agent", "en"), "suggested_prompts": prompts},
            "app_home": {"home_tab_enabled": False, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
            "bot_user": {"display_name": "aitoll", "always_online": True},
            "slash_commands": [{**command, **({"url": address} if address else {})}],
        },
        "oauth_config": oauth,
        "settings": {
            "event_subscriptions": {**at, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **at},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }


def manifest_text(url: str | None = None) -> str:
    return json.dumps(manifest(url), ensure_ascii=False, indent=2)
