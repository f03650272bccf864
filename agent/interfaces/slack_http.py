"""Slack over HTTP: the signature on the raw body first, then Bolt; the work in a process of its own."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

from slack_bolt import BoltRequest
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from slack_sdk.signature import SignatureVerifier
from starlette.responses import Response
from starlette.routing import Route

from aitoll.agent.interfaces.slack_app import Intake, bolt
from aitoll.agent.interfaces.slack_installations import States
from aitoll.agent.interfaces.slack_manifest import SCOPES
from aitoll.agent.interfaces.slack_store import store
from aitoll.agent.interfaces.slack_workspaces import Workspaces, client, secret
from aitoll.settings import settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from slack_bolt.oauth import OAuthFlow
    from starlette.requests import Request

log = logging.getLogger(__name__)
LARGEST = 512_000  # no payload of Slack's comes near
SLACK_CHECKS = b"ssl_check=1"
THREADS = 8


class Workers(Protocol):
    """Whatever takes up the rows that are kept here."""

    def start(self) -> None: ...
    def wake(self) -> None: ...
    def stop(self) -> None: ...


class WorkerProcess:
    """The workers in a process of their own: acknowledging never waits for answering. It ends with us; if it dies, it begins again."""

    def __init__(self, command: tuple[str, ...] = (sys.executable, "-m", "aitoll", "slack", "--worker")) -> None:
        self._command = command
        self._ended = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        threading.Thread(target=self._keep_alive, daemon=True, name="aitoll-slack-process").start()

    def _keep_alive(self) -> None:
        while not self._ended.is_set():
            with self._lock:
                self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE)  # noqa: S603 (ourselves)
            code = self._process.wait()
            if not self._ended.wait(1):
                log.error("Slack workers ended with %s: beginning again", code)

    def wake(self) -> None:
        try:
            if self._process and self._process.stdin:
                self._process.stdin.write(b"\n")
                self._process.stdin.flush()
        except (OSError, ValueError):
            log.debug("no worker to wake: the next one looks by itself")

    def stop(self) -> None:
        self._ended.set()
        with self._lock:
            if self._process and self._process.stdin:
                self._process.stdin.close()
                try:
                    self._process.wait(10)
                except subprocess.TimeoutExpired:
                    self._process.kill()


class SlackHttp:
    """Slack inside a Starlette or FastAPI application.

    Mount it where no other middleware reads the body, for the signature is over its raw bytes:

        slack = SlackHttp()                      # SettingsError where a Slack setting is missing
        app.router.routes.extend(slack.routes)   # POST /slack/events; with OAuth also GET /slack/install, /slack/oauth_redirect
        async with slack.running(): ...          # in the lifespan: the workers' process

    `configured()` says whether to. `counts()` is for /metrics: what was kept, met again, ignored, refused, and rows by state.
    """

    def __init__(self, workers: Workers | None = None) -> None:
        self._store = store()
        signing_secret = secret("slack_signing_secret")
        self._workspaces = Workspaces(self._store)
        self._workers: Workers = workers or WorkerProcess()
        self.intake = Intake(self._store, self._workspaces, self._workers.wake)
        self._verifier = SignatureVerifier(signing_secret)
        self._app = bolt(self.intake, self._workspaces, signing_secret)
        self._threads = ThreadPoolExecutor(THREADS, "aitoll-slack-ack")
        self.oauth = _oauth(self._workspaces, States(self._store.database))
        self.routes = [Route("/slack/events", self.events, methods=["POST"])]
        if self.oauth:
            self.routes += [Route("/slack/install", self.install), Route("/slack/oauth_redirect", self.redirected)]

    def start(self) -> None:
        self._workers.start()

    def stop(self) -> None:
        self._workers.stop()
        self._threads.shutdown(wait=False)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The workers, while the application serves."""
        self.start()
        try:
            yield
        finally:
            await asyncio.to_thread(self.stop)

    def counts(self) -> dict[str, int]:
        return {**self.intake.counts, **{f"rows_{state}": count for state, count in self._store.counts().items()}}

    async def events(self, request: Request) -> Response:
        """Events, commands, actions and modals of Slack."""
        body = await _body(request)
        if body is None:
            return self._refuse(413, "too_large")
        if body.startswith(SLACK_CHECKS):
            return Response(status_code=200)
        if not self._signed(body, request.headers):
            return self._refuse(401, "bad_signature")
        try:
            text = body.decode()
            if not _is_request(text, request.headers.get("content-type", "")):
                return self._refuse(400, "unreadable")
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._dispatch, text, dict(request.headers))
        except (ValueError, RecursionError):
            return self._refuse(400, "unreadable")

    def _refuse(self, status: int, why: str) -> Response:
        self.intake.count(why)
        return Response(why, status_code=status)

    def _signed(self, body: bytes, headers: Mapping[str, str]) -> bool:
        try:
            return self._verifier.is_valid_request(body, dict(headers))
        except ValueError:  # a timestamp that is no number
            return False

    def _dispatch(self, body: str, headers: dict[str, Any]) -> Response:
        return to_starlette_response(self._app.dispatch(BoltRequest(body=body, headers=headers)))

    async def install(self, request: Request) -> Response:
        return await self._in_thread("handle_installation", request)

    async def redirected(self, request: Request) -> Response:
        return await self._in_thread("handle_callback", request)

    async def _in_thread(self, step: str, request: Request) -> Response:
        asked = to_bolt_request(request, b"")
        answered = await asyncio.get_running_loop().run_in_executor(self._threads, getattr(self.oauth, step), asked)
        return to_starlette_response(answered)


def configured() -> bool:
    """Whether the settings hold what HTTP mode needs."""
    found = settings()
    return bool(found.slack_signing_secret and (found.slack_bot_token or (found.slack_client_id and found.slack_client_secret)))


def slack_routes() -> SlackHttp | list[Any]:
    """What the web application mounts: `routes`, and `running` while it serves; nothing where Slack is not configured."""
    return SlackHttp() if configured() else []


async def _body(request: Request) -> bytes | None:
    """The raw body; None where it is larger than anything that Slack sends."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return None
    return body


def _is_request(text: str, content_type: str) -> bool:
    """A form, or a JSON object: Bolt would stumble over anything else."""
    if content_type.startswith("application/x-www-form-urlencoded"):
        return bool(text)
    return isinstance(json.loads(text), dict)


def _oauth(workspaces: Workspaces, states: States) -> OAuthFlow | None:
    if workspaces.installations is None:
        return None
    from slack_bolt.oauth import OAuthFlow
    from slack_bolt.oauth.oauth_settings import OAuthSettings

    gateway = settings().slack_api_url
    return OAuthFlow(
        client=client(),
        settings=OAuthSettings(
            client_id=secret("slack_client_id"),
            client_secret=secret("slack_client_secret"),
            scopes=list(SCOPES),
            authorization_url=f"{gateway.rstrip('/').removesuffix('/api')}/oauth/v2/authorize" if gateway else None,
            installation_store=workspaces.installations,
            state_store=states,
        ),
    )
