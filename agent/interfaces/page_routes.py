"""The page's own addresses: itself, its files, an answer as HTML while it streams, a card recomputed, a comparison."""

import hashlib
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from pydantic import BaseModel, Field

from aitoll.agent import feedback, owned
from aitoll.agent.answer import Answer, Language
from aitoll.agent.interfaces.guard import COOKIE
from aitoll.agent.interfaces.page_cards import compared, fault, results
from aitoll.agent.interfaces.page_steps import doing
from aitoll.agent.interfaces.page_view import ASSETS, article, asset, door, page, rest_html, text_html
from aitoll.agent.interfaces.problems import ProblemError
from aitoll.agent.interfaces.rest import Question, desk, failed, principal
from aitoll.agent.interfaces.streaming import Voice, event, streamed
from aitoll.agent.showing import web
from aitoll.agent.texts import row_name
from aitoll.tools.errors import AitollError, UnknownName
from aitoll.tools.facts import rows
from aitoll.tools.registry import calculator

page_routes = APIRouter(include_in_schema=False)
LANGUAGE = "aitoll_language"
MOST_COMPARED = 40


def spoken(request: Request) -> Language:
    """Asked for in the address, chosen before, or the first of the browser's that we speak."""
    asked = [request.query_params.get("lang", ""), request.cookies.get(LANGUAGE, "")]
    wished = [part.split(";")[0].strip()[:2].lower() for part in request.headers.get("accept-language", "").split(",")]
    from aitoll.settings import settings

    for one in [*asked, *wished]:
        if one == "fr":
            return "fr"
        if one == "en":
            return "en"
    return settings().language


@page_routes.get("/")
def index(request: Request, c: str | None = None) -> Response:
    language, who = spoken(request), principal(request)
    if not who:
        return HTMLResponse(door(language, wrong=False), 401)
    answers = owned.turns(who, c) if c and len(c) <= owned.LONGEST_ID else []
    made = HTMLResponse(page(language, answers))
    if who == "local":
        _open(request, made, request.app.state.guard.new_session())
    if request.query_params.get("lang") in ("fr", "en"):
        made.set_cookie(LANGUAGE, language, max_age=31_536_000, samesite="lax", httponly=True)
    return made


def _open(request: Request, made: Response, session: str | None) -> None:
    from aitoll.settings import settings

    days = max(1, settings().history_days)
    made.set_cookie(COOKIE, session or "", max_age=86_400 * days, httponly=True, samesite="lax", secure=request.url.scheme == "https")


@page_routes.post("/session")
async def enter(request: Request) -> Response:
    """A right key opens a session; the cookie holds no key."""
    said = parse_qs((await request.body()).decode("utf-8", "replace")).get("key", [""])[0]
    guard = request.app.state.guard
    session = guard.new_session(said)
    if session is None:
        guard.refuse_too_many(request.scope)
        return HTMLResponse(door(spoken(request), wrong=True), 401)
    made = RedirectResponse("/", 303)
    _open(request, made, session)
    return made


@page_routes.get("/static/{name}")
def static(name: str, request: Request) -> Response:
    if name not in ASSETS:
        raise UnknownName(table="static", name=name, near=[])
    body, tag = _asset(name)
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=ASSETS[name], headers=headers)


@cache
def _asset(name: str) -> tuple[bytes, str]:
    body = asset(name)
    return body, f'"{hashlib.sha256(body).hexdigest()[:20]}"'


@page_routes.get("/a/{token}")
def linked(token: str, request: Request) -> Response:
    found = feedback.linked(token)
    if found is None:
        raise ProblemError(404, "not_found", "this link leads nowhere, or its answer is no longer kept")
    answer = Answer.model_validate_json(found).model_copy(update={"conversation": None})
    return HTMLResponse(page(spoken(request), [answer], alone=True))


@page_routes.post("/page/ask")
async def ask(asked: Question, request: Request) -> StreamingResponse:
    work = partial(owned.ask_owned, principal(request), asked.question, asked.conversation, asked.language)
    language = spoken(request)
    return streamed(request, work, Voice(partial(_doing, language), _arriving, failed))


def _doing(language: Language, position: int, detail: str) -> str:
    said = web("waiting", language, position=position) if position else doing(detail, language)
    return event("progress", {"position": position, "said": said})


def _arriving(answer: Answer) -> Iterator[str]:
    """The text first, which is what is waited for; nothing of it is taken back."""
    yield event("begin", {"html": article(answer)})
    yield event("text", {"html": text_html(answer)})
    yield event("rest", {"html": rest_html(answer), "status": answer.status})


class Anew(BaseModel):
    inputs: dict[str, Any] = Field({}, max_length=100)
    language: Language = "en"
    over: str = ""
    values: list[Any] = Field([], max_length=MOST_COMPARED)


@page_routes.post("/page/calculate/{name}")
async def recalculate(name: str, asked: Anew, request: Request) -> dict[str, str]:
    return await _shown(name, asked, request, partial(results, name, asked.inputs, asked.language))


@page_routes.post("/page/compare/{name}")
async def compare(name: str, asked: Anew, request: Request) -> dict[str, str]:
    return await _shown(name, asked, request, partial(compared, name, asked.inputs, asked.over, asked.values, asked.language))


async def _shown(name: str, asked: Anew, request: Request, work: Callable[[], str]) -> dict[str, str]:
    """What was made, or why it cannot be: half a number, while it is typed, is no error of the page."""
    calculator(name)
    try:
        return {"html": await desk(request).run(work)}
    except AitollError as error:
        return {"problem": fault(error, name, asked.language)}


@page_routes.get("/page/names/{table}")
def names(table: str, lang: Language = "en") -> dict[str, str]:
    """Rows that a field can take, by id."""
    if table not in ("accelerators", "models", "grids", "facilities", "inference"):
        raise UnknownName(table="tables", name=table, near=[])
    return {id: row_name(table, id, lang) for id in rows(table)}
