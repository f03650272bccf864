"""Slack: what arrives is kept, then acknowledged; the workers answer. Socket mode here, HTTP mode in slack_http.py."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from slack_bolt import App

from aitoll.agent.answer import Answer
from aitoll.agent.ask import ask
from aitoll.agent.interfaces.slack_answers import HELP, help_text, locale
from aitoll.agent.interfaces.slack_blocks import say
from aitoll.agent.interfaces.slack_manifest import COMMAND
from aitoll.agent.interfaces.slack_markup import question_of
from aitoll.agent.interfaces.slack_store import Job, Store, store
from aitoll.agent.interfaces.slack_views import details, gone, recompute, typed
from aitoll.agent.interfaces.slack_work import Crew
from aitoll.agent.interfaces.slack_workspaces import Workspaces, client, secret
from aitoll.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_bolt import Ack, BoltContext
    from slack_bolt.authorization import AuthorizeResult
    from slack_sdk import WebClient


log = logging.getLogger(__name__)
log.addFilter(lambda record: "`token` will be unused" not in record.getMessage())  # of Bolt, which reads SLACK_BOT_TOKEN by itself
LONGEST_SENT = 12_000
SPOKEN = {None, "file_share", "thread_broadcast"}  # subtypes of a message that a person wrote


class Intake:
    """The listeners. Each keeps what was asked and returns; what calls Slack runs after the acknowledgement."""

    def __init__(self, store: Store, workspaces: Workspaces, wake: Callable[[], None]) -> None:
        self._store, self._workspaces, self._wake = store, workspaces, wake
        self.counts: Counter[str] = Counter()
        self._counting = threading.Lock()

    def count(self, what: str, times: int = 1) -> None:
        with self._counting:
            self.counts[what] += times

    def _keep(self, job: Job) -> bool:
        new = self._store.keep(job)
        self.count("kept" if new else "duplicate")
        if new:
            self._wake()
        return new

    # Messages

    def mentioned(self, event: dict[str, Any], body: dict[str, Any], context: BoltContext) -> None:
        self._ask(event, body, context)

    def message(self, event: dict[str, Any], body: dict[str, Any], context: BoltContext) -> None:
        subtype = event.get("subtype")
        if subtype == "message_changed":
            self._edited(event, context)
        elif subtype == "message_deleted":
            self.count("deleted", self._store.drop(f"{event['channel']}:{event.get('deleted_ts')}"))
        elif subtype in SPOKEN and self._is_for_us(event, context):
            self._ask(event, body, context)
        else:
            self.count("ignored")

    def _is_for_us(self, event: dict[str, Any], context: BoltContext) -> bool:
        """A direct message; a mention, whichever event brings it; who asked us in a thread going on there, to nobody else."""
        text, thread = str(event.get("text", "")), event.get("thread_ts")
        if _direct(event) or (context.bot_user_id and f"<@{context.bot_user_id}>" in text):
            return True
        return bool(thread and not text.startswith("<@") and self._store.asked_in(event["channel"], thread, event.get("user", "")))

    def _ask(self, event: dict[str, Any], body: dict[str, Any], context: BoltContext) -> None:
        if event.get("bot_id") or event.get("bot_profile") or not event.get("user") or event.get("hidden"):
            self.count("ignored")
            return
        channel, ts, person = event["channel"], event["ts"], event["user"]
        team, thread = body.get("team_id") or context.team_id or "", event.get("thread_ts") or ts
        sent = str(event.get("text", ""))[:LONGEST_SENT]
        mentioned = bool(context.bot_user_id and f"<@{context.bot_user_id}>" in sent) or event.get("type") == "app_mention"
        said = {
            "text": question_of(sent, context.bot_user_id),
            "conversation": ":".join(["slack", team, channel, thread, *([person] if _direct(event) else [])]),
            "enterprise": context.enterprise_id,
            "overheard": not mentioned and not _direct(event),
        }
        self._keep(Job(f"{channel}:{ts}", "message", team, channel, thread, person, said, ordered=ts))

    def _edited(self, event: dict[str, Any], context: BoltContext) -> None:
        message = event.get("message", {})
        text = question_of(str(message.get("text", ""))[:LONGEST_SENT], context.bot_user_id)
        self.count("edited", self._store.edit(f"{event['channel']}:{message.get('ts')}", text))

    # Command

    def command(self, body: dict[str, Any], context: BoltContext, ack: Ack) -> None:
        text = question_of(str(body.get("text", ""))[:LONGEST_SENT], context.bot_user_id)
        if HELP.fullmatch(text):
            ack(help_text("fr" if "aide" in text.lower() else settings().language))
            return
        team, channel, trigger = str(body["team_id"]), str(body["channel_id"]), str(body["trigger_id"])
        said = {
            "text": text,
            "response_url": body["response_url"],
            "conversation": f"slack:{team}:{channel}:command:{body['user_id']}",
            "enterprise": context.enterprise_id,
        }
        self._keep(Job(f"command:{trigger}", "command", team, channel, "", str(body["user_id"]), said, ordered=_now()))
        ack()

    # Buttons and modals

    def acknowledge(self, ack: Ack) -> None:
        ack()

    def show_details(self, body: dict[str, Any], client: WebClient) -> None:
        client.views_open(trigger_id=body["trigger_id"], view=self._view(body, lambda found: details(found)))

    def show_recompute(self, body: dict[str, Any], client: WebClient) -> None:
        message, channel = body.get("message") or {}, (body.get("channel") or {}).get("id", "")
        place = {"channel": channel, "thread": message.get("thread_ts") or message.get("ts") or ""}
        if (body.get("container") or {}).get("is_ephemeral"):
            place = {"channel": channel, "thread": "", "response_url": body.get("response_url", "")}
        client.views_open(trigger_id=body["trigger_id"], view=self._view(body, lambda found: recompute(found, place)))

    def _view(self, body: dict[str, Any], of: Callable[[Answer], dict[str, Any]]) -> dict[str, Any]:
        found = self._answer(body)
        return of(found) if found else gone(settings().language)

    def _answer(self, body: dict[str, Any]) -> Answer | None:
        found = self._store.answer(str(body["actions"][0].get("value", "")), _team(body))
        return Answer.model_validate_json(found) if found else None

    def submitted(self, body: dict[str, Any], view: dict[str, Any], context: BoltContext, ack: Ack) -> None:
        place = json.loads(view["private_metadata"])
        values, wrong = typed(view, place["language"])
        if wrong or not values:
            first = next(iter(view["state"]["values"]), "")
            ack(response_action="errors", errors=wrong or {first: say("no_number", place["language"])})
            return
        found = self._store.answer(place["answer"], _team(body))
        steps = [step for step in Answer.model_validate_json(found).steps if step.tool == place["tool"]] if found else []
        said = {
            "tool": place["tool"],
            "arguments": steps[0].arguments if steps else {},
            "values": values,
            "language": place["language"],
            "enterprise": context.enterprise_id,
            "response_url": place.get("response_url") or None,
        }
        person = str(body["user"]["id"])
        self._keep(Job(f"view:{view['id']}", "recompute", _team(body), place["channel"], place["thread"], person, said, ordered=_now()))
        ack()

    def shared(self, body: dict[str, Any], context: BoltContext, ack: Ack) -> None:
        id, channel, person = str(body["actions"][0]["value"]), body["channel"]["id"], body["user"]["id"]
        found = self._answer(body)
        said = {
            "answer": id,
            "response_url": body["response_url"],
            "language": found.language if found else settings().language,
            "enterprise": context.enterprise_id,
        }
        self._keep(Job(f"share:{id}:{channel}", "share", _team(body), channel, "", person, said, ordered=_now()))
        ack()

    def rated(self, body: dict[str, Any], ack: Ack) -> None:
        thumb, _, id = str(body["actions"][0].get("value", "")).partition(":")
        if thumb in ("up", "down") and self._store.rate(id, _team(body), str(body["user"]["id"]), "up" if thumb == "up" else "down"):
            self.count(f"thumbs_{thumb}")
        ack()

    def thank(self, body: dict[str, Any], client: WebClient) -> None:
        language, message = locale(client, _team(body), body["user"]["id"]), body.get("message") or {}
        thread = message.get("thread_ts") or message.get("ts")
        client.chat_postEphemeral(channel=body["channel"]["id"], user=body["user"]["id"], thread_ts=thread, text=say("thanks", language))

    # Arrival and departure

    def opened(self, event: dict[str, Any], body: dict[str, Any], client: WebClient) -> None:
        """Prompts to begin with, in the agent view or in the older assistant pane."""
        pane = event.get("assistant_thread") or {}
        channel, person = pane.get("channel_id") or event.get("channel"), pane.get("user_id") or event.get("user", "")
        if event.get("tab", "messages") != "messages" or not channel:
            return
        language = locale(client, body.get("team_id", ""), person)
        prompts = [{"title": text, "message": text} for text in (say(f"prompt_{n}", language) for n in ("one", "two", "three"))]
        client.assistant_threads_setSuggestedPrompts(channel_id=channel, thread_ts=pane.get("thread_ts"), prompts=prompts)

    def removed(self, event: dict[str, Any], body: dict[str, Any]) -> None:
        """Tokens, events, feedback and conversations of a workspace that removed us."""
        if event["type"] == "tokens_revoked" and not event.get("tokens", {}).get("bot"):
            return
        team = str(body["team_id"])
        if self._workspaces.installations:
            self._workspaces.installations.delete_all(enterprise_id=body.get("enterprise_id"), team_id=team)
        self._store.forget_team(team)
        self.count("removed")


def _direct(event: dict[str, Any]) -> bool:
    return event.get("channel_type") == "im" or str(event.get("channel", "")).startswith("D")


def _team(body: dict[str, Any]) -> str:
    return str((body.get("team") or {}).get("id") or body.get("team_id") or (body.get("user") or {}).get("team_id") or "")


def _now() -> str:
    return f"{time.time():.6f}"


def bolt(intake: Intake, workspaces: Workspaces, signing_secret: str = "") -> App:
    """The Bolt app. A listener runs before the acknowledgement, so that nothing is acknowledged that is not kept."""

    def authorize(enterprise_id: str | None, team_id: str | None, user_id: str | None) -> AuthorizeResult | None:
        return workspaces.authorize(enterprise_id, team_id, user_id)  # Bolt reads the names of a plain function

    app = App(
        name="aitoll",
        client=client(),
        authorize=authorize,  # type: ignore[arg-type]  # None is Bolt's word for a workspace without us
        signing_secret=signing_secret or "unused",
        process_before_response=True,
        logger=log,
    )
    nothing = intake.acknowledge
    app.event("app_mention")(intake.mentioned)
    app.event("message")(intake.message)
    app.command(COMMAND)(intake.command)
    app.action("details")(ack=nothing, lazy=[intake.show_details])
    app.action("recompute")(ack=nothing, lazy=[intake.show_recompute])
    app.action("share")(intake.shared)
    app.action("feedback")(ack=intake.rated, lazy=[intake.thank])
    app.view("recompute")(intake.submitted)
    app.event(re.compile("app_home_opened|assistant_thread_started"))(ack=nothing, lazy=[intake.opened])
    app.event(re.compile("app_uninstalled|tokens_revoked"))(intake.removed)
    app.event(re.compile("app_context_changed|assistant_thread_context_changed"))(nothing)
    return app


def socket_mode() -> int:
    """Answer through a socket that we open ourselves, until the process is told to stop."""
    import signal

    from slack_bolt.adapter.socket_mode import SocketModeHandler

    kept, end = store(), threading.Event()
    workspaces = Workspaces(kept)
    crew = Crew(kept, workspaces)
    handler = SocketModeHandler(bolt(Intake(kept, workspaces, crew.wake.set), workspaces), secret("slack_app_token"))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: end.set())
    crew.start()
    threading.Thread(target=_warm, daemon=True, name="aitoll-slack-warm").start()
    handler.connect()  # type: ignore[no-untyped-call]
    log.info("Slack: listening")
    end.wait()
    handler.close()  # type: ignore[no-untyped-call]
    crew.stop()
    return 0


def _warm() -> None:
    """The library and its vectors are read before the first one asks."""
    ask("Why does training cost so much?", language="en")
