"""What went wrong, as problem details (RFC 9457); under /v1/ in the form that OpenAI's clients read."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from aitoll.tools.errors import AitollError

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

LOG = logging.getLogger("aitoll")
STATUS = {
    "invalid": 422,
    "unknown_name": 404,
    "missing": 422,
    "out_of_scope": 422,
    "data": 500,
    "store": 503,
    "document": 422,
    "error": 500,
}
TITLES = {
    400: "Bad request", 401: "A key is needed", 403: "Not from here", 404: "Not found", 405: "Method not allowed", 408: "Too slow",
    413: "Too large", 415: "Not JSON", 422: "Cannot be", 429: "Too many requests", 500: "A fault on our side", 501: "Not installed",
    503: "Not available now", 504: "Took too long",
}  # fmt: skip
KINDS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class Problem(BaseModel):
    """Problem details; `code` is stable, `detail` is for a person."""

    type: str = Field(examples=["urn:aitoll:invalid"])
    title: str
    status: int
    code: str
    detail: str
    facts: dict[str, Any] = Field({}, description="field, value, allowed; or table, name, near; or needs")


class ProblemError(Exception):
    def __init__(self, status: int, code: str, detail: str, *, retry_after: int | None = None, facts: dict[str, Any] | None = None) -> None:
        self.status, self.code, self.detail, self.retry_after, self.facts = status, code, detail, retry_after, facts or {}
        super().__init__(detail)


def response(path: str, found: ProblemError) -> JSONResponse:
    headers = {"Retry-After": str(found.retry_after)} if found.retry_after else {}
    if found.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if path.startswith("/v1/"):
        return JSONResponse({"error": openai_error(found)}, 400 if found.status == 422 else found.status, headers)
    detail = _plain(found.detail)
    body = Problem(
        type=f"urn:aitoll:{found.code}",
        title=TITLES[found.status],
        status=found.status,
        code=found.code,
        detail=detail,
        facts=_plain(found.facts),
    )
    return JSONResponse(body.model_dump(), found.status, headers, media_type="application/problem+json")


def openai_error(found: ProblemError) -> dict[str, Any]:
    """What stands under `error` at OpenAI, where what cannot be has status 400."""
    kind = KINDS.get(found.status, "server_error" if found.status >= 500 else "invalid_request_error")
    told: dict[str, Any] = _plain({"message": found.detail, "type": kind, "param": found.facts.get("field"), "code": found.code})
    return told


def _plain(value: Any) -> Any:
    """Only what JSON and UTF-8 can hold, and not much of it."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()[:2000]
    if isinstance(value, dict):
        return {str(_plain(str(key))): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value[:50]]
    return value if value is None or isinstance(value, bool | int) else _plain(str(value))


def of_error(error: AitollError) -> ProblemError:
    facts = {name: value for name, value in error.facts.items() if name != "detail"}
    return ProblemError(STATUS.get(error.code, 500), error.code, str(error), facts=facts, retry_after=5 if error.code == "store" else None)


def of(error: Exception) -> ProblemError:
    """Any error as a problem; one that nobody foresaw is logged, and told without its words."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, AitollError):
        return of_error(error)
    LOG.error("unforeseen", exc_info=error)
    return ProblemError(500, "fault", f"{type(error).__name__}; the log of the server says more")


def handle_errors(app: FastAPI) -> None:
    """Every error leaves as a problem, none as a stack trace."""

    @app.exception_handler(ProblemError)
    async def _problem(request: Request, error: ProblemError) -> JSONResponse:
        return response(request.url.path, error)

    @app.exception_handler(AitollError)
    async def _ours(request: Request, error: AitollError) -> JSONResponse:
        return response(request.url.path, of_error(error))

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0] if error.errors() else {"loc": (), "msg": ""}
        field = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0] if first["loc"] else "body")
        return response(request.url.path, ProblemError(422, "invalid", f"{field}: {first['msg']}", facts={"field": field}))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        status = error.status_code if error.status_code in TITLES else 400
        return response(request.url.path, ProblemError(status, TITLES[status].lower().replace(" ", "_"), str(error.detail)))

    @app.exception_handler(Exception)
    async def _fault(request: Request, error: Exception) -> JSONResponse:
        return response(request.url.path, of(error))
