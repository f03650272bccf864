"""An Answer for a terminal: the text, then its numbered sources; formulas and inputs when asked for in full."""

from __future__ import annotations

import re
import shutil
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aitoll.agent.answer import Answer, Citation

BOLD, DIM, CYAN, YELLOW, RESET = "\033[1m", "\033[2m", "\033[36m", "\033[33m", "\033[0m"
SOURCES = {"fr": "Sources", "en": "Sources"}
FOLDED = {"fr": "(--full montre les passages cités)", "en": "(--full shows the passages quoted)"}
WIDEST = 100


def render(answer: Answer, *, color: bool, full: bool = False) -> str:
    width = min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns)
    parts = [_body(answer.text, color, width)]
    if answer.warnings:
        parts.append("\n".join(_painted(_filled(f"! {warning}", width, "  "), YELLOW, color) for warning in answer.warnings))
    if answer.citations:
        head = f"{SOURCES[answer.language]} {'' if full else FOLDED[answer.language]}".strip()
        parts.append("\n".join([_painted(head, DIM, color), *(_cited(found, color, full, width) for found in answer.citations)]))
    return "\n\n".join(part for part in parts if part)


def _body(text: str, color: bool, width: int) -> str:
    lines = [_filled(line.strip(), width, "  " if line.lstrip().startswith("-") else "") for line in text.splitlines()]
    joined = "\n".join(lines)
    bold = (BOLD, RESET) if color else ("", "")
    joined = re.sub(r"\*\*(.+?)\*\*", lambda match: f"{bold[0]}{match[1]}{bold[1]}", joined, flags=re.DOTALL)
    return re.sub(r"\[(\d+)\]", lambda match: _painted(match[0], CYAN, color), joined)


def _filled(line: str, width: int, indent: str) -> str:
    return textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False) if line else ""


def _cited(found: Citation, color: bool, full: bool, width: int) -> str:
    said = ", ".join(part for part in (found.author, found.publisher, found.date) if part)
    head = f"[{found.number}] {found.title}" + (f" — {said}" if said else "") + (f". {found.place}" if found.place else "")
    lines = [_filled(head, width, "    ")]
    if found.url:
        lines.append(f"    {found.url}")
    if full and found.passage:
        lines.append(_painted(textwrap.fill(found.passage, width, initial_indent="    ", subsequent_indent="    "), DIM, color))
    return "\n".join(lines)


def _painted(text: str, code: str, color: bool) -> str:
    return f"{code}{text}{RESET}" if color else text
