"""What each surface hands to its reader, and whether every number of it has a ground: a second reading, apart from agent/check.py.

It knows no grammar: any run of digits must be a number of the Answer's figures, of its citations or of the question, as it
stands or in another unit. A law that its own author checks would prove little; this one was written from the contract alone.
"""

from __future__ import annotations

import html
import json
import re
from itertools import combinations
from typing import TYPE_CHECKING, Any

from aitoll.agent.export import export
from aitoll.agent.interfaces.openai_text import written
from aitoll.agent.interfaces.page_view import answer_html
from aitoll.agent.interfaces.plain import render
from aitoll.agent.interfaces.slack_blocks import messages
from aitoll.agent.interfaces.toolbox import answered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from aitoll.agent.answer import Answer, Figure

#: hours, days, weeks, months and years; minutes and seconds; powers of a thousand; percent; litres in a gallon
SCALES = (1, 24, 8766, 8760, 365.25, 365, 7, 168, 730.5, 60, 3600, 12, 52, 1e3, 1e6, 1e9, 1e12, 1e15, 1e18, 1e21, 1e24, 100)
FACTORS = sorted({*SCALES, *(1 / scale for scale in SCALES)})
SPACES = r" \u00a0\u202f\u2009'’"
TOKEN = re.compile(rf"(?<![\w.,])\d+(?:[.,{SPACES}]\d{{3}})*(?:[.,]\d+)?(?:\s?[×x]\s?10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+|[eE][+-]?\d+)?(?!\w)")
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
NAME = re.compile(
    r"https?://\S+|\d+(?:[.,]\d+)?[ \u00a0\u202f]ms\b|[A-Za-zÀ-ÿ]+-?\d[\w.-]*|\d+[A-Za-z]+-[-\w]*"
    r"|\b1/[a-z]+|\[\d+\]|(?m:^\s*\d+[.)]\s)|\d{4}-\d+(?:-\d+)*"
)
TEXTS: dict[str, Callable[[Answer], str]] = {
    "terminal": lambda answer: render(answer, color=False, full=True),
    "web page": lambda answer: _visible(answer_html(answer)),
    "OpenAI endpoint": lambda answer: written(answer).text,
    "Slack": lambda answer: "\n".join(_leaves([message.get("blocks") for message in messages(answer)])),
    "MCP, LangChain": lambda answer: answered(answer).text,
    "REST": lambda answer: answer.text,
    "Markdown": lambda answer: export([answer], "markdown").decode(),
}


def _visible(page: str) -> str:
    bare = re.sub(r"(?s)<(svg|style|script)\b.*?</\1>", " ", page)
    return html.unescape(re.sub(r"<[^>]+>", " ", bare))


def _leaves(found: Any) -> Iterator[str]:
    """The words of Slack's blocks, not their types and ids."""
    if isinstance(found, dict):
        for name, value in found.items():
            if name == "text" and isinstance(value, str):
                yield value
            elif name not in ("type", "action_id", "block_id", "value", "url"):
                yield from _leaves(value)
    elif isinstance(found, list):
        for each in found:
            yield from _leaves(each)


def ungrounded(text: str, answer: Answer) -> list[str]:
    """The numbers of a text that are nowhere in what it rests on."""
    grounds = _grounds(answer)
    return [token for token in numbers(text) if not _known(token, grounds)]


def numbers(text: str) -> list[str]:
    bare = NAME.sub(" ", text)
    return [match[0] for match in TOKEN.finditer(bare)]


def _grounds(answer: Answer) -> list[float]:
    found = [90.0]
    for figure in answer.figures:
        found += [figure.value, figure.low or 0.0, figure.high or 0.0, *(driver.share for driver in figure.drivers)]
        found += [value for part in figure.inputs for value in (part.value, part.low, part.high) if value is not None]
        found += [value for token in numbers(figure.formula) for value in _readings(token)]
        found += [part for product in _products(figure) for part in (product, 100 * product / figure.value if figure.value else 0.0)]
    said: Iterable[str] = [answer.question, *(json.dumps(citation.model_dump(), ensure_ascii=False) for citation in answer.citations)]
    said = [*said, *(f"{part.note} {part.where} {part.source}" for figure in answer.figures for part in figure.inputs)]
    said = [*said, json.dumps([step.arguments for step in answer.steps], ensure_ascii=False, default=str)]
    found += [
        value for text in said for token in {*TOKEN.findall(text), *re.findall(r"\d+(?:[.,]\d+)*", text)} for value in _readings(token)
    ]
    return [value for value in found if value]


def _products(figure: Figure) -> list[float]:
    """What a sum is made of, which the page draws: a product of two inputs, or an input."""
    values = [part.value for part in figure.inputs]
    return [*values, *(one * other for one, other in combinations(values, 2))]


def _readings(token: str) -> list[float]:
    """With the comma or the point as the decimal mark, and as marks of thousands."""
    raised = token.translate(RAISED)
    mantissa, _, power = re.sub(r"\s?[×x]\s?10", "e", raised).lower().partition("e")
    digits = re.sub(f"[{SPACES}]", "", mantissa).rstrip(".,")
    ways = {digits.replace(",", "."), digits.replace(",", ""), digits.replace(".", ""), digits.replace(".", "").replace(",", ".")}
    return [float(f"{way}e{power or 0}") for way in ways if re.fullmatch(r"\d+(\.\d+)?", way)]


def _known(token: str, grounds: list[float]) -> bool:
    for value in _readings(token):
        if value == 0:
            return True
        spread = _step(token, value)
        if any(abs(ground * factor - value) <= spread for ground in grounds for factor in FACTORS):
            return True
    return False


def _step(token: str, value: float) -> float:
    """Half of the last digit that was meant, of two at least."""
    digits = re.sub(r"\D", "", re.split(r"[eE×x]", token)[0]).lstrip("0")
    meant = max(2, len(digits.rstrip("0")))
    size = len(f"{value:.0f}") if value >= 1 else -len(re.match(r"0*", f"{value:.12f}"[2:])[0])  # type: ignore[index]
    return 0.51 * 10.0 ** (size - meant)
