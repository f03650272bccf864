"""Who has installed the app: one token from the settings, or one a workspace by OAuth, encrypted at rest."""

from __future__ import annotations

import base64
import json
import logging
import secrets
import time
from typing import TYPE_CHECKING, Any

from slack_sdk.oauth.installation_store import Bot, Installation, InstallationStore
from slack_sdk.oauth.state_store import OAuthStateStore
from slack_sdk.oauth.token_rotation import TokenRotator

from aitoll.settings import SettingsError

if TYPE_CHECKING:
    from logging import Logger

    from slack_sdk import WebClient

    from aitoll.agent.database import Database

STATE_S = 600


class Sealed:
    """Text encrypted with AITOLL_SECRET_KEY, whatever its length."""

    def __init__(self, key: str) -> None:
        from cryptography.fernet import Fernet
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        derived = HKDF(SHA256(), 32, salt=b"aitoll", info=b"slack installations").derive(key.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise SettingsError("AITOLL_SECRET_KEY", "the value", "it is not the key that the Slack tokens were encrypted with") from None


class Installations(InstallationStore):
    """One row a workspace, or an organisation; a whole installation is one sealed text."""

    def __init__(self, kept_in: Database, key: str) -> None:
        self._database, self._sealed = kept_in, Sealed(key)

    @property
    def logger(self) -> Logger:
        return logging.getLogger(__name__)

    def save(self, installation: Installation) -> None:
        whole = {**installation.to_dict_for_copying(), "user_token": None, "user_refresh_token": None}  # we never act as a person
        place = _place(installation.enterprise_id, installation.team_id, installation.is_enterprise_install)
        self._database.changed(
            "INSERT INTO slack_installations VALUES (?, ?, ?) ON CONFLICT (enterprise, team) DO UPDATE SET sealed = excluded.sealed",
            *(*place, self._sealed.seal(json.dumps(whole, default=str))),
        )

    def save_bot(self, bot: Bot) -> None:
        found = self.find_installation(
            enterprise_id=bot.enterprise_id, team_id=bot.team_id, is_enterprise_install=bot.is_enterprise_install
        )
        if found:
            found.bot_token, found.bot_refresh_token = bot.bot_token, bot.bot_refresh_token
            found.bot_token_expires_at = bot.bot_token_expires_at
            self.save(found)

    def find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,  # noqa: ARG002 (one installation a workspace, whoever made it)
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        for place in dict.fromkeys([_place(enterprise_id, team_id, is_enterprise_install), _place(enterprise_id, None, True)]):
            rows = self._database.rows("SELECT sealed FROM slack_installations WHERE enterprise = ? AND team = ?", *place)
            if rows:
                return Installation(**json.loads(self._sealed.open(rows[0][0])))
        return None

    def find_bot(self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False) -> Bot | None:
        found = self.find_installation(enterprise_id=enterprise_id, team_id=team_id, is_enterprise_install=is_enterprise_install)
        return found.to_bot() if found else None

    def delete_all(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        for place in (_place(enterprise_id, team_id, False), _place(None, team_id, False), _place(enterprise_id, None, team_id is None)):
            self._database.changed("DELETE FROM slack_installations WHERE enterprise = ? AND team = ? AND enterprise || team <> ''", *place)

    def delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        self.delete_all(enterprise_id=enterprise_id, team_id=team_id)

    def delete_installation(self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None) -> None:
        if user_id is None:
            self.delete_all(enterprise_id=enterprise_id, team_id=team_id)


def _place(enterprise: str | None, team: str | None, whole: bool | None) -> tuple[str, str]:
    return (enterprise or "", "") if whole else ("", team or "")


class States(OAuthStateStore):
    """The state of an installation under way: used once, within ten minutes, by whichever process gets the answer."""

    def __init__(self, kept_in: Database) -> None:
        self._database = kept_in

    @property
    def logger(self) -> Logger:
        return logging.getLogger(__name__)

    def issue(self, *args: Any, **kwargs: Any) -> str:  # noqa: ARG002
        state = secrets.token_urlsafe(32)
        self._database.changed("DELETE FROM slack_states WHERE issued < ?", time.time() - STATE_S)
        self._database.changed("INSERT INTO slack_states VALUES (?, ?)", state, time.time())
        return state

    def consume(self, state: str) -> bool:
        return self._database.changed("DELETE FROM slack_states WHERE state = ? AND issued >= ?", state, time.time() - STATE_S) == 1


def rotated(installations: Installations, bot: Bot, client: WebClient, client_id: str, client_secret: str) -> Bot:
    """The bot with a token that is good for the next half hour, where tokens rotate."""
    rotator = TokenRotator(client_id=client_id, client_secret=client_secret, client=client)
    fresh = rotator.perform_bot_token_rotation(bot=bot, minutes_before_expiration=30)
    if fresh is None:
        return bot
    installations.save_bot(fresh)
    return fresh
