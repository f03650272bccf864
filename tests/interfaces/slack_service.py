"""A stand-in for Slack's own servers, over real sockets: Web API, response addresses, OAuth and socket mode.

It enforces what the reference documents (fields, limits, 1 message a second and channel when told to) and can be told to misbehave.
What its validator shares with the code, slack_sdk's own block models check a second time.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import threading
import time
from collections import Counter, defaultdict
from typing import Any, Self
from urllib.parse import parse_qsl

from aiohttp import WSMsgType, web
from slack_sdk.models.blocks import Block

from aitoll.agent.interfaces.slack_limits import problems, view_problems
from tests.interfaces.slack_files import UPLOADS, Files
from tests.interfaces.slack_streams import Streams

BOT, BOT_ID, TEAM = "UBOT", "BBOT", "T1"
TOKEN, APP_TOKEN, SECRET = "xoxb-1", "xapp-1", "shh-of-the-app"
MODELLED = {"section", "context", "context_actions", "actions", "divider", "header", "markdown", "input"}
ARGUMENTS = {
    "auth.test": "",
    "chat.postMessage": "channel text blocks thread_ts unfurl_links unfurl_media metadata",
    "chat.postEphemeral": "channel user text thread_ts",
    "chat.startStream": "channel thread_ts chunks recipient_user_id recipient_team_id task_display_mode",
    "chat.appendStream": "channel ts chunks",
    "chat.stopStream": "channel ts blocks metadata",
    "chat.update": "channel ts text blocks metadata",
    "conversations.replies": "channel ts oldest limit cursor include_all_metadata",
    "conversations.history": "channel oldest limit cursor include_all_metadata",
    "users.info": "user include_locale",
    "views.open": "trigger_id view",
    "assistant.threads.setStatus": "channel_id thread_ts status",
    "assistant.threads.setSuggestedPrompts": "channel_id thread_ts prompts",
    "apps.connections.open": "app_token",
    "oauth.v2.access": "client_id client_secret code redirect_uri grant_type refresh_token",
    **UPLOADS,
}


class SlackService(Streams, Files):
    """Start it in a `with`; `url` is SLACK_API_URL."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []
        self.ephemeral: list[dict[str, Any]] = []
        self.responses: list[dict[str, Any]] = []
        self.views: list[dict[str, Any]] = []
        self.calls: Counter[str] = Counter()
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.refused: list[str] = []
        self.faults: dict[str, list[Any]] = defaultdict(list)
        self.tokens = {TOKEN}
        self.locales: dict[str, str] = {}
        self.per_second: float | None = None
        self.acks: list[dict[str, Any]] = []
        self._last: dict[str, float] = {}
        self._ts = itertools.count(1)
        self._sockets: list[web.WebSocketResponse] = []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._start())
        self._ready.set()
        self._loop.run_forever()

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_post("/api/{method}", self._api)
        app.router.add_post("/hooks/{id}", self._hook)
        app.router.add_post("/upload/{id}", self._upload)
        app.router.add_get("/socket", self._socket)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port: int = self._runner.addresses[0][1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/"

    @property
    def hook(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/1"

    # Web API

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        said = await _arguments(request)
        token = said.pop("token", None) or request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.calls[method] += 1
        fault = self.faults[method].pop(0) if self.faults[method] else None
        if fault == 429:
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "1"})
        if isinstance(fault, int):
            return web.Response(status=fault, text="<html>down</html>")
        if isinstance(fault, str) and fault != "cut":
            return web.json_response({"ok": False, "error": fault})
        answer = self._answer(method, said, token)
        if answer.get("error") == "ratelimited":
            return web.json_response(answer, status=429, headers={"Retry-After": "1"})
        if fault == "cut":  # done, but nobody hears of it
            assert request.transport
            request.transport.close()
        return web.json_response(answer)

    def _answer(self, method: str, said: dict[str, Any], token: str) -> dict[str, Any]:
        self.asked.append((method, said))
        if method not in ARGUMENTS:
            return {"ok": False, "error": "unknown_method"}
        if extra := set(said) - {"team_id", *ARGUMENTS[method].split()}:  # Bolt adds the workspace to every call
            self.refused.append(f"{method}: {extra}")
            return {"ok": False, "error": "invalid_arguments"}
        if method == "apps.connections.open":
            good = APP_TOKEN in (token, said.get("app_token"))
            return {"ok": True, "url": f"ws://127.0.0.1:{self.port}/socket"} if good else {"ok": False, "error": "invalid_auth"}
        if method != "oauth.v2.access" and token not in self.tokens:
            return {"ok": False, "error": "invalid_auth"}
        found: dict[str, Any] = getattr(self, "_" + method.replace(".", "_"))(said)
        return {"ok": "error" not in found, **found}

    def _auth_test(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"user_id": BOT, "bot_id": BOT_ID, "team_id": TEAM, "team": "one", "user": "aitoll", "url": "https://one.example/"}

    def _chat_postMessage(self, said: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 (Slack's name)
        found = self._faults_of(said, "chat.postMessage")
        if found:
            return {"error": "msg_blocks_too_long" if "in all" in found[0] else "invalid_blocks"}
        with self._lock:
            if self.per_second and time.monotonic() - self._last.get(said["channel"], 0) < 1 / self.per_second:
                return {"error": "ratelimited"}
            self._last[said["channel"]] = time.monotonic()
            ts = f"{2_000_000_000 + next(self._ts)}.000000"
            self.messages.append({**said, "ts": ts, "user": BOT, "bot_id": BOT_ID})
        return {"ts": ts, "channel": said["channel"]}

    def _faults_of(self, said: dict[str, Any], where: str) -> list[str]:
        found = problems({key: value for key, value in said.items() if key not in ("metadata", "channel", "ts", "thread_ts")})
        for block in said.get("blocks", []):
            if block["type"] in MODELLED:
                try:
                    parsed = Block.parse(block)
                    assert parsed is not None
                    parsed.validate_json()
                except Exception as error:  # noqa: BLE001 (whatever the model finds)
                    found.append(f"slack_sdk: {error}")
        self.refused += [f"{where}: {fault}" for fault in found]
        return found

    def _chat_postEphemeral(self, said: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self.ephemeral.append(said)
        return {"message_ts": "1.1"}

    def _conversations_replies(self, said: dict[str, Any]) -> dict[str, Any]:
        found = [message for message in self.messages if message["channel"] == said["channel"] and message.get("thread_ts") == said["ts"]]
        return self._paged(found, said)

    def _conversations_history(self, said: dict[str, Any]) -> dict[str, Any]:
        return self._paged([message for message in self.messages if message["channel"] == said["channel"]], said)

    def _paged(self, found: list[dict[str, Any]], said: dict[str, Any]) -> dict[str, Any]:
        start, most = int(said.get("cursor") or 0), int(said.get("limit", 100))
        page = [dict(message) for message in found[start : start + most]]
        if str(said.get("include_all_metadata", "")) not in ("1", "true", "True"):
            for message in page:
                message.pop("metadata", None)
        more = str(start + most) if len(found) > start + most else ""
        return {"messages": page, "response_metadata": {"next_cursor": more}}

    def _users_info(self, said: dict[str, Any]) -> dict[str, Any]:
        return {"user": {"id": said["user"], "locale": self.locales.get(said["user"], "en-US")}}

    def _views_open(self, said: dict[str, Any]) -> dict[str, Any]:
        found = view_problems(said["view"])
        self.refused += found
        self.views.append(said["view"])
        return {"error": "invalid_arguments"} if found else {"view": {"id": f"V{len(self.views)}"}}

    def _assistant_threads_setStatus(self, _: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {}

    def _assistant_threads_setSuggestedPrompts(self, said: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {} if 1 <= len(said["prompts"]) <= 4 else {"error": "invalid_arguments"}

    def _oauth_v2_access(self, said: dict[str, Any]) -> dict[str, Any]:
        team = said["code"].removeprefix("code-")
        self.tokens.add(f"xoxb-{team}")
        bot = {"access_token": f"xoxb-{team}", "token_type": "bot", "scope": "chat:write", "bot_user_id": BOT, "app_id": "A1"}
        return {
            **bot,
            "team": {"id": team, "name": team},
            "enterprise": None,
            "is_enterprise_install": False,
            "authed_user": {"id": "UADMIN"},
        }

    async def _hook(self, request: web.Request) -> web.Response:
        said = await request.json()
        fault = self.faults["hook"].pop(0) if self.faults["hook"] else None
        if fault:
            return web.Response(status=fault, headers={"Retry-After": "1"})
        kept = {key: value for key, value in said.items() if key not in ("response_type", "replace_original")}
        if len(self.responses) >= 5 or self._faults_of(kept, "hook"):
            return web.Response(status=400, text="invalid_blocks" if len(self.responses) < 5 else "used_url")
        self.responses.append(said)
        return web.Response(text="ok")

    # Socket mode

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"}})
        self._sockets.append(socket)
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                self.acks.append(json.loads(message.data))
        return socket

    def push(self, kind: str, payload: dict[str, Any], envelope: str, attempt: int = 0) -> None:
        """Send an envelope to the app over the newest socket."""
        said = {"type": kind, "envelope_id": envelope, "payload": payload, "accepts_response_payload": kind != "events_api"}
        if kind == "events_api":
            said |= {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
        asyncio.run_coroutine_threadsafe(self._sockets[-1].send_json(said), self._loop).result(5)

    def connected(self) -> int:
        return len(self._sockets)

    def disconnect(self) -> None:
        """What Slack does every few hours: ask the app to come back on another socket."""
        asyncio.run_coroutine_threadsafe(
            self._sockets[-1].send_json({"type": "disconnect", "reason": "refresh_requested"}), self._loop
        ).result(5)


async def _arguments(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        found: dict[str, Any] = await request.json()
        return found
    said: dict[str, Any] = dict(parse_qsl(await request.text(), keep_blank_values=True))
    for key in ("blocks", "chunks", "metadata", "view", "prompts"):
        if isinstance(said.get(key), str):
            said[key] = json.loads(said[key])
    for key in ("unfurl_links", "unfurl_media"):
        if key in said:
            said[key] = said[key] in ("1", "true", "True", True)
    if "Authorization" in request.headers and request.headers["Authorization"].startswith("Basic "):
        import base64

        client = base64.b64decode(request.headers["Authorization"][6:]).decode().split(":")
        said |= {"client_id": client[0], "client_secret": client[1]}
    return said


def signed(body: bytes, secret: str = SECRET, at: float | None = None, content: str = "application/json") -> dict[str, str]:
    """The headers that Slack would send with this body."""
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"content-type": content, "x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={digest}"}


def event(
    text: str, ts: str, *, kind: str = "app_mention", channel: str = "C1", user: str = "U1", team: str = TEAM, **more: Any
) -> dict[str, Any]:
    """An event_callback as Slack sends it."""
    said = {"type": kind, "text": text, "ts": ts, "event_ts": ts, "channel": channel, "user": user, **more}
    return {
        "type": "event_callback",
        "team_id": team,
        "api_app_id": "A1",
        "event_id": f"Ev{channel}{ts}{kind}",
        "event_time": 1,
        "event": said,
    }
