"""Writes questions from the calculators' own inputs: every calculator, every input, every way of writing it, in both languages.

The same draw gives a French and an English question, so that twins must give the same figures.
"""

from __future__ import annotations

import itertools
import math
import re
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

import yaml

from aitoll.tools.facts import rows
from tests.questions.amounts import Drawn, draw, inputs, plain, say
from tests.questions.bank import HERE, Entry, is_held_out, pools

if TYPE_CHECKING:
    from collections.abc import Iterator

DRAWS = 6  # of each template
HOLE = re.compile(r"\{(\w+)\}")
#: "à de 2 à 3 $", "at from 2 to 3": the preposition of the sentence gives way to that of the range
SLIPS = re.compile(r"(?:égal à|à|de|d'|at|of|par) ((?:de|entre|from|between) [\d$€])")


@cache
def templates() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = yaml.safe_load((HERE / "templates.yaml").read_text("utf-8"))
    return found


@cache
def generated() -> tuple[Entry, ...]:
    """Every generated question, French and English, the same ones each time."""
    return tuple(itertools.chain.from_iterable(_of(tool, place, template) for tool, place, template in _numbered()))


def _numbered() -> Iterator[tuple[str, int, dict[str, Any]]]:
    for tool, found in templates().items():
        for place, template in enumerate(found):
            yield tool, place, template


def _of(tool: str, place: int, template: dict[str, Any]) -> Iterator[Entry]:
    wordings = [*zip(template["fr"], template["en"], strict=True)]
    for count in range(DRAWS * len(wordings)):
        french, english = wordings[count % len(wordings)]
        seed = f"{tool}-{place}-{count}"
        names = sorted({*HOLE.findall(french), *HOLE.findall(english)})
        drawn = _drawn(names, Random(seed), template)
        for lang, wording in (("fr", french), ("en", english)):
            yield _entry(f"{seed}-{lang}".replace("_", "-"), lang, wording, drawn, tool, template)


def _drawn(names: list[str], random: Random, template: dict[str, Any]) -> dict[str, Drawn | str]:
    """For each hole the row of a table, or a kind of unit with the ends of a value; at most one is a range."""
    may = [name for name in names if name in inputs() and inputs()[name][0].range]
    ranged = random.choice([*may, ""]) if random.random() < 0.4 and "figure" in template else ""
    found: dict[str, Drawn | str] = {}
    for name in names:
        pool = [*template.get("only", {}).get(name, pools().get(name, []))]
        found[name] = random.choice(pool) if pool else draw(name, random, ranged=name == ranged)
    return found


def _entry(id: str, lang: str, wording: str, drawn: dict[str, Drawn | str], tool: str, template: dict[str, Any]) -> Entry:
    random = Random(id)
    said = {name: say(found, lang, random) for name, found in drawn.items() if isinstance(found, Drawn)}
    names = {name: id for name, id in drawn.items() if isinstance(id, str)}
    texts = {**{name: _named(name, id, lang) for name, id in names.items()}, **{name: found.text for name, found in said.items()}}
    numbers = {name: (plain(found.low), plain(found.high)) for name, found in said.items()}
    wanted = template.get("arguments", [])
    met = {name: value for name, value in {**names, **{name: ends[0] for name, ends in numbers.items()}}.items() if name in wanted}
    return Entry(
        id=id,
        lang=lang,
        kind="generated",
        turns=[SLIPS.sub(lambda match: match[1], HOLE.sub(lambda match: texts[match[1]], wording))],
        status=["answered"],
        tool=tool,
        figures=[_figure(template["figure"], numbers, names)] if "figure" in template else [],
        arguments=[arguments] if (arguments := {**template.get("with", {}), **met}) else [],
        held_out=is_held_out(id),
    )


def _named(name: str, id: str, lang: str) -> str:
    if name == "place":
        return rows("grids")[id]["name_fr" if lang == "fr" else "name"]
    return id if name == "api_model" else str(pools()[name][id])


def _figure(wanted: dict[str, Any], numbers: dict[str, tuple[float, float]], names: dict[str, str]) -> dict[str, Any]:
    """The figure by the template's own formula; a range is worked at its ends."""
    known = {"floor": math.floor, **_facts(names)}
    corners = [
        eval(wanted["is"], {"__builtins__": {}}, {**known, **dict(zip(numbers, ends, strict=True))})
        for ends in itertools.product(*(dict.fromkeys(pair) for pair in numbers.values()))
    ]
    rest = {"unit": wanted["unit"], "tol": wanted.get("tol", 0.02)}
    if len(corners) == 1:
        return {"value": corners[0], **rest}
    return rest if "tol" in wanted else {"low": min(corners), "high": max(corners), **rest}


def _facts(names: dict[str, str]) -> dict[str, float]:
    """Rows of the tables that a formula may need."""
    chip, place = rows("accelerators")[names.get("gpu", "h100-sxm")], rows("grids")[names.get("place", "fra")]
    sent, received = pools()["api_model"][names.get("api_model", "gpt-4o")]
    prices = {"input_price": sent / 1e6, "output_price": received / 1e6}
    return {"flops": float(chip["bf16_flop_per_s"]), "grams": float(place["g_per_kwh"]), **prices}


def covered() -> dict[str, set[str]]:
    """For each calculator the inputs that some template gives."""
    return {tool: set().union(*map(_given, found)) for tool, found in templates().items()}


def _given(template: dict[str, Any]) -> set[str]:
    return {*template.get("with", {}), *(name for text in template["en"] for name in HOLE.findall(text))}
