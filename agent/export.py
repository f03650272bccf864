"""An Answer, or a conversation of them, to keep: Markdown, CSV, JSON, a page to print, SVG, PNG."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Literal

from aitoll.agent.charts import charts_of, picture, png, range_chart, table_twin
from aitoll.agent.markup import Safe, html_of, joined, seen, tag, web_address
from aitoll.agent.showing import web
from aitoll.agent.texts import texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitoll.agent.answer import Answer, Citation

Format = Literal["markdown", "csv", "json", "html", "svg", "png"]
KINDS: dict[Format, tuple[str, str]] = {
    "markdown": ("text/markdown", "md"),
    "csv": ("text/csv", "csv"),
    "json": ("application/json", "json"),
    "html": ("text/html", "html"),
    "svg": ("image/svg+xml", "svg"),
    "png": ("image/png", "png"),
}
COLUMNS = (
    "question", "answer", "role", "name", "subject", "value", "low", "high", "unit", "formula", "of", "status", "sources",
)  # fmt: skip


def export(answers: Sequence[Answer], kind: Format) -> bytes:
    if kind == "png":
        return png(picture(answers[-1]))
    written = {"markdown": _markdown, "csv": _csv, "json": _json, "html": page, "svg": _svg}[kind](answers)
    return written.encode("utf-8", "replace")


def _svg(answers: Sequence[Answer]) -> str:
    return picture(answers[-1])


def _json(answers: Sequence[Answer]) -> str:
    return json.dumps([answer.model_dump(mode="json") for answer in answers], ensure_ascii=False, indent=2)


def _markdown(answers: Sequence[Answer]) -> str:
    return "\n\n---\n\n".join(_answer_markdown(answer) for answer in answers) + "\n"


def _answer_markdown(answer: Answer) -> str:
    question = "\n".join(f"> {line}" for line in seen(answer.question).splitlines() or [""])
    parts = [question, seen(answer.text), *(f"⚠ {seen(warning)}" for warning in answer.warnings)]
    if answer.citations:
        parts.append(
            "\n".join([f"**{web('sources', answer.language)}**", "", *(f"{one.number}. {_cited(one)}" for one in answer.citations)])
        )
    return "\n\n".join(parts)


def source_line(cited: Citation) -> str:
    """Title, who, when, where in it."""
    said = who_and_when(cited)
    return cited.title + (f" — {said}" if said else "") + (f". {cited.place}" if cited.place else "")


def who_and_when(cited: Citation) -> str:
    publisher = cited.publisher if cited.publisher not in cited.author else ""
    return ", ".join(part for part in (cited.author, publisher, cited.date) if part)


def _cited(cited: Citation) -> str:
    address = web_address(cited.url)
    return seen(source_line(cited)) + (f" <{address}>" if address else "")


def _csv(answers: Sequence[Answer]) -> str:
    """One line a figure, then one for each of its inputs."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for answer in answers:
        titles = {one.number: one.title for one in answer.citations}
        for figure in answer.figures:
            sources = " | ".join(titles[number] for number in figure.citations if number in titles)
            head = [answer.question, answer.id]
            numbers = [figure.value, figure.low, figure.high]
            writer.writerow(
                map(
                    _cell, [*head, figure.role, figure.name, figure.subject, *numbers, figure.unit, figure.formula, "", "computed", sources]
                )
            )
            for part in figure.inputs:
                row = [*head, "input", part.name, figure.subject, part.value, part.low, part.high, part.unit, "", figure.name, part.status]
                writer.writerow(map(_cell, [*row, titles.get(part.citation or 0, part.source or "")]))
    return out.getvalue()


def _cell(value: object) -> object:
    """A text that a spreadsheet would take for a formula is marked as text."""
    if not isinstance(value, str):
        return "" if value is None else value
    text = seen(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


def page(answers: Sequence[Answer]) -> str:
    """A page to print, with nothing in it that runs."""
    language = answers[-1].language
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"aitoll — {seen(answers[-1].question)[:80]}"),
        tag("link", rel="stylesheet", href="/static/style.css"),
    )
    body = tag("body", tag("main", tag("h1", "aitoll"), *(_printed(answer) for answer in answers)), cls="print")
    return f"<!doctype html>\n{tag('html', head, body, lang=language)}"


def _printed(answer: Answer) -> Safe:
    return tag(
        "article",
        tag("h2", answer.question),
        html_of(answer.text, lambda number: tag("sup", f"[{number}]")),
        *(tag("p", f"⚠ {warning}", cls="warning") for warning in answer.warnings),
        *charts_html(answer),
        tag("h3", web("sources", answer.language)) if answer.citations else "",
        tag("ol", *(tag("li", source_html(one, answer), value=one.number) for one in answer.citations)),
        lang=answer.language,
    )


def charts_html(answer: Answer) -> list[Safe]:
    return [
        tag("figure", tag("figcaption", title), range_chart(title, rows, unit, answer.language), table_twin(rows, answer.language))
        for title, unit, rows in charts_of(answer)
    ]


def source_html(cited: Citation, answer: Answer, line: str = "") -> Safe:
    """The source's line, its address, what it says, the verdict on it."""
    verdicts = texts(answer.language)["verdicts"]
    address = web_address(cited.url)
    quoted = tag("q", cited.passage) if cited.kind == "user" else cited.passage
    return joined(
        tag("p", line or source_line(cited), cls="source"),
        tag("p", tag("a", address, href=address, rel="noopener noreferrer", target="_blank")) if address else "",
        tag("p", quoted, cls="passage") if cited.passage else "",
        tag("p", tag("strong", verdicts[cited.verdict]), f" — {cited.note}" if cited.note else "", cls=f"verdict {cited.verdict}")
        if cited.verdict
        else "",
    )
