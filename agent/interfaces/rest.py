"""REST, version 1: ask, calculate, search, sources."""

import json
import math
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from aitoll.agent import owned
from aitoll.agent.answer import Answer, Figure, Language
from aitoll.agent.interfaces.calling import compute
from aitoll.agent.interfaces.desk import Desk
from aitoll.agent.interfaces.problems import ProblemError
from aitoll.agent.interfaces.schemas import Found, input_schema, with_ranges
from aitoll.agent.interfaces.streaming import Voice, event, streamed
from aitoll.agent.interfaces.toolbox import Where, passages
from aitoll.tools.errors import InvalidInput, UnknownName
from aitoll.tools.facts import near, rows
from aitoll.tools.registry import CALCULATORS, Calculator
from aitoll.tools.sources import Source, source

api = APIRouter(prefix="/api/v1")
LONGEST_SEARCHED = 5_000  # with every letter escaped in twelve characters, an address still has fewer than servers read


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
    """Server-sent events: `progress` {stage, position, detail}, `text` {text} in pieces, `answer` with the Answer; or a `problem`."""
    work = partial(owned.ask_owned, principal(request), asked.question, asked.conversation, asked.language)
    return streamed(request, work, VOICE)


def _in_parts(answer: Answer) -> list[str]:
    texts = [event("text", {"text": part}) for part in answer.text.splitlines(keepends=True)]
    return [*texts, event("answer", answer.model_dump(mode="json"))]


def waiting(position: int, doing: str) -> str:
    return event("progress", {"stage": "waiting" if position else "working", "position": position, "detail": doing})


def failed(problem: ProblemError) -> list[str]:
    return [event("problem", {"status": problem.status, "code": problem.code, "detail": problem.detail})]


VOICE = Voice(waiting, _in_parts, failed)


# Calculate


class Listed(BaseModel):
    name: str
    question: str = Field(description="what it answers")
    inputs: dict[str, Any] = Field(description="JSON schema of its inputs; a range may also be a pair, the lowest and the highest")


@api.get("/calculators", tags=["calculate"])
def calculators() -> list[Listed]:
    """Every calculator with the schema of its inputs."""
    return [
        Listed(name=found.name, question=found.question, inputs=with_ranges(input_schema(found.name))) for found in CALCULATORS.values()
    ]


def figures_of(name: str, inputs: dict[str, Any], language: Language) -> list[Figure]:
    """A calculator run with what came over the network; JSON has no word for a result without end."""
    found = compute(name, inputs, language)
    if not all(math.isfinite(end) for figure in found for end in (figure.value, figure.low, figure.high) if end is not None):
        raise InvalidInput(field=name, value="a result without end", allowed="use values whose result is a finite number")
    return found


def _add_calculator(found: Calculator) -> None:
    """A path of its own, so that the OpenAPI document holds its inputs."""

    async def endpoint(inputs: dict[str, Any], request: Request, language: Language = "en") -> list[Figure]:
        return await desk(request).run(partial(figures_of, found.name, inputs, language))

    body = {"content": {"application/json": {"schema": with_ranges(input_schema(found.name))}}, "required": True}
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


WARNINGS = {"description": "what could not be searched, or only by its words: a JSON array of texts", "schema": {"type": "string"}}


@api.get("/search", tags=["knowledge"], responses={200: {"headers": {"Aitoll-Warnings": WARNINGS}}})
async def search(
    request: Request,
    response: Response,
    text: Annotated[str, Query(min_length=1, max_length=LONGEST_SEARCHED)],
    within: Annotated[Where, Query(alias="in")] = "all",
    limit: Annotated[int, Query(ge=1, le=100)] = 5,
) -> list[Found]:
    """Passages of the library and of the user's documents, best first; the header Aitoll-Warnings says what is missing from them."""
    searched = await desk(request).run(partial(passages, text, limit, within))
    if searched.warnings:
        response.headers["Aitoll-Warnings"] = json.dumps(searched.warnings)
    return searched.passages


@api.get("/sources", tags=["knowledge"])
def sources() -> list[Source]:
    """The bibliography."""
    return [source(id) for id in rows("sources")]


@api.get("/sources/{id}", tags=["knowledge"])
def one_source(id: str) -> Source:
    if id not in rows("sources"):
        raise UnknownName(table="sources", name=id, near=near("sources", id))
    return source(id)
