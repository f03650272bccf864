"""What is being done for an answer, and what was done, in the reader's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitoll.agent.markup import Safe, tag
from aitoll.agent.showing import web
from aitoll.agent.texts import label, surface

if TYPE_CHECKING:
    from aitoll.agent.answer import Answer, Language, Step


def doing(detail: str, language: Language) -> str:
    """A tool that runs, or what is done with a model's words."""
    said = surface("web", language)
    if not detail:
        return str(said["script"]["working"])
    return str(said["doing"].get(detail) or f"{label(detail, language).capitalize()}…")


def steps_html(answer: Answer) -> Safe | None:
    """Each tool with what it was given and how long it took, and who worded the answer."""
    language = answer.language
    if not answer.steps:
        return None
    lines = [tag("li", *_step(step, language)) for step in answer.steps]
    worded = web("worded_by_rules" if answer.model == "rules" else "worded_by", language, model=answer.model)
    return tag("details", tag("summary", web("steps", language)), tag("ol", *lines), tag("p", worded, cls="note"), cls="steps")


def _step(step: Step, language: Language) -> list[object]:
    said = ", ".join(f"{name} = {_given(value)}" for name, value in step.arguments.items())
    time = web("took", language, ms=f"{step.elapsed_ms:.1f}".replace(".", "," if language == "fr" else "."))
    fault = tag("span", step.error, cls="fault") if step.error else None
    return [tag("code", f"{step.tool}({said})"), f" {time} ", fault]


def _given(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.10g}"
    return "..".join(map(_given, value)) if isinstance(value, list | tuple) else str(value)
