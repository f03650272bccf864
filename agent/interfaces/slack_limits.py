"""What Slack's reference allows in a payload, checked before it is sent. Each limit with the page that states it."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

#: measured on the live service (metabase PRs 79908, 80652): a whole message is refused from about 13,200 characters
MESSAGE = 12_000
BLOCKS = {"message": 50, "modal": 100}
TEXT = 4_000  # chat.postMessage recommends it, and cuts at 40,000
KINDS = {  # reference/block-kit/blocks: type → where it may stand
    "actions": "message modal",
    "context": "message modal",
    "context_actions": "message",
    "data_visualization": "message",
    "divider": "message modal",
    "header": "message modal",
    "input": "modal",
    "markdown": "message",
    "section": "message modal",
    "task_card": "message",
}
ELEMENTS = {"actions": 25, "context": 10, "context_actions": 5}
LONGEST = {"action_id": 255, "block_id": 255, "value": 2_000, "url": 3_000, "callback_id": 255, "private_metadata": 3_000}


def problems(payload: dict[str, Any]) -> list[str]:
    """Everything about a message that the reference does not allow."""
    if "file" in payload:
        return [*_file(payload["file"]), *(fault for instead in payload["instead"] for fault in problems(instead))]
    blocks = payload.get("blocks", [])
    found = [*_blocks(blocks, "message"), *_lengths(payload)]
    if not payload.get("text"):
        found.append("text: missing, so no notification and nothing for a screen reader")
    if len(payload.get("text", "")) > TEXT:
        found.append(f"text: over {TEXT} characters")
    if sum(len(text) for text in strings(blocks)) + len(payload.get("text", "")) > MESSAGE:
        found.append(f"message: over {MESSAGE} characters in all")
    if sum(len(block.get("text", "")) for block in blocks if block.get("type") == "markdown") > 12_000:
        found.append("markdown: over 12000 characters in all")
    if sum(block.get("type") == "data_visualization" for block in blocks) > 2:
        found.append("data_visualization: over 2 in a message")
    if payload.get("unfurl_links") is not False or payload.get("unfurl_media") is not False:
        found.append("unfurl_links, unfurl_media: not both false")
    return found


def _file(file: dict[str, str]) -> Iterator[str]:
    """reference/methods/files.getUploadURLExternal; a text over 1 MB is no snippet that can be read in place."""
    if not file["content"] or len(file["content"].encode()) > 1_000_000:
        yield "file: not 1 to 1000000 bytes"
    if not file["name"].isascii() or not file["title"]:
        yield "file: no plain name, or no title"


def view_problems(view: dict[str, Any]) -> list[str]:
    """The same for a modal."""
    found = [*_blocks(view.get("blocks", []), "modal"), *_lengths(view)]
    for key in ("title", "submit", "close"):
        found += [f"{key}: over 24 characters"] if len(view.get(key, {}).get("text", "")) > 24 else []
    if not view.get("title"):
        found.append("title: missing")
    if any(block["type"] == "input" for block in view.get("blocks", [])) and not view.get("submit"):
        found.append("submit: missing, and there is an input")
    return found + (["view: over 250 kB"] if len(json.dumps(view)) > 250_000 else [])


def _blocks(blocks: list[dict[str, Any]], surface: str) -> Iterator[str]:
    if len(blocks) > BLOCKS[surface]:
        yield f"blocks: {len(blocks)}, over {BLOCKS[surface]}"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        yield "block_id: not unique"
    for place, block in enumerate(blocks):
        kind = block.get("type", "none")
        if surface not in KINDS.get(kind, ""):
            yield f"blocks[{place}]: {kind} is no block of a {surface}"
            continue
        yield from (f"blocks[{place}].{fault}" for fault in _block(kind, block))


def _block(kind: str, block: dict[str, Any]) -> Iterator[str]:
    if kind in ELEMENTS:
        elements = block.get("elements", [])
        if not 1 <= len(elements) <= ELEMENTS[kind]:
            yield f"{kind}.elements: {len(elements)}, not 1 to {ELEMENTS[kind]}"
        for element in elements:
            yield from _element(kind, element)
    elif kind == "section":
        yield from _text(block.get("text"), 3_000, "section.text")
    elif kind == "header":
        yield from _text(block.get("text"), 150, "header.text", "plain_text")
    elif kind == "markdown":
        yield from [] if 1 <= len(block.get("text", "")) <= 12_000 else ["markdown.text: not 1 to 12000 characters"]
    elif kind == "input":
        yield from _text(block.get("label"), 2_000, "input.label", "plain_text")
        yield from _text(block["hint"], 2_000, "input.hint", "plain_text") if "hint" in block else []
        yield from _element(kind, block.get("element", {}))
    elif kind == "data_visualization":
        yield from _chart(block)


def _element(parent: str, element: dict[str, Any]) -> Iterator[str]:
    kind = element.get("type")
    allowed = {
        "actions": {"button"},
        "context": {"mrkdwn", "plain_text"},
        "context_actions": {"feedback_buttons"},
        "input": {"plain_text_input"},
    }
    if kind not in allowed[parent]:
        yield f"{parent}: {kind} is no element of it"
    elif kind == "button":
        yield from _text(element.get("text"), 75, "button.text", "plain_text")
        yield from [] if element.get("action_id") else ["button.action_id: missing"]
    elif kind == "feedback_buttons":
        for side in ("positive_button", "negative_button"):
            yield from _text(element.get(side, {}).get("text"), 75, f"{side}.text", "plain_text")
            yield from [] if element.get(side, {}).get("value") else [f"{side}.value: missing"]
    elif kind == "plain_text_input":
        yield from _text(element["placeholder"], 150, "placeholder", "plain_text") if "placeholder" in element else []
        yield from ["max_length: not 1 to 3000"] if not 1 <= element.get("max_length", 1) <= 3_000 else []
    elif parent == "context":
        yield from _text(element, 3_000, "context.text")


def _text(text: dict[str, Any] | None, most: int, name: str, kind: str = "") -> Iterator[str]:
    if not text or not 1 <= len(text.get("text", "")) <= most:
        yield f"{name}: not 1 to {most} characters"
    elif text.get("type") not in ({kind} if kind else {"mrkdwn", "plain_text"}):
        yield f"{name}: is {text.get('type')}"


def _chart(block: dict[str, Any]) -> Iterator[str]:
    """reference/block-kit/blocks/data-visualization-block, for the one kind of chart that we send."""
    chart, title = block.get("chart", {}), block.get("title", "")
    axis = chart.get("axis_config", {})
    series, categories = chart.get("series", []), axis.get("categories", [])
    if not 1 <= len(title) <= 50 or chart.get("type") != "bar":
        yield "data_visualization: no title of 1 to 50 characters, or no bar chart"
    if not 1 <= len(series) <= 6 or len({one["name"] for one in series}) != len(series) or any(len(one["name"]) > 20 for one in series):
        yield "data_visualization.series: not 1 to 6 with names of their own, up to 20 characters"
    if not 1 <= len(categories) <= 20 or len(set(categories)) != len(categories) or any(not 1 <= len(one) <= 20 for one in categories):
        yield "data_visualization.categories: not 1 to 20 of their own, up to 20 characters"
    if any(len(axis.get(label, "")) > 50 for label in ("x_label", "y_label")):
        yield "data_visualization: an axis label over 50 characters"
    for one in series:
        if [point["label"] for point in one["data"]] != categories or not all(math.isfinite(point["value"]) for point in one["data"]):
            yield "data_visualization.data: not one finite value for each category"


def _lengths(payload: Any) -> Iterator[str]:
    if isinstance(payload, dict):
        for key, value in payload.items():
            if key in LONGEST and isinstance(value, str) and len(value) > LONGEST[key]:
                yield f"{key}: over {LONGEST[key]} characters"
            yield from _lengths(value)
    elif isinstance(payload, list):
        for value in payload:
            yield from _lengths(value)


def strings(payload: Any) -> Iterator[str]:
    """Every text in a payload, as far as Slack may count it."""
    if isinstance(payload, str):
        yield payload
    elif isinstance(payload, dict):
        for key, value in payload.items():
            yield from strings(value) if key not in ("type", "action_id", "block_id") else ()
    elif isinstance(payload, list):
        for value in payload:
            yield from strings(value)
