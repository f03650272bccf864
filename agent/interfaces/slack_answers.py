"""What a row asks for, as messages: an answer to a question, help, a recomputation, an answer shared."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from aitoll.agent.answer import Answer
from aitoll.agent.ask import answer, calculate
from aitoll.agent.conversations import conversation_of, export
from aitoll.agent.formatting import plain
from aitoll.agent.interfaces.slack_blocks import messages, say, text_messages, with_note
from aitoll.agent.interfaces.slack_files import attached
from aitoll.agent.interfaces.slack_markup import cut, escaped, mrkdwn
from aitoll.agent.interfaces.slack_views import recomputed
from aitoll.agent.rules.reading import read
from aitoll.agent.texts import label
from aitoll.settings import settings
from aitoll.tools.errors import AitollError

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from aitoll.agent.answer import Language
    from aitoll.agent.interfaces.slack_store import Job, Store

HELP = re.compile(r"\W*(help|aide|\?)?\W*", re.IGNORECASE)
LOCALES = 10_000


def made_for(job: Job, client: WebClient, store: Store) -> Job:
    """The row with its messages, and with its Answer where it has one."""
    if job.kind == "recompute":
        return replace(job, messages=_recomputed(job))
    if job.kind == "share":
        return replace(job, messages=_shared(job, store))
    question = str(job.body["text"])
    language = spoken(question, job, client)
    if HELP.fullmatch(question):
        return replace(job, messages=text_messages(help_text(language)))
    made = _answered(job, question, language)
    if job.body.get("overheard") and made.status == "out_of_scope":
        return replace(job, messages=[])
    private = job.kind == "command"
    found = messages(made, private=private)
    found = found if private else attached(made, found)
    return replace(job, answer_id=made.id, answer=made.model_dump_json(), messages=found)


def help_text(language: Language) -> str:
    prompts = {
        place: say(f"prompt_{number}", language)
        for place, number in zip(("first", "second", "third"), ("one", "two", "three"), strict=True)
    }
    return mrkdwn(say("help", language, **prompts))


def _answered(job: Job, question: str, language: Language) -> Answer:
    """Asked once: a row that is taken up after a crash finds what its conversation remembers of it."""
    id, conversation = uuid.uuid5(uuid.NAMESPACE_URL, job.key).hex, job.body.get("conversation")
    if conversation and job.attempts > 1:
        for turn in export(conversation):
            if turn["id"] == id:
                return Answer.model_validate(turn)
    return answer(question, conversation_of(conversation), language, id)


def spoken(question: str, job: Job, client: WebClient) -> Language:
    """The language of the question; where that cannot be told, of the person, else of the settings."""
    return read(question, lambda: locale(client, job.team, job.person)).language


def locale(client: WebClient, team: str, person: str) -> Language:
    try:
        return _locale(_Asker(client), team, person)
    except Exception:  # noqa: BLE001 (no scope, no network: the settings say)
        return settings().language


class _Asker:
    """A client that is no part of the key under which a locale is remembered."""

    def __init__(self, client: WebClient) -> None:
        self.client = client

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asker)

    def __hash__(self) -> int:
        return 0


@lru_cache(LOCALES)
def _locale(asker: _Asker, team: str, person: str) -> Language:  # noqa: ARG001 (a person's id is unique in a team only)
    found = asker.client.users_info(user=person, include_locale=True)
    return "fr" if str(found["user"].get("locale", "")).lower().startswith("fr") else "en"


def _recomputed(job: Job) -> list[dict[str, Any]]:
    language: Language = job.body["language"]
    values: dict[str, Any] = job.body["values"]
    said = ", ".join(f"{label(name, language)} = {_typed(value, language)}" for name, value in values.items())
    note = say("recomputed", language, user=job.person, changes=escaped(said))
    try:
        return recomputed(calculate(job.body["tool"], language, **{**job.body["arguments"], **values}), note, language)
    except AitollError as error:
        return text_messages(f"{note}\n{escaped(cut(str(error), 500))}")


def _typed(value: Any, language: Language) -> str:
    return " .. ".join(plain(end, language) for end in (value if isinstance(value, list | tuple) else [value]))


def _shared(job: Job, store: Store) -> list[dict[str, Any]]:
    found = store.answer(str(job.body["answer"]), job.team)
    language: Language = job.body["language"]
    if found is None:
        return text_messages(say("gone", language))
    return with_note(messages(Answer.model_validate(json.loads(found))), say("shared", language, user=job.person))
