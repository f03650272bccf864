"""One calculator on the command line: inputs as people write them, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aitoll import ask
from aitoll.agent.interfaces import calc
from aitoll.tools import sources
from aitoll.tools.facts import rows
from aitoll.tools.registry import calculate

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["gpus=1000", "time=30 days", "gpu=h100"], {"gpus": 1000, "hours": 720, "gpu": "h100-sxm"}),
        (["--gpus", "1k", "--days", "30", "--gpu=H100"], {"gpus": 1000, "hours": 720, "gpu": "h100-sxm"}),
        (["gpus=1000", "hours=1 month", "--power-kw", "700 W", "--pue", "1.1..1.3"],
         {"gpus": 1000, "hours": 730.5, "power_kw": 0.7, "pue": (1.1, 1.3)}),
    ],
)  # fmt: skip
def test_inputs_are_read_as_people_write_them(words: list[str], meant: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert calc.run("training_energy", words, as_json=True) == 0
    shown = json.loads(capsys.readouterr().out)[0]
    found = calculate("training_energy", **meant)[0]
    assert (shown["value"], shown["low"], shown["high"]) == pytest.approx((found.value, found.low, found.high))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gpus=3..1"], "put the lower end first"),
        (["gpus"], "by itself"),
        (["gpus="], "without a value"),
        (["gpus=many"], "use a number from 1 to 1e+08"),
        (["gpus=10", "cluster=perhaps"], "use yes or no"),
        (["gpus=10", "colour=red"], "gpu_budget takes"),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_do(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert calc.run("gpu_budget", words, as_json=False) == 2
    assert said in capsys.readouterr().err


def test_a_bare_option_is_a_yes(capsys: pytest.CaptureFixture[str]) -> None:
    assert calc.run("gpu_budget", ["--cluster", "--gpus", "10"], as_json=False) == 0
    assert "whole cluster" in capsys.readouterr().out


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The title of the source of a rent, whose review date has passed."""
    id = rows("accelerators")["h100-sxm"]["rental_usd_per_gpu_hour_source"]
    changed = {**rows("sources"), id: {**rows("sources")[id], "review_by": "2020-01-01"}}
    monkeypatch.setattr(sources, "rows", lambda _: changed)
    sources.source.cache_clear()
    yield changed[id]["title"]
    monkeypatch.undo()
    sources.source.cache_clear()


def test_an_answer_that_rests_on_an_overdue_row_warns(late: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert any(
        late in warning and "2020-01-01" in warning for warning in ask("How much does it cost to rent 512 H100s for 30 days?").warnings
    )
    assert calc.run("training_cost", ["gpu_hours=1000", "gpu=h100"], as_json=False) == 0
    assert late in capsys.readouterr().err


@pytest.mark.usefixtures("late")
def test_an_answer_that_rests_on_no_overdue_row_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert not ask("How much does it cost to rent 512 H100s for 30 days at $2 an hour?").warnings
    assert calc.run("training_cost", ["gpu_hours=1000", "price=2"], as_json=False) == 0
    assert capsys.readouterr().err == ""
