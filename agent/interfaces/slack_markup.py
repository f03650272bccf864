"""Text on its way to and from Slack: escaped, with its marks linked, inert where it is not ours, split where it is long."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aitoll.agent.answer import Citation

#: invisible, and enough to keep "<!channel>" or "@here" from being one
JOINT = "\u200b"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_BROADCAST = re.compile(r"@(?=(?:channel|here|everyone)\b)", re.IGNORECASE)
_COMMAND = re.compile(r"&lt;(?=[!@#])")
_BRACKET = re.compile(r"\[(\d+)\]|\[")
_SENT = re.compile(r"<([@#!])?([^<>|]*)(?:\|([^<>]*))?>")


def escaped(text: str) -> str:
    """For mrkdwn and Markdown alike: the three characters as entities, no control characters, nobody called."""
    clean = html.escape(_CONTROL.sub("", text), quote=False)
    return _BROADCAST.sub("@" + JOINT, _COMMAND.sub("&lt;" + JOINT, clean))


def cut(text: str, most: int) -> str:
    """At most so many characters, an entity never in halves."""
    if len(text) <= most:
        return text
    return re.sub(r"&[a-z]*$", "", text[: most - 1]) + "…"


def web_address(url: str | None) -> str:
    """The address where it is one of the web, written so that no markup can end it early; else nothing."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return ""
    return quote(url or "", safe="/:?#@!$&+,;=%~*-._") if parts.scheme in ("http", "https") and parts.netloc else ""


def link(url: str | None, text: str) -> str:
    """A link in mrkdwn, or its text where there is no address."""
    address = web_address(url)
    shown = escaped(text).replace("|", "¦")
    return f"<{html.escape(address, quote=False)}|{shown}>" if address else shown


def markdown(text: str, citations: list[Citation]) -> str:
    """The answer's own Markdown for a markdown block: its marks are links, no other brackets are."""
    urls: Mapping[str, str] = {str(found.number): web_address(found.url) for found in citations}

    def bracket(match: re.Match[str]) -> str:
        number = match[1]
        if number and urls.get(number):
            return f"[[{number}]]({urls[number]})"
        return f"\\[{number}\\]" if number else "\\["

    return re.sub(r"^&gt; ", "> ", _BRACKET.sub(bracket, escaped(text).replace("`", "'")), flags=re.MULTILINE)


def mrkdwn(text: str) -> str:
    """The same Markdown for `text`, which Slack reads in its own dialect."""
    return re.sub(r"\*\*(.+?)\*\*", r"*\1*", re.sub(r" {2}$", "", escaped(text), flags=re.MULTILINE), flags=re.DOTALL)


def pieces(text: str, most: int) -> Iterator[str]:
    """The text in parts of at most so many characters, cut between paragraphs, else lines, else words."""
    while len(text) > most:
        at = next((place for mark in ("\n\n", "\n", " ") if (place := text.rfind(mark, most // 2, most)) > 0), most)
        if half := re.search(r"&[a-z]*$|\\$", text[:at]):
            at -= len(half[0])
        yield text[:at].rstrip()
        text = text[at:].lstrip("\n")
    if text.strip():
        yield text


def question_of(sent: str, bot: str | None) -> str:
    """What a person typed, from what Slack sends for it."""

    def plain(match: re.Match[str]) -> str:
        sort, body, shown = match[1], match[2], match[3]
        if sort == "@" and body == bot:
            return " "
        return f"@{shown or body}" if sort else (shown or body.removeprefix("mailto:"))

    return html.unescape(_SENT.sub(plain, sent)).strip()
