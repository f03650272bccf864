"""`aitoll serve`: the page, REST, the OpenAI-compatible endpoint, and what else is mounted, in one process on one port."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import socket
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse
from uvicorn.supervisors import Multiprocess

import aitoll
from aitoll.agent.interfaces.desk import Desk
from aitoll.agent.interfaces.guard import Guard, Limits
from aitoll.agent.interfaces.metrics import Metrics
from aitoll.agent.interfaces.openai_api import openai_api
from aitoll.agent.interfaces.openai_responses import responses_api
from aitoll.agent.interfaces.openai_turns import Memories
from aitoll.agent.interfaces.openapi import document
from aitoll.agent.interfaces.page_routes import page_routes
from aitoll.agent.interfaces.problems import handle_errors
from aitoll.agent.interfaces.rest import api
from aitoll.agent.interfaces.rest_kept import kept_api
from aitoll.agent.interfaces.warming import warm
from aitoll.settings import Settings, SettingsError, settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp

log = logging.getLogger(__name__)
RUNNING, RUNNING_WITH_MODEL, WAITING, ANSWER_S = 4, 32, 512, 60.0
AGAIN_S = 5  # until what was not ready is tried again
FINISH_S = 20  # for what is running when the server is told to stop


def create_app(*, limits: Limits | None = None, desk: Desk | None = None) -> FastAPI:
    """The whole application, guarded; settings come from the environment."""
    found = settings()
    app = FastAPI(title="aitoll", version=aitoll.__version__, docs_url=None, redoc_url=None, lifespan=_lifespan, openapi_url=None)
    app.state.desk = desk or Desk(RUNNING_WITH_MODEL if found.model else RUNNING, WAITING, ANSWER_S)
    app.state.metrics = Metrics(app.state.desk)
    app.state.memories = Memories()
    app.state.ready = False
    handle_errors(app)
    for routes in (api, kept_api, openai_api, responses_api, page_routes):
        app.include_router(routes)
    _health(app)
    app.state.mounted = _mount(app)
    document(app)
    _wrap(app, found, limits or Limits(per_minute=found.requests_per_minute, shared=found.workers > 1))
    return app


def _wrap(app: FastAPI, found: Settings, limits: Limits) -> None:
    """The guard stands outside everything, error pages included."""
    build = app.build_middleware_stack
    keys = tuple(key.get_secret_value() for key in found.api_keys)

    def guarded() -> ASGIApp:
        guard = Guard(build(), keys=keys, origins=found.origins, limits=limits, anywhere=bool(keys) and not is_loopback(found.host))
        app.state.guard = guard
        return app.state.metrics.around(guard)  # type: ignore[no-any-return]

    app.build_middleware_stack = guarded  # type: ignore[method-assign]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for running in app.state.mounted:
            await stack.enter_async_context(running())
        task = asyncio.create_task(_open_to_all(app))
        try:
            yield
        finally:
            app.state.ready = False
            task.cancel()
            await asyncio.to_thread(app.state.desk.close)


async def _open_to_all(app: FastAPI) -> None:
    """Ready once questions can be answered; tried again where the store cannot be read yet."""
    while not app.state.ready:
        try:
            app.state.ready = await app.state.desk.run(warm)
        except Exception as error:  # noqa: BLE001 (the server goes on, and says that it is not ready)
            log.error("not ready: %s", error)
        await asyncio.sleep(0 if app.state.ready else AGAIN_S)


def _health(app: FastAPI) -> None:
    @app.get("/healthz", tags=["health"])
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok", "version": app.version}

    @app.get("/readyz", tags=["health"], responses={503: {"description": "Not yet, or not any more"}})
    async def readyz() -> JSONResponse:
        """Tables and store are loaded; 503 before that and while the server stops."""
        ready = bool(app.state.ready)
        return JSONResponse({"ready": ready, "running": app.state.desk.busy, "waiting": len(app.state.desk.line)}, 200 if ready else 503)

    @app.get("/metrics", tags=["health"], response_class=PlainTextResponse)
    async def metrics() -> PlainTextResponse:
        """Prometheus text."""
        return PlainTextResponse(app.state.metrics.text())


def _mount(app: FastAPI) -> list[Any]:
    """/mcp and /slack where their extras are installed and they are configured: routes, and what must run while they are served."""
    running = []
    for module, make in (("mcp_http", "mcp_app"), ("slack_http", "slack_routes")):
        name = f"aitoll.agent.interfaces.{module}"
        try:
            made = getattr(import_module(name), make)() if find_spec(name) else None
        except ImportError as error:
            print(f"aitoll: {module} is not served: {error}", file=sys.stderr)
            continue
        app.router.routes.extend(made if isinstance(made, list) else getattr(made, "routes", []))
        if counts := getattr(made, "counts", None):
            app.state.metrics.add("slack", "Of this process: requests by what became of them. Of all: rows by state", "what", counts)
        running += [run] if (run := getattr(made, "running", None)) else []
    return running


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def serve(host: str | None = None, port: int | None = None, workers: int | None = None) -> int:
    """Bind and serve until told to stop; what is running is finished first."""
    found = settings()
    host, port, workers = host or found.host, found.port if port is None else port, workers or found.workers
    if not is_loopback(host) and not found.api_keys:
        raise SettingsError("AITOLL_HOST", repr(host), "set AITOLL_API_KEYS to bind anything but loopback")
    if (host, workers) != (found.host, found.workers):
        os.environ.update(AITOLL_HOST=host, AITOLL_WORKERS=str(workers))  # for the other processes, too
        settings.cache_clear()
    bound = _bind(host, port)
    name, at = bound.getsockname()[:2]
    print(f"aitoll: http://{f'[{name}]' if ':' in name else name}:{at}/", file=sys.stderr, flush=True)
    app = create_app()  # here also where others serve, so that a setting that cannot be is told at once
    config = uvicorn.Config(
        app if workers == 1 else f"{__name__}:{create_app.__name__}",
        factory=workers > 1,
        workers=workers,
        timeout_worker_healthcheck=10,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="none",
        h11_max_incomplete_event_size=64_000,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=FINISH_S,
        backlog=1024,
    )
    if workers > 1:
        Multiprocess(config, sockets=[bound]).run()
    else:
        uvicorn.Server(config).run(sockets=[bound])
    return 0


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        raise SettingsError(
            "AITOLL_PORT", str(port), f"{host}:{port} cannot be bound ({error.strerror}); use another, or 0 for any"
        ) from None
    made.set_inheritable(True)
    return made
