"""What every request passes first: the host it came to, the page it came from, who asks, how often and how much."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

from aitoll.agent.interfaces.allowances import Allowance, SharedAllowance
from aitoll.agent.interfaces.problems import ProblemError, response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from aitoll.agent.interfaces.allowances import Counted

COOKIE = "aitoll_session"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
OPEN = ("/healthz", "/readyz", "/static/")  # the same for everybody
FOR_A_PERSON = ("/", "/session")  # where one without a key is shown the door, and gives the key
SIGNED = ("/slack/",)  # these requests carry a signature of their own, checked where they arrive
OWN_CHECK = (*SIGNED, "/mcp", "/.well-known/")  # keys are checked there
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types aitoll",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with none at all, the key's form would come from the origin "null"
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True)
class Limits:
    body_bytes: int = 1_000_000
    body_seconds: float = 20
    per_minute: int = 30_000
    wrong_keys_per_minute: int = 30
    shared: bool = False  # among the processes of one database


class Guard:
    def __init__(self, app: ASGIApp, *, keys: tuple[str, ...], origins: tuple[str, ...], limits: Limits, anywhere: bool) -> None:
        self.app, self.limits = app, limits
        self.keys = tuple(hashlib.sha256(key.encode()).digest() for key in keys)
        self.origins = {origin.rstrip("/") for origin in origins}
        self.hosts = {_hostname(origin.partition("://")[2]) for origin in origins} | set(LOOPBACK)
        self.any_host = anywhere and not origins  # keys keep a page of another site from reading anything
        self.requests = _allowance("requests", limits.per_minute, max(1.0, limits.per_minute / 10), limits.shared)
        self.wrong_keys = _allowance("wrong keys", limits.wrong_keys_per_minute, limits.wrong_keys_per_minute, limits.shared)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")

        complete = False

        async def guarded(message: Message) -> None:
            nonlocal complete
            if message["type"] == "http.response.start":
                self._seal(MutableHeaders(scope=message), origin)
            complete = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            self._check_place(scope["path"], headers, origin)
            if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
                await Response(status_code=204)(scope, receive, guarded)
                return
            scope.setdefault("state", {})["principal"] = self._principal(scope, headers)
            if scope["method"] in ("POST", "PUT", "PATCH"):
                receive = await self._whole_body(headers, receive)
        except ProblemError as error:
            await response(scope["path"], error)(scope, receive, guarded)
            return
        try:
            await self.app(scope, receive, guarded)
        except Exception:
            if not complete:  # a fault that was told and logged need not close the connection
                raise

    # The place

    def _check_place(self, path: str, headers: Headers, origin: str) -> None:
        if path.startswith(SIGNED):
            return
        host = headers.get("host", "")
        if not self.any_host and _hostname(host) not in self.hosts:
            raise ProblemError(403, "host", "this server does not answer to that name; AITOLL_ORIGINS lists the names it answers to")
        if origin and origin not in self.origins and origin.partition("://")[2] != host:
            raise ProblemError(403, "origin", "pages of that origin may not ask here; AITOLL_ORIGINS lists those that may")

    def _seal(self, headers: MutableHeaders, origin: str) -> None:
        for name, value in SECURITY.items():
            headers.setdefault(name, value)
        headers.setdefault("Cache-Control", "no-store")
        if origin in self.origins:
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Allow-Headers"] = "authorization, content-type"
            headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            headers.add_vary_header("Origin")

    # Who

    def _principal(self, scope: Scope, headers: Headers) -> str:
        path = scope["path"]
        if path.startswith((*OPEN, *OWN_CHECK)):
            return ""
        who = self._by_key(headers) or self._by_session(headers) or ("" if self.keys else "local")
        if not who and path not in FOR_A_PERSON:
            self.refuse_too_many(scope)
            raise ProblemError(401, "unauthorized", "send one of the server's keys: Authorization: Bearer …")
        wait = self.requests.take(who if who.startswith("key-") else f"{who}@{_address(scope)}")
        if wait:
            raise ProblemError(429, "rate_limit", f"more than {self.limits.per_minute} requests a minute", retry_after=int(wait) + 1)
        return who

    def refuse_too_many(self, scope: Scope) -> None:
        """Keys are not to be guessed."""
        wait = self.wrong_keys.take(_address(scope))
        if wait:
            raise ProblemError(429, "rate_limit", "too many requests without a right key", retry_after=int(wait) + 1)

    def _by_key(self, headers: Headers) -> str:
        kind, _, said = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not said.strip():
            return ""
        digest = hashlib.sha256(said.strip().encode("utf-8", "replace")).digest()
        return f"key-{digest.hex()[:24]}" if not self.keys or self.knows(digest) else ""

    def knows(self, digest: bytes) -> bool:
        """Every key is compared, in constant time."""
        return sum([hmac.compare_digest(digest, key) for key in self.keys]) > 0

    def _by_session(self, headers: Headers) -> str:
        try:
            said = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return ""
        token, _, seal = (said.value if said else "").partition(".")
        if len(token) < 30 or (self.keys and not self._sealed_here(token, seal)):
            return ""
        return f"session-{hashlib.sha256(token.encode()).hexdigest()[:24]}"

    def _sealed_here(self, token: str, seal: str) -> bool:
        return sum([hmac.compare_digest(seal.encode(), _sealed(token, key).encode()) for key in self.keys]) > 0

    def new_session(self, key: str | None = None) -> str | None:
        """The value of a new cookie; None where a key is needed and this is none."""
        token = secrets.token_urlsafe(32)
        if not self.keys:
            return token
        digest = hashlib.sha256((key or "").encode("utf-8", "replace")).digest()
        return f"{token}.{_sealed(token, digest)}" if self.knows(digest) else None

    # How much

    async def _whole_body(self, headers: Headers, receive: Receive) -> Receive:
        """Read before anything is done with it: not too long, not too slowly."""
        if (length := headers.get("content-length", "")).isdigit() and int(length) > self.limits.body_bytes:
            raise ProblemError(413, "too_large", f"a body of at most {self.limits.body_bytes} bytes")
        parts, more = bytearray(), True
        try:
            async with asyncio.timeout(self.limits.body_seconds):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        break
                    parts += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(parts) > self.limits.body_bytes:
                        raise ProblemError(413, "too_large", f"a body of at most {self.limits.body_bytes} bytes")
        except TimeoutError:
            raise ProblemError(408, "too_slow", f"the body did not arrive within {self.limits.body_seconds:g} s") from None
        return _replayed(bytes(parts), receive)


def _allowance(name: str, per_minute: int, at_once: float, shared: bool) -> Counted:
    return SharedAllowance(name, per_minute, at_once) if shared else Allowance(per_minute, at_once)


def _address(scope: Scope) -> str:
    return str((scope.get("client") or ("unknown", 0))[0])


def _hostname(netloc: str) -> str:
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return ""


def _sealed(token: str, key: bytes) -> str:
    return hmac.new(key, f"session:{token}".encode(), hashlib.sha256).hexdigest()


def _replayed(body: bytes, receive: Receive) -> Receive:
    pending = [body]

    async def replay() -> Message:
        return {"type": "http.request", "body": pending.pop(), "more_body": False} if pending else await receive()

    return replay
