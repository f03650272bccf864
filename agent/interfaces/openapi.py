"""The OpenAPI document, errors included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

from aitoll.agent.interfaces.problems import TITLES, Problem

if TYPE_CHECKING:
    from fastapi import FastAPI

ABOUT = """What AI costs in money, electricity, CO2 and water, computed and cited, in French and English.

An answer is always an `Answer` with status 200, also when it says that something cannot be known. Errors are problem details
(RFC 9457); under `/v1/` they have the form that OpenAI's clients read. With `AITOLL_API_KEYS` set, send `Authorization: Bearer <key>`."""
EVERYWHERE = (400, 401, 403, 404, 408, 413, 422, 429, 500, 503, 504)
RETRY = {"Retry-After": {"description": "seconds until it is worth another try", "schema": {"type": "integer", "minimum": 1}}}
OPENAI_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": "string"},
            },
        }
    },
}


def document(app: FastAPI) -> None:
    """Serve `/openapi.json`, made once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_errors(get_openapi(title="aitoll", version=app.version, description=ABOUT, routes=app.routes))
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi_json() -> JSONResponse:
        return JSONResponse(app.openapi())


def _with_errors(found: dict[str, Any]) -> dict[str, Any]:
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema()
    schemas["OpenAIError"] = OPENAI_ERROR
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    found["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    found["security"] = [{}, {"key": []}]
    for path, operations in found["paths"].items():
        kind, schema = ("application/json", "OpenAIError") if path.startswith("/v1/") else ("application/problem+json", "Problem")
        for operation in operations.values():
            for status in EVERYWHERE:
                _add(operation["responses"], str(status), kind, schema)
    return found


def _add(responses: dict[str, Any], status: str, kind: str, schema: str) -> None:
    said = responses.get(status, {})
    if status != "422" and said:  # what a route says itself stands
        said.setdefault("content", {})[kind] = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
        return
    headers = {"headers": RETRY} if status in ("429", "503", "504") else {}
    content = {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    responses[status] = {"description": TITLES[int(status)], "content": content, **headers}
