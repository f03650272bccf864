"""REST, version 1: ask, calculate, search, sources."""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from aitoll.agent import owned
from aitoll.agent.answer import Answer, Figure, Language
from aitoll.agent.ask import calculate
from aitoll.agent.interfaces.desk import Desk
from aitoll.agent.interfaces.problems import of
from aitoll.tools.errors import InvalidInput, UnknownName
from aitoll.tools.registry import CALCULATORS, Calculator

api = APIRouter(prefix="/api/v1")
WAIT_S = 1.0  # between two words on the place in line


class Question(BaseModel, extra="forbid"):
    question: str = Field(examples=["How much CO2 did training Llama 3.1 405B emit?"])
    conversation: str | None = Field(None, min_length=1, max_length=owned.LONGEST_ID, description="an id of yours, for follow-ups")
    language: Language | None = Field(None, description="left out: the question's own")


def principal(request: Request) -> str:
    return str(request.state.principal)


def desk(request: Request) -> Desk:
    found: Desk = request.app.state.desk
    return found


# Ask


@api.post("/ask", tags=["ask"])
async def ask(asked: Question, request: Request) -> Answer:
    """One question, one Answer. Whatever could be said of it, "I cannot know" included, is an Answer with status 200."""
    answer = await desk(request).run(partial(owned.ask_owned, principal(request), asked.question, asked.conversation, asked.language))
    request.app.state.metrics.answered(answer)
    return answer


@api.post(
    "/ask/stream",
    tags=["ask"],
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"description": "server-sent events"}}}}},
)
async def ask_stream(asked: Question, request: Request) -> StreamingResponse:
    """Server-sent events: `progress` {stage, position}, `text` {text} in pieces, `answer` with the Answer; or `problem`, as its last."""
    work = partial(owned.ask_owned, principal(request), asked.question, asked.conversation, asked.language)
    return events(request, work, _as_texts)


def _as_texts(answer: Answer) -> list[tuple[str, Any]]:
    texts: list[tuple[str, Any]] = [("text", {"text": part}) for part in answer.text.splitlines(keepends=True)]
    return [*texts, ("answer", answer.model_dump(mode="json"))]


def events(request: Request, work: Callable[[], Answer], said: Callable[[Answer], list[tuple[str, Any]]]) -> StreamingResponse:
    """Progress while it waits and works, then what `said` makes of the Answer."""
    ticket = desk(request).take(work)

    async def stream() -> AsyncIterator[str]:
        running = asyncio.ensure_future(ticket.result())
        try:
            while not running.done():
                place = ticket.position
                yield _event("progress", {"stage": "waiting" if place else "working", "position": place})
                await asyncio.wait({running}, timeout=WAIT_S)
            answer = running.result()
            request.app.state.metrics.answered(answer)
            for name, body in said(answer):
                yield _event(name, body)
        except Exception as error:  # noqa: BLE001 (the response has begun: whatever it is, it can only be told here)
            problem = of(error)
            yield _event("problem", {"status": problem.status, "code": problem.code, "detail": problem.detail})
        finally:
            running.cancel()
            ticket.give_up()

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _event(name: str, body: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(body, ensure_ascii=True, separators=(',', ':'))}\n\n"


# Calculate


class Listed(BaseModel):
    name: str
    question: str = Field(description="what it answers")
    inputs: dict[str, Any] = Field(description="JSON schema of its inputs; a number may also be a pair of bounds, or a text with a unit")


@api.get("/calculators", tags=["calculate"])
def calculators() -> list[Listed]:
    """Every calculator with the schema of its inputs."""
    return [Listed(name=found.name, question=found.question, inputs=schema_of(found)) for found in CALCULATORS.values()]


def schema_of(found: Calculator) -> dict[str, Any]:
    """The schema of what a caller may send: each number plain, as a pair of bounds, or with a unit."""
    schema: dict[str, Any] = json.loads(json.dumps(found.inputs.model_json_schema()))
    for field in schema.get("properties", {}).values():
        for option in [one for one in field.get("anyOf", []) if one.get("type") == "number"]:
            pair = {"type": "array", "items": dict(option), "minItems": 2, "maxItems": 2}
            field["anyOf"] += [pair, {"type": "string", "maxLength": 80, "description": f"with a unit: “2..3 {field.get('unit', '1')}”"}]
    return schema


def figures_of(name: str, inputs: dict[str, Any], language: Language) -> list[Figure]:
    """A calculator run with what came over the network: a list must be a pair of bounds."""
    for field, value in inputs.items():
        if isinstance(value, list) and not (len(value) == 2 and all(type(end) in (int, float) for end in value)):
            raise InvalidInput(field=field, value="this list", allowed="use a number, or a pair of numbers: the lowest and the highest")
    found = calculate(name, language, **inputs)
    if not all(math.isfinite(end) for figure in found for end in (figure.value, figure.low, figure.high) if end is not None):
        raise InvalidInput(field=name, value="a result without end", allowed="use values whose result is a finite number")
    return found


def _add_calculator(found: Calculator) -> None:
    """A path of its own, so that the OpenAPI document holds its inputs."""

    async def endpoint(inputs: dict[str, Any], request: Request, language: Language = "en") -> list[Figure]:
        return await desk(request).run(partial(figures_of, found.name, inputs, language))

    body = {"content": {"application/json": {"schema": schema_of(found)}}, "required": True}
    api.add_api_route(
        f"/calculate/{found.name}",
        endpoint,
        methods=["POST"],
        tags=["calculate"],
        operation_id=found.name,
        summary=found.question,
        response_model=list[Figure],
        openapi_extra={"requestBody": body},
    )


for _found in CALCULATORS.values():
    _add_calculator(_found)


@api.post("/calculate/{name}", tags=["calculate"], include_in_schema=False)
def calculate_unknown(name: str) -> None:
    from aitoll.tools.registry import calculator

    calculator(name)


# Search and sources


class Found(BaseModel):
    id: str
    source: str
    title: str
    place: str
    passage: str
    score: float
    language: str


@api.get("/search", tags=["knowledge"])
async def search(
    request: Request,
    text: Annotated[str, Query(min_length=1, max_length=10_000)],
    within: Annotated[Literal["all", "library", "user"], Query(alias="in")] = "all",
    limit: Annotated[int, Query(ge=1, le=100)] = 5,
) -> list[Found]:
    """Passages of the library and of the user's documents, best first."""
    from aitoll.knowledge import store

    found = await desk(request).run(lambda: store.search(text, limit=limit, within=within))
    return [Found(**{name: getattr(one, name) for name in Found.model_fields}) for one in found]


class Cited(BaseModel):
    id: str
    kind: str
    title: str
    author: str
    publisher: str
    published: str
    url: str | None
    review_by: str
    licence: str


@api.get("/sources", tags=["knowledge"])
def sources() -> list[Cited]:
    """The bibliography."""
    from aitoll.tools.facts import rows

    return [_cited(id) for id in rows("sources")]


@api.get("/sources/{id}", tags=["knowledge"])
def one_source(id: str) -> Cited:
    from aitoll.tools.facts import near, rows

    if id not in rows("sources"):
        raise UnknownName(table="sources", name=id, near=near("sources", id))
    return _cited(id)


def _cited(id: str) -> Cited:
    from aitoll.tools.sources import source

    found = source(id)
    return Cited(**{name: getattr(found, name) for name in Cited.model_fields})
