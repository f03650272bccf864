"""One message to Slack: sent, surely not sent, or unknown; and whether a message of ours is already there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler
from slack_sdk.webhook import WebhookClient

from aitoll.agent.interfaces.slack_files import holds, upload
from aitoll.settings import settings

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from aitoll.agent.interfaces.slack_store import Job

EVENT = "aitoll_answer"
HOOKS = "hooks.slack.com"
TOO_MUCH = {
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_blocks_too_long",
    "msg_too_long",
    "markdown_text_conflict",
    "invalid_attachments",
}
SHAKY = {"fatal_error", "internal_error", "request_timeout", "service_unavailable"}
SLOW_DOWN = {"ratelimited", "rate_limited", "message_limit_exceeded"}


class Later(Exception):
    """Not sent, surely: again after so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"again in {seconds} s")


class Unknown(Exception):
    """The line broke: it may have arrived."""

    seconds: float | None = None


class TooMuch(Exception):
    """Slack refuses the form of the message, not its place."""


class Refused(Exception):
    """Slack refuses, and would again."""


def send(client: WebClient, job: Job, part: int, message: dict[str, Any]) -> str:
    """Post one part of an answer; where it stands."""
    try:
        if "file" in message:
            return _attach(client, job, message)
        if job.body.get("response_url"):
            return _respond(str(job.body["response_url"]), job, message)
        client.retry_handlers = []  # a lost connection is no licence to post twice
        mark = {"event_type": EVENT, "event_payload": {"job": job.key, "part": part}}
        sent = client.chat_postMessage(channel=job.channel, thread_ts=job.thread or None, metadata=mark, **message)
        return str(sent["ts"])
    except SlackApiError as error:
        raise _sorted(error) from error
    except OSError as error:
        raise Unknown(str(error)) from error


def _attach(client: WebClient, job: Job, message: dict[str, Any]) -> str:
    """A file; what refuses it refuses the form, not the place: there are messages instead."""
    client.retry_handlers = []
    try:
        return upload(client, job, message)
    except SlackApiError as error:
        fault = _sorted(error)
        raise (TooMuch(str(fault)) if isinstance(fault, Refused) else fault) from error


def finish(client: WebClient, job: Job, message: dict[str, Any]) -> str:
    """The first part, in the message that grew while it was made."""
    place: dict[str, Any] = {"channel": job.channel, "ts": job.stream}
    mark = {"event_type": EVENT, "event_payload": {"job": job.key, "part": 0}}
    client.retry_handlers = []
    try:
        try:
            if "blocks" in message:
                return str(client.chat_stopStream(**place, blocks=message["blocks"], metadata=mark)["ts"])
            client.chat_stopStream(**place)
        except SlackApiError as error:
            if not isinstance(fault := _sorted(error), Refused):
                raise fault from error
        kept = {name: value for name, value in message.items() if name in ("text", "blocks")}
        client.chat_update(**place, **kept, metadata=mark)  # it had stopped growing, or is text alone
    except SlackApiError as error:
        fault = _sorted(error)
        if isinstance(fault, Refused):
            return send(client, job, 0, message)
        raise fault from error
    except OSError as error:
        raise Unknown(str(error)) from error
    return job.stream


def _sorted(error: SlackApiError) -> Exception:
    status, headers = getattr(error.response, "status_code", 0), getattr(error.response, "headers", {})
    said = str(error.response.get("error", "")) if hasattr(error.response, "get") else ""
    if status == 429 or said in SLOW_DOWN:
        return Later(_seconds(headers))
    if status >= 500 or said in SHAKY or not said:
        return Unknown(said or str(status))
    return TooMuch(said) if said in TOO_MUCH else Refused(said)


def _seconds(headers: Any) -> float:
    found = {str(name).lower(): value for name, value in headers.items()}.get("retry-after", "1")
    text = found[0] if isinstance(found, list) else found
    return min(3600.0, float(text)) if str(text).isdigit() else 1.0


def _respond(url: str, job: Job, message: dict[str, Any]) -> str:
    """Answer a command where it was given, for its asker only or, when shared, for all."""
    if not _slacks(url):
        raise Refused("response_url is not Slack's")
    said = {**message, "response_type": "in_channel" if job.kind == "share" else "ephemeral", "replace_original": False}
    found = WebhookClient(url, timeout=10, retry_handlers=[]).send_dict(said)
    if found.status_code == 429:
        raise Later(_seconds(found.headers))
    if found.status_code >= 500:
        raise Unknown(str(found.status_code))
    if found.status_code != 200:
        raise (TooMuch if found.body.strip() in TOO_MUCH else Refused)(found.body[:200])
    return "responded"


def _slacks(url: str) -> bool:
    """No address but Slack's own, or that of the gateway in the settings."""
    address, gateway = urlsplit(url), urlsplit(settings().slack_api_url or "")
    return (address.scheme == "https" and address.hostname == HOOKS) or bool(gateway.netloc and address.netloc == gateway.netloc)


def there(client: WebClient, job: Job, part: int) -> str | None:
    """Where this part stands already, if whoever tried to post it succeeded."""
    if job.body.get("response_url"):
        raise Unknown("an ephemeral answer cannot be looked up")
    client.retry_handlers = [ConnectionErrorRetryHandler()]
    cursor = None
    try:
        for _ in range(10):
            found = _page(client, job, cursor)
            for message in found.get("messages", []):
                mark = message.get("metadata") or {}
                if "file" in job.messages[part] and holds(message, job.messages[part]):
                    return str(message["ts"])
                if mark.get("event_type") == EVENT and mark.get("event_payload") == {"job": job.key, "part": part}:
                    return str(message["ts"])
            cursor = (found.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
    except SlackApiError as error:
        fault = _sorted(error)
        raise _still(fault) if isinstance(fault, Later) else fault from error
    except OSError as error:
        raise Unknown(str(error)) from error
    raise Unknown("the thread is too long to be looked through")


def _still(wait: Later) -> Unknown:
    fault = Unknown(str(wait))
    fault.seconds = wait.seconds
    return fault


def _page(client: WebClient, job: Job, cursor: str | None) -> Any:
    since = job.ordered or job.thread
    if job.thread:
        return client.conversations_replies(
            channel=job.channel, ts=job.thread, oldest=since, limit=200, cursor=cursor, include_all_metadata=True
        )
    return client.conversations_history(channel=job.channel, oldest=since, limit=200, cursor=cursor, include_all_metadata=True)
