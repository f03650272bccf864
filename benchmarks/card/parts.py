"""The parts of the scorecard, in the order of the card: what each measures, and the files whose change makes it old."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from benchmarks.card.results import Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.card.figures import Measured

RULES = ("agent/*.py", "agent/rules/**/*.py", "agent/rules/**/*.yaml", "agent/texts/*.yaml", "tools/*.py", "tools/data/*.csv")
LIBRARY = ("knowledge/*.py", "knowledge/sources/*.yaml")
MODEL = ("agent/llm/*",)
SURFACES = ("agent/interfaces/*.py",)
PARSERS = (
    *(f"knowledge/{name}.py" for name in ("archive", "documents", "parsers", "pdf_files", "pdf_unseen", "web_pages")),
    *("tools/said.py", "tools/inputs.py", "tools/units.py", "tools/registry.py", "agent/batch.py", "agent/export.py", "agent/markup.py"),
    *(f"agent/interfaces/{name}.py" for name in ("calc", "calling", "openai_api", "openai_responses", "slack_markup")),
)


def _measure(module: str, function: str = "measure") -> Callable[[bool], list[Measured]]:
    """Loaded when it is measured: one part may need what another must not load."""
    return lambda short: list(getattr(import_module(f"benchmarks.card.{module}"), function)(short))


PARTS = (
    Part("truth", "How true", _measure("truth"), (*RULES, *LIBRARY, *SURFACES)),
    Part("understanding", "How well it understands", _measure("understanding"), (*RULES, *LIBRARY)),
    Part("speed", "How fast", _measure("speed"), (*RULES, *LIBRARY)),
    Part("growth", "How fast", _measure("growth"), (*RULES, *LIBRARY)),
    Part("faults", "How sturdy", _measure("faults"), (*RULES, *LIBRARY, *MODEL, *SURFACES)),
    Part("day", "How sturdy", _measure("day"), (*RULES, *LIBRARY, *SURFACES)),
    Part("attacks", "How safe", _measure("attacks"), (*RULES, *LIBRARY, *MODEL, *SURFACES)),
    Part("fuzz", "How safe", _measure("fuzz"), (*RULES, "agent/llm/plain.py", "agent/llm/references.py"), long=True),
    Part("hostile", "How safe", _measure("fuzz", "measure_hostile"), RULES, long=True),
    Part("parsers", "How safe", _measure("fuzz", "measure_parsers"), PARSERS, long=True),
    Part("dependencies", "How safe", _measure("dependencies"), ("constraints.txt", "requirements.lock"), long=True),
)
BY_NAME = {part.name: part for part in PARTS}
