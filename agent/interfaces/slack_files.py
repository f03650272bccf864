"""An answer too long for a thread: its beginning with its buttons, and the whole as a file; as messages where files are refused."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from slack_sdk.errors import SlackRequestError

from aitoll.agent.interfaces.slack_blocks import buttons, context, message, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slack_sdk import WebClient

    from aitoll.agent.answer import Answer, Citation
    from aitoll.agent.interfaces.slack_store import Job

Message = dict[str, Any]
MOST_MESSAGES = 3


def attached(answer: Answer, whole: list[Message]) -> list[Message]:
    """At most so many messages, else two: the second is a file, and says which messages go out instead where it cannot."""
    if len(whole) <= MOST_MESSAGES:
        return whole
    note = say("attached", answer.language)
    first = message(whole[0]["text"], [whole[0]["blocks"][0], context(note), *buttons(answer, private=False)])
    name = f"aitoll-{uuid.uuid5(uuid.NAMESPACE_URL, answer.id).hex[:12]}.md"
    file = {"name": name, "title": say("sources_and_all", answer.language), "content": as_markdown(answer)}
    return [first, {"text": note, "file": file, "instead": whole[1:]}]


def as_markdown(answer: Answer) -> str:
    sources = [f"{found.number}. {_line(found)}" for found in answer.citations]
    parts = [f"> {answer.question}", answer.text, *answer.warnings, f"## {say('sources', answer.language)}", "\n".join(sources)]
    return "\n\n".join(parts) + "\n"


def _line(found: Citation) -> str:
    return ", ".join(part for part in (found.title, found.author, found.publisher, found.date, found.place, found.url) if part)


def without_files(messages: Iterable[Message]) -> list[Message]:
    return [part for one in messages for part in (one["instead"] if "file" in one else [one])]


def upload(client: WebClient, job: Job, part: Message) -> str:
    """Into the thread; what fails before the last step has left nothing to see, and may be tried again."""
    file = part["file"]
    try:
        sent = client.files_upload_v2(
            channel=job.channel,
            thread_ts=job.thread or None,
            filename=file["name"],
            title=file["title"],
            content=file["content"],
            initial_comment=part["text"],
        )
    except SlackRequestError as error:
        raise OSError(str(error)) from error
    return str(sent["files"][0]["id"])


def holds(found: Message, part: Message) -> bool:
    """Whether a message of Slack's has this file: its name is of this answer alone."""
    return any(file.get("name") == part["file"]["name"] for file in found.get("files") or [])
