"""The MCP server over streamable HTTP, as a part of `aitoll serve`: bearer keys, and the metadata that says so."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from aitoll.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from starlette.types import ASGIApp, Receive, Scope, Send

    from aitoll.agent.interfaces.guard import Guard

PATH = "/mcp"
METADATA = f"/.well-known/oauth-protected-resource{PATH}"
LARGEST_BODY = 1_000_000
TOO_OFTEN = -32029  # of the range that the protocol leaves to servers
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class McpApp:
    """`/mcp` and the metadata that must stand at the root; and what must run while they are served."""

    routes: list[Route]
    running: Callable[[], AbstractAsyncContextManager[None]]


def mcp_app() -> McpApp:
    """MCP for the application of `aitoll serve`, a new one at each call.

        mcp = mcp_app()

        @asynccontextmanager
        async def lifespan(app):
            async with mcp.running():      # once; without it every call fails
                yield

        application = FastAPI(lifespan=lifespan)
        application.router.routes.extend(mcp.routes)    # not mount(): that would redirect /mcp to /mcp/

    The metadata is open to all. Keys are checked here, so an outer check may let `/mcp` through; where it does not, it should name the
    metadata in its own 401. An outer check that knows the caller puts their name in `scope["state"]["principal"]`. Responses are
    streams: a middleware must not read them to the end.
    """
    from aitoll.agent.interfaces.mcp_server import server

    found = settings()
    keys = tuple(key.get_secret_value() for key in found.api_keys)
    manager = StreamableHTTPSessionManager(
        app=server(),
        stateless=found.workers > 1,  # a session would live in one of the processes only
        security_settings=_hosts(bool(keys), found.origins),
        max_request_body_size=LARGEST_BODY,
    )
    app: ASGIApp = Limited(AuthContextMiddleware(StreamableHTTPASGIApp(manager)))
    app = Keyed(app, keys) if keys else app
    return McpApp([Route(PATH, _Endpoint(app)), Route(METADATA, metadata, methods=["GET"])], manager.run)


def _hosts(keyed: bool, origins: tuple[str, ...]) -> TransportSecuritySettings:
    """Without a key, a page that rebinds its name to this machine must be kept out; with one, it has none to show."""
    if keyed:
        return TransportSecuritySettings(enable_dns_rebinding_protection=False)
    hosts = [form for host in LOOPBACK for form in (host, f"{host}:*")]
    own = [f"http://{host}" for host in hosts]
    return TransportSecuritySettings(
        allowed_hosts=[*hosts, *(origin.partition("://")[2] for origin in origins)], allowed_origins=[*own, *origins]
    )


async def metadata(request: Request) -> JSONResponse:
    """RFC 9728. Keys are handed out by who runs the server, so there is no authorization server to name."""
    return JSONResponse({"resource": _at(request, PATH), "bearer_methods_supported": ["header"], "resource_name": "aitoll"})


def _at(request: Request, path: str) -> str:
    return str(request.url.replace(path=path, query="", fragment=""))


class _Endpoint:
    """An ASGI application as the end of a route; a plain function would be taken for a handler of requests."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # RFC 9110, 5.5: white space around a value is no part of it, and not every server takes it away
        scope["headers"] = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        await self._app(scope, receive, send)


class Keyed:
    """Lets in who shows a key, under a name of their own; the key itself goes no further."""

    def __init__(self, app: ASGIApp, keys: tuple[str, ...]) -> None:
        self._app, self._keys = app, keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self._is_key(shown.strip()):
            guard = _guard(scope)
            wait = guard.wrong_keys.take(_address(scope)) if guard else 0.0
            await (_too_often("too many requests without a right key", wait) if wait else _refusal(request))(scope, receive, send)
            return
        name = f"key-{hashlib.sha256(shown.strip().encode()).hexdigest()[:24]}"
        scope["user"] = AuthenticatedUser(AccessToken(token="", client_id=name, scopes=[]))
        scope.setdefault("state", {})["principal"] = name
        await self._app(scope, receive, send)

    def _is_key(self, shown: str) -> bool:
        """Every key is compared, each in constant time."""
        return sum(hmac.compare_digest(shown.encode(), key.encode()) for key in self._keys) > 0


class Limited:
    """As often as the server's own guard lets a key or an address ask on any surface; alone, without a limit."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        guard = _guard(scope)
        who = scope.get("state", {}).get("principal") or f"local@{_address(scope)}"
        wait = guard.requests.take(who) if guard else 0.0
        app = _too_often(f"more than {guard.limits.per_minute} requests a minute", wait) if guard and wait else self._app
        await app(scope, receive, send)


def _guard(scope: Scope) -> Guard | None:
    """The guard of `aitoll serve`, where this is a part of it."""
    return getattr(getattr(scope.get("app"), "state", None), "guard", None)


def _address(scope: Scope) -> str:
    return str((scope.get("client") or ("unknown", 0))[0])


def _too_often(said: str, wait_s: float) -> JSONResponse:
    seconds = int(wait_s) + 1
    error = {"code": TOO_OFTEN, "message": f"{said}: ask again in {seconds} s", "data": {"code": "rate_limit", "retry_after_s": seconds}}
    return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, 429, {"Retry-After": str(seconds)})


def _refusal(request: Request) -> JSONResponse:
    said: dict[str, Any] = {"error": "invalid_token", "error_description": "send Authorization: Bearer, with a key of AITOLL_API_KEYS"}
    return JSONResponse(said, 401, {"WWW-Authenticate": f'Bearer error="invalid_token", resource_metadata="{_at(request, METADATA)}"'})
