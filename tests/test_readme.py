"""The first screen of the README is real: its answers are those of this version."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aitoll import ask, calculate

if TYPE_CHECKING:
    from tests.conftest import Python

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
SHOWN = re.findall(r'```console\n\$ aitoll "(.+?)"\n\n(.*?)\n```', README, re.DOTALL)


def test_a_french_and_an_english_answer_are_shown() -> None:
    assert [ask(question).language for question, _ in SHOWN] == ["en", "fr"]


@pytest.mark.parametrize(("question", "shown"), SHOWN, ids=[question[:30] for question, _ in SHOWN])
def test_the_answer_shown_is_the_answer_given(
    question: str, shown: str, python: Python, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    given = python("-m", "aitoll", question, cwd=tmp_path).stdout
    assert [line.rstrip() for line in given.strip().splitlines()] == [line.rstrip() for line in shown.strip().splitlines()]


def test_the_python_example_runs() -> None:
    scope: dict[str, object] = {}
    exec(re.search(r"```python\n(.*?)```", README, re.DOTALL)[1], scope)  # type: ignore[index]
    assert scope["figure"] == ask("CO2 of 10 GWh in France?").figures[0]
    assert scope["gpus"] == calculate("gpu_budget", gpu="b200", gpus=30_000, unit_price=(30_000, 40_000))
