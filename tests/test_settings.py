"""The settings: what is read, what is refused, and the one list of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from aitoll.settings import Settings, SettingsError, settings, variable

EXAMPLE = Path(__file__).parent.parent / ".env.example"


@pytest.fixture
def dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(Settings.model_config, "env_file", ".env")
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".env"


def test_the_example_lists_each_setting_with_its_line() -> None:
    lines = EXAMPLE.read_text("utf-8").splitlines()
    listed = [(name.partition("=")[0], comment.removeprefix("# ")) for comment, name in zip(lines[::2], lines[1::2], strict=True)]
    assert listed == [(variable(name), field.description) for name, field in Settings.model_fields.items()]


def test_the_example_taken_as_it_is_changes_nothing(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AITOLL_HOME")
    defaults = Settings()
    dotenv.write_text(EXAMPLE.read_text("utf-8"), "utf-8")
    assert Settings() == defaults


def test_the_environment_wins_over_the_file(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dotenv.write_text("AITOLL_PORT=9001\nAITOLL_LANGUAGE=fr\nSOMETHING_ELSE=1\n", "utf-8")
    monkeypatch.setenv("AITOLL_PORT", "9002")
    assert (settings().port, settings().language) == (9002, "fr")


def test_a_file_that_is_no_text_is_named(dotenv: Path) -> None:
    dotenv.write_bytes(b"AITOLL_PORT=\xff\xfe\n")
    with pytest.raises(SettingsError, match=r"^\.env: .* cannot be; a readable UTF-8 file"):
        settings()


def test_the_machines_own_variables_are_not_taken_for_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"HOST": "box", "LANGUAGE": "de:fr", "PORT": "none", "MODEL": "m", "DATABASE_URL": "mysql://x"}.items():
        monkeypatch.setenv(name, value)
    assert (settings().host, settings().language, settings().port, settings().model) == ("127.0.0.1", "en", 8000, None)


def test_an_empty_value_means_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITOLL_TIMEOUT_S", "")
    monkeypatch.setenv("AITOLL_MODEL", "")
    assert (settings().timeout_s, settings().model) == (20, None)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("AITOLL_PORT", "70000", "from 0"),
        ("AITOLL_PORT", "http", "from 0"),
        ("AITOLL_PLANNER", "magic", r"model \(every question\), auto"),
        ("AITOLL_LANGUAGE", "de", "fr or en"),
        ("AITOLL_TIMEOUT_S", "0", "more than 0, at most 600"),
        ("AITOLL_TIMEOUT_S", "nan", "more than 0, at most 600"),
        ("AITOLL_TIMEOUT_S", "1e400", "more than 0, at most 600"),
        ("AITOLL_BUDGET_USD_PER_DAY", "-1", "0 or more"),
        ("AITOLL_USD_PER_EUR", "0", "from 0.1 to 10"),
        ("AITOLL_HISTORY_TURNS", "-1", "from 0 to 1000"),
        ("OPENAI_BASE_URL", "localhost:8080", r"http\(s\) address"),
        ("AITOLL_CHROMA_URL", "file:///etc", r"http\(s\) address"),
        ("SLACK_API_URL", "slack", r"http\(s\) base address"),
    ],
)
def test_a_bad_value_names_the_variable_and_what_would_do(name: str, value: str, allowed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"^{name}: '{value}' cannot be; .*{allowed}") as caught:
        settings()
    assert (caught.value.name, caught.value.value) == (name, repr(value))


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hush")
    monkeypatch.setenv("AITOLL_API_KEYS", "sk-hush,other")
    monkeypatch.setenv("AITOLL_DATABASE_URL", "postgresql://me:sk-hush@localhost/db")
    assert "sk-hush" not in repr(settings())


def test_a_refused_secret_is_not_shown_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITOLL_DATABASE_URL", "mysql://me:sk-hush@localhost/db")
    with pytest.raises(SettingsError, match=r"^AITOLL_DATABASE_URL: the value cannot be; postgresql://") as caught:
        settings()
    assert "sk-hush" not in str(caught.value)


def test_keys_are_separated_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITOLL_API_KEYS", " one, two,,")
    assert [key.get_secret_value() for key in settings().api_keys] == ["one", "two"]


def test_a_home_is_a_whole_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AITOLL_HOME", "~/costs")
    assert settings().home == tmp_path / "costs"
