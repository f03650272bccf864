"""REST, version 1: what is kept of conversations, feedback, links to answers."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from aitoll.agent import export, feedback, owned
from aitoll.agent.answer import Answer
from aitoll.agent.interfaces.problems import ProblemError
from aitoll.agent.interfaces.rest import principal
from aitoll.tools.errors import UnknownName

kept_api = APIRouter(prefix="/api/v1")


class Kept(BaseModel):
    id: str
    turns: int
    last_used: float
    first_question: str


class Gone(BaseModel):
    turns_deleted: int


@kept_api.get("/conversations", tags=["conversations"])
def conversations(request: Request) -> list[Kept]:
    """Yours, last used first; those of another key or session are not seen from here."""
    return [Kept(**one) for one in owned.listed(principal(request))]


@kept_api.get("/conversations/{id}", tags=["conversations"])
def conversation(id: str, request: Request) -> list[Answer]:
    """The Answers of a conversation, oldest first."""
    return _turns(request, id)


def _turns(request: Request, id: str, answer: str | None = None) -> list[Answer]:
    found = [one for one in owned.turns(principal(request), id) if answer in (None, one.id)]
    if not found:
        raise UnknownName(table="conversations", name=id if answer is None else answer, near=[])
    return found


@kept_api.get(
    "/conversations/{id}/export",
    tags=["conversations"],
    response_class=Response,
    responses={200: {"content": {kind: {"schema": {"type": "string"}} for kind, _ in export.KINDS.values()}}},
)
def exported(
    id: str, request: Request, kind: Annotated[export.Format, Query(alias="format")] = "markdown", answer: str | None = None
) -> Response:
    """A conversation, or one answer of it, to keep: Markdown, CSV, JSON, a page to print, SVG or PNG (the last two of one answer)."""
    return export_response(_turns(request, id, answer), kind)


def export_response(answers: list[Answer], kind: export.Format) -> Response:
    from aitoll.agent.charts import NoPicture

    media, ending = export.KINDS[kind]
    try:
        body = export.export(answers, kind)
    except NoPicture as error:
        raise ProblemError(501, "no_png", str(error)) from None
    headers = {} if kind == "html" else {"Content-Disposition": f'attachment; filename="aitoll.{ending}"'}
    return Response(body, media_type=media, headers=headers)


@kept_api.delete("/conversations/{id}", tags=["conversations"])
def delete_conversation(id: str, request: Request) -> Gone:
    """Delete it, with the feedback and the links that hang on it."""
    return Gone(turns_deleted=owned.forget(principal(request), id))


@kept_api.delete("/conversations", tags=["conversations"])
def delete_conversations(request: Request) -> Gone:
    return Gone(turns_deleted=owned.forget(principal(request)))


class Thumb(BaseModel, extra="forbid"):
    answer: str = Field(min_length=1, max_length=200, description="id of the Answer")
    thumb: feedback.Thumb
    reason: str = Field("", max_length=2000)
    conversation: str | None = Field(None, min_length=1, max_length=owned.LONGEST_ID)


class Said(BaseModel):
    answer: str
    thumb: feedback.Thumb
    reason: str
    conversation: str | None
    said: float


@kept_api.post("/feedback", tags=["feedback"], status_code=204, response_class=Response)
def say(given: Thumb, request: Request) -> None:
    """A thumb for an answer, with a reason; deleted with its conversation, or after AITOLL_HISTORY_DAYS."""
    feedback.say(principal(request), given.answer, given.thumb, given.reason, given.conversation)


@kept_api.get("/feedback", tags=["feedback"])
def said(request: Request) -> list[Said]:
    """What you said."""
    return [Said(**one) for one in feedback.said(principal(request))]


class Link(BaseModel):
    path: str


@kept_api.post("/conversations/{id}/answers/{answer}/link", tags=["conversations"])
def make_link(id: str, answer: str, request: Request) -> Link:
    """A permanent link to one answer, for as long as conversations are kept; who has it may read that answer."""
    found = _turns(request, id, answer)[0]
    return Link(path=f"/a/{feedback.link(principal(request), id, answer, found.model_dump_json())}")
