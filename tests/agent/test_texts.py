"""Our sentences: both languages say the same things, in their own typography."""

from __future__ import annotations

import re
import string
from importlib.resources import files
from typing import Any

import pytest
import yaml

from aitoll.agent.texts import surface, texts
from aitoll.tools.facts import rows
from aitoll.tools.registry import CALCULATORS


def flat(entries: dict[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in entries.items():
        found.update(flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": str(value)})
    return found


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


SURFACES = ("web", "slack", "mcp", "llm")
ENGLISH = {**flat(texts("en")), **{key: text for name in SURFACES for key, text in flat(surface(name, "en"), f"{name}.").items()}}
FRENCH = {**flat(texts("fr")), **{key: text for name in SURFACES for key, text in flat(surface(name, "fr"), f"{name}.").items()}}


def test_both_languages_have_the_same_keys() -> None:
    assert ENGLISH.keys() == FRENCH.keys()


@pytest.mark.parametrize("key", ENGLISH)
def test_both_languages_fill_the_same_places(key: str) -> None:
    assert placeholders(ENGLISH[key]) == placeholders(FRENCH[key])


def test_french_marks_stand_after_a_narrow_space() -> None:
    assert [text for text in FRENCH.values() if re.search(r"(?<=[^\s\u202f])[;!?»]|(?<=[^\u202f\d*}])[ ][;:!?»]|«[^\u202f]", text)] == []


@pytest.mark.parametrize("name", CALCULATORS)
def test_every_input_has_a_label(name: str) -> None:
    known = texts("en")["labels"]
    assert [field for field in CALCULATORS[name].inputs.model_fields if field not in known] == []


def test_every_published_cost_of_a_model_says_what_it_holds() -> None:
    kinds = {cells["cost_kind"] for cells in rows("models").values() if cells["cost_usd"]}
    assert kinds == texts("en")["cost_kinds"].keys()


@pytest.mark.parametrize("name", ["rules/lexicon", "rules/words", "rules/units", "texts/en", "texts/fr"])
def test_our_words_are_read_the_same_without_the_c_library(name: str) -> None:
    """Where PyYAML has no libyaml its own parser reads them, and it is stricter."""
    text = files("aitoll.agent").joinpath(f"{name}.yaml").read_text("utf-8")
    assert yaml.load(text, yaml.SafeLoader) == yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
