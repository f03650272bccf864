"""The chat page and an answer on it, as HTML made here: nothing of a question, a document or a model is markup."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING

from aitoll.agent.charts import charts_of
from aitoll.agent.export import source_html, who_and_when
from aitoll.agent.interfaces.page_cards import cards, chart_figure
from aitoll.agent.interfaces.page_steps import steps_html
from aitoll.agent.markup import Safe, html_of, joined, tag
from aitoll.agent.showing import web
from aitoll.agent.texts import surface, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aitoll.agent.answer import Answer, Citation, Language

ASSETS = {"style.css": "text/css", "app.js": "text/javascript", "theme.js": "text/javascript", "icon.svg": "image/svg+xml"}
FORMATS = ("markdown", "csv", "json", "html", "svg", "png")


def asset(name: str) -> bytes:
    return (files("aitoll.agent.interfaces") / "page" / name).read_bytes()


# An answer


def answer_html(answer: Answer) -> Safe:
    """The checked text, figures, charts, sources and what can be done with it."""
    return article(answer, text_html(answer), rest_html(answer))


def article(answer: Answer, text: Safe | None = None, rest: Safe | None = None) -> Safe:
    """Around an answer; without text and rest, where they will be put as they arrive."""
    return tag(
        "article",
        tag("div", text, cls="text"),
        rest,
        cls=f"answer {answer.status}",
        lang=answer.language,
        data_id=answer.id,
        data_conversation=answer.conversation,
        aria_label=web("answer", answer.language),
        tabindex="-1",
    )


def text_html(answer: Answer) -> Safe:
    return joined(html_of(answer.text, marker(answer)), *(tag("p", warning, cls="warning") for warning in answer.warnings))


def rest_html(answer: Answer) -> Safe:
    mark = marker(answer)
    charts = [chart_figure(title, rows, unit, answer.language) for title, unit, rows in charts_of(answer)]
    offered = suggestions(answer.language) if answer.status == "out_of_scope" and answer.conversation else None
    actions = _actions(answer) if answer.conversation else None
    return joined(offered, *charts, *cards(answer, mark), _sources(answer), steps_html(answer), actions)


def marker(answer: Answer) -> Callable[[int], Safe | None]:
    cited = {one.number: one for one in answer.citations}

    def mark(number: int) -> Safe | None:
        one = cited.get(number)
        if one is None:
            return None
        said = f"{web('source', answer.language)} {number}, {one.title}"
        return tag("a", number, cls="mark", href=f"#{_anchor(answer, number)}", title=one.title, aria_label=said)

    return mark


def _anchor(answer: Answer, number: int) -> str:
    return f"c-{answer.id[:60]}-{number}"


def _sources(answer: Answer) -> Safe | None:
    if not answer.citations:
        return None
    return tag(
        "section", tag("h3", web("sources", answer.language)), tag("ol", *(_source(answer, one) for one in answer.citations)), cls="sources"
    )


def _source(answer: Answer, cited: Citation) -> Safe:
    verdict = texts(answer.language)["verdicts"].get(cited.verdict) if cited.verdict else None
    badge = tag("span", verdict, cls=f"badge {cited.verdict}") if verdict else None
    place = tag("span", cited.place, cls="place") if cited.place else None
    summary = tag("summary", tag("span", f"[{cited.number}] {cited.title}"), place, badge)
    return tag("li", tag("details", summary, source_html(cited, answer, who_and_when(cited)), id=_anchor(answer, cited.number)))


def _actions(answer: Answer) -> Safe:
    language = answer.language
    path = f"/api/v1/conversations/{answer.conversation}/export?answer={answer.id}&format="
    exports = [
        tag(
            "a",
            web(f"as_{name}", language),
            href=path + name,
            download=None if name == "html" else True,
            target="_blank" if name == "html" else None,
        )
        for name in FORMATS
    ]
    return tag(
        "footer",
        tag("button", web("good", language), type="button", cls="thumb", data_thumb="up", aria_pressed="false"),
        tag("button", web("bad", language), type="button", cls="thumb", data_thumb="down", aria_pressed="false"),
        tag("button", web("link", language), type="button", cls="link"),
        tag("details", tag("summary", web("export", language)), tag("div", *exports, cls="menu"), cls="export"),
        tag("span", cls="said", role="status"),
        cls="actions",
    )


def turn_html(answer: Answer) -> Safe:
    return joined(question_html(answer), answer_html(answer))


def question_html(answer: Answer) -> Safe:
    return tag("h2", answer.question, cls="question", lang=answer.language)


# The page


def page(language: Language, answers: Sequence[Answer], *, alone: bool = False) -> str:
    """The conversation so far and the place to ask; `alone` shows one answer that was linked to."""
    main = tag(
        "main",
        _welcome(language) if not answers else None,
        tag(
            "div",
            *(turn_html(answer) for answer in answers),
            id="log",
            role="log",
            aria_live="polite",
            aria_label=web("conversation", language),
        ),
        tag("p", id="progress", role="status"),
        id="main",
    )
    body = tag(
        "body",
        tag("a", web("skip", language), href="#ask", cls="skip"),
        _header(language),
        main,
        None if alone else _composer(language),
        _dialogs(language),
    )
    return _document(language, body)


def _document(language: Language, body: Safe) -> str:
    said = json.dumps(surface("web", language)["script"]).replace("<", "\\u003c")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"aitoll — {web('title', language)}"),
        tag("link", rel="icon", href="/static/icon.svg"),
        tag("link", rel="stylesheet", href="/static/style.css"),
        tag("script", src="/static/theme.js"),
        tag("script", src="/static/app.js", defer=True),
        tag("script", Safe(said), type="application/json", id="texts"),
    )
    return f"<!doctype html>\n{tag('html', head, body, lang=language)}"


def _header(language: Language) -> Safe:
    other = "en" if language == "fr" else "fr"
    return tag(
        "header",
        tag("h1", tag("a", "aitoll", href="/")),
        tag("p", web("title", language)),
        tag(
            "nav",
            tag("button", web("new", language), type="button", id="new"),
            tag("button", web("history", language), type="button", id="history-open", aria_haspopup="dialog"),
            tag("a", "Français" if other == "fr" else "English", href=f"/?lang={other}", lang=other, hreflang=other, id="language"),
            tag("button", web("theme", language), type="button", id="theme"),
            aria_label=web("menu", language),
        ),
    )


def _welcome(language: Language) -> Safe:
    return tag(
        "section",
        tag("h2", web("welcome", language)),
        tag("p", web("welcome_more", language)),
        suggestions(language),
        id="welcome",
    )


def suggestions(language: Language) -> Safe:
    """Questions that can be asked by a click."""
    asked = surface("web", language)["suggestions"].values()
    return tag("ul", *(tag("li", tag("button", question, type="button", cls="suggestion")) for question in asked), cls="suggestions")


def _composer(language: Language) -> Safe:
    return tag(
        "form",
        tag("label", web("your_question", language), for_="question", cls="unseen"),
        tag(
            "textarea",
            "",
            id="question",
            name="question",
            rows=1,
            maxlength=10_000,
            placeholder=web("placeholder", language),
            autofocus=True,
        ),
        tag("button", web("ask", language), type="submit", id="send"),
        tag("button", web("stop", language), type="button", id="stop", hidden=True),
        id="ask",
        aria_label=web("your_question", language),
        autocomplete="off",
    )


def _dialogs(language: Language) -> Safe:
    history = tag(
        "dialog",
        tag("h2", web("history", language), id="history-title"),
        tag("p", web("history_note", language)),
        tag("ul", id="conversations"),
        tag(
            "div",
            *(tag("a", web(f"as_{name}", language), href="#", data_format=name) for name in ("markdown", "csv", "json", "html")),
            id="whole",
            cls="menu",
        ),
        tag("button", web("forget_all", language), type="button", id="forget-all"),
        tag("button", web("close", language), type="button", cls="close"),
        id="history",
        aria_labelledby="history-title",
    )
    reason = tag(
        "dialog",
        tag(
            "form",
            tag("h2", web("why", language), id="why-title"),
            tag("label", web("reason", language), for_="why-text"),
            tag("textarea", "", id="why-text", rows=3, maxlength=2000),
            tag("button", web("send", language), type="submit", value="send"),
            tag("button", web("close", language), type="button", cls="close"),
            method="dialog",
        ),
        id="why",
        aria_labelledby="why-title",
    )
    return joined(history, reason)


def door(language: Language, wrong: bool) -> str:
    """Where the key is given."""
    form = tag(
        "form",
        tag("h2", web("key_title", language)),
        tag("p", web("key_wrong", language), cls="warning", role="alert") if wrong else None,
        tag("label", web("key", language), for_="key"),
        tag("input", type="password", name="key", id="key", required=True, autocomplete="current-password"),
        tag("button", web("enter", language), type="submit"),
        method="post",
        action="/session",
        cls="door",
    )
    return _document(language, tag("body", tag("main", tag("h1", "aitoll"), form)))
