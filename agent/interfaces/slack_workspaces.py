"""Which token speaks in which workspace: the one of the settings, or the one that the workspace's installation brought."""

from __future__ import annotations

import logging
import re
import threading
import time
from typing import TYPE_CHECKING, Any

from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from aitoll.agent.interfaces.slack_installations import Installations, rotated
from aitoll.settings import SettingsError, settings, variable

if TYPE_CHECKING:
    from pydantic import SecretStr

    from aitoll.agent.interfaces.slack_store import Store

log = logging.getLogger(__name__)
SLACK = "https://slack.com/api/"
PATIENCE_S = 10

TOKEN = re.compile(r"\b(?:xox[a-z]|xapp|xoxe)[.-][\w.-]+")


def _redacted(record: logging.LogRecord) -> bool:
    record.msg, record.args = TOKEN.sub("(redacted)", record.getMessage()), ()
    return True


logging.getLogger("slack_sdk.web.base_client").addFilter(_redacted)  # at DEBUG it tells every response, that of an installation too


def secret(field: str) -> str:
    """A setting that is a secret; SettingsError where it is needed and unset."""
    found: SecretStr | str | None = getattr(settings(), field)
    if not found:
        description = type(settings()).model_fields[field].description
        raise SettingsError(variable(field), "nothing", f"it is needed here: {description}")
    return found if isinstance(found, str) else found.get_secret_value()


def client(token: str | None = None) -> WebClient:
    address = settings().slack_api_url or SLACK
    return WebClient(token=token, base_url=address.rstrip("/") + "/", timeout=PATIENCE_S)


def several() -> bool:
    """Several workspaces by OAuth, rather than one by its token."""
    return bool(settings().slack_client_id and settings().slack_client_secret)


class Workspaces:
    """Tokens, looked up without a call to Slack, so that an acknowledgement never waits for one."""

    def __init__(self, store: Store) -> None:
        self.installations = Installations(store.database, secret("secret_key")) if several() else None
        self._token = None if several() else secret("slack_bot_token")
        self._self: dict[str, Any] = {}
        self._asked = -60.0
        self._asking = threading.Lock()

    def client(self, team: str, enterprise: str | None = None) -> WebClient | None:
        """A client that speaks in this workspace; None where we are not installed."""
        if self.installations is None:
            return client(self._token)
        bot = self.installations.find_bot(enterprise_id=enterprise, team_id=team)
        if bot is None:
            return None
        fresh = rotated(self.installations, bot, client(), secret("slack_client_id"), secret("slack_client_secret"))
        return client(fresh.bot_token)

    def authorize(self, enterprise_id: str | None, team_id: str | None, user_id: str | None = None) -> AuthorizeResult | None:
        """For Bolt: who we are in the workspace of a request."""
        place = {"enterprise_id": enterprise_id, "team_id": team_id, "user_id": user_id}
        if self.installations is None:
            known = self._who()
            return AuthorizeResult(**place, bot_token=self._token, bot_user_id=known.get("user_id"), bot_id=known.get("bot_id"))
        bot = self.installations.find_bot(enterprise_id=enterprise_id, team_id=team_id)
        return AuthorizeResult(**place, bot_token=bot.bot_token, bot_user_id=bot.bot_user_id, bot_id=bot.bot_id) if bot else None

    def _who(self) -> dict[str, Any]:
        """Ourselves, asked of Slack once; while Slack does not say, asked again once a minute. Without it a mention cannot be told."""
        with self._asking:
            if not self._self and time.monotonic() - self._asked > 60:
                self._asked = time.monotonic()
                try:
                    asking = client(self._token)
                    asking.timeout = 2  # an acknowledgement waits for it, this once
                    found = asking.auth_test()
                    self._self = {"user_id": found.get("user_id"), "bot_id": found.get("bot_id")}
                except Exception as error:  # noqa: BLE001 (whatever is wrong with Slack, what it sends us is kept)
                    log.warning("Slack does not say who we are: %s", error)
            return self._self
