"""Every setting, read once from the environment and `.env`. A leaf that any room may import where it is used: loading takes 0.2 s."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class SettingsError(ValueError):
    """A setting that cannot be: the variable's name, its value (a secret's is not shown) and what would do."""

    def __init__(self, name: str, value: str, allowed: str) -> None:
        self.name, self.value, self.allowed = name, value, allowed
        super().__init__(f"{name}: {value} cannot be; {allowed}")


def variable(field: str) -> str:
    """`port` is AITOLL_PORT; what belongs to OpenAI or Slack keeps the name it is known by."""
    return field.upper() if field.startswith(("openai_", "slack_")) else f"AITOLL_{field.upper()}"


def _separate(keys: Any) -> Any:
    return [key.strip() for key in keys.split(",") if key.strip()] if isinstance(keys, str) else keys


def _whole(folder: Path) -> Path:
    return folder.expanduser().absolute()


def _own_folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path("aitoll", appauthor=False)


def _database(address: SecretStr) -> SecretStr:
    if not address.get_secret_value().startswith(("postgresql://", "sqlite:///")):
        raise ValueError("neither postgresql:// nor sqlite:///")
    return address


Secret = SecretStr | None
Address = Annotated[str, Field(pattern=r"^https?://[^\s/]\S*$")]
Keys = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_separate)]
Addresses = Annotated[tuple[Address, ...], NoDecode, BeforeValidator(_separate)]
Folder = Annotated[Path, AfterValidator(_whole)]
Database = Annotated[SecretStr, AfterValidator(_database)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Settings(BaseSettings):
    """A description says what the setting means and what would do: `.env.example` and SettingsError show it."""

    model_config = SettingsConfigDict(
        alias_generator=variable,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    openai_api_key: Secret = Field(None, description="key of an OpenAI-compatible endpoint")
    openai_base_url: Address | None = Field(None, description="http(s) address of an OpenAI-compatible endpoint; empty: OpenAI's own")
    model: str | None = Field(None, description="name of a language model there; empty: the rules answer, with no key and no network")
    model_api: Literal["auto", "chat", "responses"] = Field(
        "auto", description="how it is spoken to: chat completions, responses, or auto: responses at OpenAI's own address, chat elsewhere"
    )
    planner: Literal["model", "auto", "rules"] = Field(
        "model", description="with a model: model (every question), auto (the rules first, the model for what they are unsure of) or rules"
    )
    timeout_s: Number = Field(20, gt=0, le=600, description="seconds for a model's part of one answer, more than 0, at most 600")
    budget_usd_per_day: Number | None = Field(
        None, ge=0, description="US dollars of model calls in a user's day, 0 or more; empty: no bound"
    )
    embeddings: str = Field("auto", description="auto, embedded, lexical, or the name of an embedding model at OPENAI_BASE_URL")
    language: Literal["fr", "en"] = Field("en", description="fr or en, where a question's language cannot be told")
    usd_per_eur: Number | None = Field(
        None, ge=0.1, le=10, description="US dollars for one euro, from 0.1 to 10; empty: the dated rate that ships"
    )
    home: Folder = Field(
        default_factory=_own_folder,
        description="folder of the store and the conversations; empty: the user's data folder",
    )
    chroma_url: Address | None = Field(None, description="http(s) address of a Chroma server, for several processes; empty: embedded")
    database_url: Database | None = Field(
        None, description="postgresql://… for several processes or machines, or sqlite:///…; empty: SQLite in AITOLL_HOME"
    )
    history_turns: int = Field(20, ge=0, le=1000, description="turns of a conversation that are used, from 0 to 1000")
    history_days: int = Field(30, ge=0, le=3650, description="days that anything is kept, from 0 to 3650")
    host: str = Field("127.0.0.1", description="name or address that aitoll serve binds; anything but loopback needs AITOLL_API_KEYS")
    port: int = Field(8000, ge=0, le=65535, description="port of aitoll serve, from 0 (any that is free) to 65535")
    workers: int = Field(
        1, ge=1, le=64, description="processes of aitoll serve, from 1 to 64; more than one share one port and one database"
    )
    api_keys: Keys = Field((), description="keys of callers, comma-separated; needed to bind anything but loopback")
    origins: Addresses = Field(
        (), description="pages that may ask, comma-separated, such as https://costs.example.org; empty: only the server's own"
    )
    requests_per_minute: int = Field(
        30_000, ge=10, le=1_000_000, description="requests a minute of one key, session or address, from 10 to 1000000"
    )
    secret_key: Secret = Field(None, description="encrypts Slack tokens at rest; needed for several workspaces")
    slack_bot_token: Secret = Field(None, description="bot token of the Slack app, xoxb-…")
    slack_app_token: Secret = Field(None, description="app-level token of the Slack app, xapp-…, for socket mode")
    slack_signing_secret: Secret = Field(None, description="signing secret of the Slack app, for events over HTTP")
    slack_client_id: str | None = Field(None, description="client id of the Slack app, for several workspaces")
    slack_client_secret: Secret = Field(None, description="client secret of the Slack app, for several workspaces")
    slack_api_url: Address | None = Field(None, description="http(s) base address of the Slack Web API; empty: Slack's own")


@cache
def settings() -> Settings:
    """The settings of this process; SettingsError names the variable that cannot be. `settings.cache_clear()` reads anew."""
    try:
        return Settings()
    except ValidationError as fault:
        raise _refusal(fault.errors(include_url=False, include_context=False)[0]) from None
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsError(".env", str(fault), "a readable UTF-8 file, or none") from None


def _refusal(error: Any) -> SettingsError:
    name = str(error["loc"][0])
    field = next(field for key, field in Settings.model_fields.items() if variable(key) == name)
    value = "the value" if "SecretStr" in repr(field.annotation) else repr(error["input"])
    return SettingsError(name, value, field.description or error["msg"])
