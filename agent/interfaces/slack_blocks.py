"""An Answer as Slack messages: figure first, sources linked, within every documented limit. It computes and words nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aitoll.agent.formatting import Language, digits_deserved
from aitoll.agent.interfaces.slack_limits import TEXT, strings
from aitoll.agent.interfaces.slack_markup import cut, escaped, link, markdown, mrkdwn, pieces
from aitoll.agent.texts import surface
from aitoll.tools.registry import CALCULATORS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aitoll.agent.answer import Answer, Citation, Figure, Step

Block = dict[str, Any]
Message = dict[str, Any]
#: characters of blocks in one message, and of its text twin: together under the whole message's limit
BUDGET, TWIN = 8_500, 3_000
PIECE = 8_000
SOURCE = 900


def say(key: str, language: Language, **facts: object) -> str:
    """One of our sentences for Slack."""
    return str(surface("slack", language)[key]).format(**facts)


def messages(answer: Answer, *, private: bool = False) -> list[Message]:
    """One message, or several where one would be too long; the last carries the buttons."""
    blocks = [*_body(answer), *_charts(answer), *_warnings(answer), *_sources(answer), *buttons(answer, private)]
    packed = list(_packed(blocks))
    twins = _twins(answer, len(packed))
    return [message(twin, part) for twin, part in zip(twins, packed, strict=True)]


def message(text: str, blocks: list[Block]) -> Message:
    return {"text": text, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def plain_messages(answer: Answer) -> list[Message]:
    """The same as text alone, for when Slack refuses the blocks."""
    whole = "\n\n".join([mrkdwn(answer.text), *map(escaped, answer.warnings), *(source_line(found) for found in answer.citations)])
    return text_messages(whole)


def text_messages(text: str) -> list[Message]:
    """Text that is already in mrkdwn."""
    return [{"text": part, "unfurl_links": False, "unfurl_media": False} for part in pieces(text, TEXT - 100)]


def _body(answer: Answer) -> list[Block]:
    return [{"type": "markdown", "text": part} for part in pieces(markdown(answer.text, answer.citations), PIECE)]


def _twins(answer: Answer, count: int) -> list[str]:
    """What a notification and a screen reader get of each message."""
    first, *_ = pieces(mrkdwn(answer.text), TWIN)
    rest = [say("sources", answer.language)] * (count - 1)
    return [first, *rest]


def _warnings(answer: Answer) -> Iterator[Block]:
    for said in answer.warnings:
        yield context(f":warning: {cut(escaped(said), SOURCE)}")


def context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def _sources(answer: Answer) -> Iterator[Block]:
    lines = [source_line(found) for found in answer.citations]
    for start in range(0, len(lines), 5):
        elements = [{"type": "mrkdwn", "text": line} for line in lines[start : start + 5]]
        yield {"type": "context", "elements": elements}


def source_line(found: Citation) -> str:
    """ "[2] Title — author, publisher, date. Place." with the title linked."""
    said = ", ".join(cut(part, 80) for part in dict.fromkeys((found.author, found.publisher, found.date)) if part)
    tail = (f" — {said}" if said else "") + (f". {cut(found.place, 200)}" if found.place else "")
    return f"[{found.number}] {link(found.url, cut(found.title, 200))}{escaped(tail)}"


def _charts(answer: Answer) -> Iterator[Block]:
    """Figures of the same quantity and unit for several subjects: a bar chart, whose twin is the text itself."""
    asked = [figure for figure in answer.figures if figure.role == "answer" and figure.subject]
    groups: dict[tuple[str, str], list[Figure]] = {}
    for figure in asked:
        groups.setdefault((figure.name, figure.unit), []).append(figure)
    for found in list(groups.values())[:2]:
        names = [cut(figure.subject, 20) for figure in found]
        if 2 <= len(found) <= 20 and len(set(names)) == len(names):
            yield _chart(found, names, answer.language)


def _chart(found: list[Figure], names: list[str], language: Language) -> Block:
    ends = [end for end in ("low", "value", "high") if all(getattr(figure, end) is not None for figure in found)]
    shown = {"low": "low", "value": "central", "high": "high"}
    series = [
        {
            "name": cut(say(shown[end], language), 20),
            "data": [{"label": name, "value": _rounded(figure, end)} for name, figure in zip(names, found, strict=True)],
        }
        for end in ends
    ]
    axis = {"categories": names, "y_label": found[0].unit}
    title = cut(found[0].label or found[0].name.replace("_", " "), 50)
    return {"type": "data_visualization", "title": title, "chart": {"type": "bar", "series": series, "axis_config": axis}}


def _rounded(figure: Figure, end: str) -> float:
    return float(f"{getattr(figure, end):.{digits_deserved(figure.value, figure.low, figure.high, figure.unit)}g}")


def buttons(answer: Answer, private: bool) -> Iterator[Block]:
    if answer.status != "answered":
        return
    kinds = ["details"] * bool(answer.figures) + ["recompute"] * bool(first_step(answer)) + ["share"] * private
    if kinds:
        yield {"type": "actions", "elements": [button(kind, answer.id, answer.language) for kind in kinds]}
    if not private:
        sides = {"positive_button": ("useful", "up"), "negative_button": ("not_useful", "down")}
        pair = {
            side: {
                "text": _plain(say(key, answer.language)),
                "value": f"{vote}:{answer.id}",
                "accessibility_label": say(key, answer.language),
            }
            for side, (key, vote) in sides.items()
        }
        yield {"type": "context_actions", "elements": [{"type": "feedback_buttons", "action_id": "feedback", **pair}]}


def first_step(answer: Answer) -> Step | None:
    """The calculation that can be made anew with other numbers."""
    return next((step for step in answer.steps if step.tool in CALCULATORS and step.error is None), None) if answer.figures else None


def button(kind: str, id: str, language: Language) -> Block:
    return {"type": "button", "action_id": kind, "text": _plain(say(kind, language)), "value": id}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def _packed(blocks: list[Block]) -> Iterator[list[Block]]:
    """The blocks over as few messages as fit."""
    part: list[Block] = []
    size = 0
    for block in blocks:
        length = sum(map(len, strings(block)))
        if part and (size + length > BUDGET or len(part) >= 45):
            yield part
            part, size = [], 0
        part.append(block)
        size += length
    yield part


def with_note(found: list[Message], note: str) -> list[Message]:
    """The first message with a line before it, such as who shared it."""
    first = {**found[0], "text": cut(f"{note}\n{found[0]['text']}", TEXT)}
    if "blocks" in first:
        first["blocks"] = [context(note), *first["blocks"]]
    return [first, *found[1:]]
