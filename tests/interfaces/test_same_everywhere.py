"""The command and REST give for every calculator what every other embedding is held to; wrong arguments name the field."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from aitoll.__main__ import main
from aitoll.agent.interfaces.web import create_app
from aitoll.tools.registry import CALCULATORS
from tests.interfaces.samples import WRONG, asked, expected
from tests.interfaces.web_server import listening

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REFUSED = [(name, said, field) for name, said, field, _ in WRONG if name in CALCULATORS]


@pytest.fixture(scope="module")
def rest(home: Path) -> Iterator[httpx.Client]:  # noqa: ARG001 (before the server reads its settings)
    with listening(create_app()) as address, httpx.Client(base_url=f"{address}/api/v1/calculate", trust_env=False, timeout=60) as client:
        yield client


def on_the_command_line(inputs: dict[str, Any]) -> list[str]:
    """Inputs as a person types them: a range with two dots."""
    shown = {
        name: "..".join(map(str, value.values() if isinstance(value, dict) else value)) for name, value in inputs.items() if _ranged(value)
    }
    return [
        part for name, value in {**inputs, **shown}.items() for part in (f"--{name}", str(value).lower() if value is True else str(value))
    ]


def _ranged(value: Any) -> bool:
    return isinstance(value, dict | list)


@pytest.mark.parametrize("name", CALCULATORS)
def test_the_command_prints_the_figures(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["calc", name, *on_the_command_line(asked(name)), "--json"])
    assert (code, json.loads(capsys.readouterr().out)) == (0, list(expected(name)))


@pytest.mark.parametrize("name", CALCULATORS)
def test_rest_gives_the_figures(name: str, rest: httpx.Client) -> None:
    assert rest.post(f"/{name}", json=asked(name)).json() == list(expected(name))


@pytest.mark.parametrize(("name", "said", "field"), REFUSED)
def test_rest_names_the_field_of_a_wrong_argument(name: str, said: dict[str, Any], field: str, rest: httpx.Client) -> None:
    response = rest.post(f"/{name}", json=said)
    told = response.json()
    facts = told["facts"]
    named = facts.get("field") or facts.get("table") or facts.get("needs")
    assert (400 <= response.status_code < 500, bool(told["detail"]), bool(named)) == (True, True, True)
    assert facts.get("field", field) == field
