"""The two modals of an answer: its calculation, and "recompute with …"; and what a recomputation says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aitoll.agent.formatting import share
from aitoll.agent.interfaces.slack_blocks import first_step, say, text_messages
from aitoll.agent.interfaces.slack_markup import cut, escaped
from aitoll.agent.texts import label, texts, with_range
from aitoll.tools.registry import calculator, limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aitoll.agent.answer import Answer, Figure, FigureInput, Language, Step

View = dict[str, Any]
FIELDS = 20
SECTIONS = 90


def details(answer: Answer) -> View:
    """Formula, inputs with their status, source and note, and what moves the result most, of every figure."""
    sections = [part for figure in answer.figures for part in _figure(figure, answer.language)]
    return {**_modal(say("details", answer.language), answer.language), "blocks": sections[:SECTIONS]}


def gone(language: Language) -> View:
    return {**_modal(say("details", language), language), "blocks": [_section(say("gone", language))]}


def _modal(title: str, language: Language) -> View:
    return {"type": "modal", "title": _plain(cut(title, 24)), "close": _plain(cut(say("close", language), 24))}


def _plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": cut(text, 2_900)}}


def _figure(figure: Figure, language: Language) -> Iterator[dict[str, Any]]:
    yield _section("\n".join([_head(figure, language), *_calculation(figure, language)]))
    lines = [_input(part, language) for part in figure.inputs if figure.formula or part.source]
    if lines:
        yield _section("\n".join(lines))


def _head(figure: Figure, language: Language) -> str:
    subject = f" ({escaped(figure.subject)})" if figure.subject else ""
    return f"*{escaped(figure.label)}{subject}: {_shown(figure, figure.unit, language)}*"


def _calculation(figure: Figure, language: Language) -> Iterator[str]:
    if figure.formula:
        yield f"`{escaped(cut(figure.formula, 600)).replace('`', '')}`"
    if figure.drivers:
        named = [f"{label(driver.name, language)} ({share(driver.share, language)})" for driver in figure.drivers[:3]]
        yield say("moves", language, drivers=", ".join(named))


def _shown(part: Figure | FigureInput, unit: str, language: Language) -> str:
    return with_range(part.value, part.low, part.high, unit, language)


def _input(part: FigureInput, language: Language) -> str:
    mark = f" [{part.citation}]" if part.citation else ""
    source = f" — {', '.join(said for said in (part.source, part.where) if said)}" if part.source and not mark else ""
    note = f"\n    _{escaped(cut(part.note, 250)).replace('_', ' ')}_" if part.note else ""
    status = texts(language)["statuses"][part.status]
    return f"• {escaped(label(part.name, language))}: {_shown(part, part.unit, language)}, {status}{mark}{escaped(source)}{note}"


# Recompute with …


def recompute(answer: Answer, place: dict[str, str]) -> View:
    """One field for each number that the first calculation takes, empty, its present value beside it."""
    step = first_step(answer)
    fields = list(_fields(answer, step))[:FIELDS] if step else []
    if not step or not fields:
        return gone(answer.language)
    kept = json.dumps({**place, "answer": answer.id, "tool": step.tool, "language": answer.language})
    return {
        **_modal(say("recompute", answer.language), answer.language),
        "callback_id": "recompute",
        "private_metadata": kept,
        "submit": _plain(cut(say("submit", answer.language), 24)),
        "blocks": fields,
    }


def _fields(answer: Answer, step: Step) -> Iterator[dict[str, Any]]:
    inputs = calculator(step.tool).inputs
    used = {part.name: part for figure in answer.figures for part in figure.inputs}
    numbers = [name for name in inputs.model_fields if limits(inputs, name)[2] is not None]
    for name in sorted(numbers, key=lambda name: name not in step.arguments and name not in used):
        if name in used or name in step.arguments:
            now = _shown(used[name], used[name].unit, answer.language) if name in used else str(step.arguments[name])
            yield _field(name, inputs.unit(name), now, answer.language)


def _field(name: str, unit: str, now: str, language: Language) -> dict[str, Any]:
    shown = label(name, language) + (f" ({unit})" if unit != "1" else "")
    return {
        "type": "input",
        "block_id": name,
        "optional": True,
        "label": _plain(cut(shown[:1].upper() + shown[1:], 150)),
        "element": {
            "type": "plain_text_input",
            "action_id": "value",
            "max_length": 60,
            "placeholder": _plain(cut(f"{say('unchanged', language)} ({now})", 150)),
        },
    }


def typed(view: View, language: Language) -> tuple[dict[str, Any], dict[str, str]]:
    """What was typed into the modal, as numbers, pairs or "number unit"; and what cannot be one, by field."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, block in view.get("state", {}).get("values", {}).items():
        text = str(block.get("value", {}).get("value") or "").strip()
        if text:
            try:
                values[name] = _number(text, language)
            except ValueError:
                wrong[name] = say("no_number", language)
    return values, wrong


def _number(text: str, language: Language) -> Any:
    clean = text.replace("\u202f", "").replace("\u00a0", "").replace(" ", "")
    clean = clean.replace(".", "") if language == "fr" and clean.count(",") == 1 and ".." not in clean and "." in clean else clean
    clean = clean.replace(",", "." if language == "fr" else "")
    ends = [float(end) for end in clean.split("..", 1)]
    return ends[0] if len(ends) == 1 else (min(ends), max(ends))


def recomputed(figures: Iterable[Figure], note: str, language: Language) -> list[dict[str, Any]]:
    """The figures of a recomputation, as text with formulas, inputs and sources."""
    lines = [note]
    for figure in figures:
        if figure.role == "answer":
            lines += ["", _head(figure, language), *_calculation(figure, language)]
            lines += [_input(part, language) for part in figure.inputs if figure.formula or part.source]
    return text_messages("\n".join(lines))
