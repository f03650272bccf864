"""HTML and SVG that cannot carry anything of its own: what is not ours is escaped, Markdown goes through a sanitiser."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from collections.abc import Callable

    from markdown_it import MarkdownIt

# Control characters, marks that reorder text, and the private characters that stand for citation marks below.
UNSEEN = deferred("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ue000\ue001\ufffe\uffff\ud800-\udfff]")
MARK = deferred(r"\[(\d{1,4})\]")
HELD = deferred("\ue000(\\d{1,4})\ue001")
VOID = {"br", "hr", "img", "input", "link", "meta", "line", "rect", "circle"}
ALLOWED = {
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip


class Safe(str):
    """Markup made here; any other string is escaped where it is put in."""

    __slots__ = ()


def seen(text: object) -> str:
    """Without the characters that a reader cannot see and that could mislead one."""
    return UNSEEN.sub("", str(text))


def tag(tag_name: str, *children: object, **attributes: object) -> Safe:
    """`tag("p", "a < b", cls="x", aria_label="…")`; True gives a bare attribute, None and False none."""
    said = "".join(_attribute(name, value) for name, value in attributes.items() if value is not None and value is not False)
    return (
        Safe(f"<{tag_name}{said}/>") if tag_name in VOID and not children else Safe(f"<{tag_name}{said}>{joined(*children)}</{tag_name}>")
    )


def _attribute(name: str, value: object) -> str:
    name = {"cls": "class", "for_": "for", "viewbox": "viewBox"}.get(name, name.replace("_", "-"))
    return f" {name}" if value is True else f' {name}="{escape(seen(value))}"'


def joined(*children: object) -> Safe:
    return Safe("".join(part if isinstance(part, Safe) else escape(seen(part)) for part in children if part is not None))


def html_of(markdown: str, mark: Callable[[int], Safe | None]) -> Safe:
    """Markdown as safe HTML; `mark` gives what stands for the citation mark of a number, None where there is no such citation."""
    import nh3

    held = MARK.sub(lambda match: f"\ue000{match[1]}\ue001", seen(markdown))
    clean = nh3.clean(
        _markdown().render(held),
        tags=ALLOWED,
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        attribute_filter=_only_web_addresses,
        link_rel="noopener noreferrer nofollow",
    )
    return Safe(HELD.sub(lambda match: mark(int(match[1])) or f"[{match[1]}]", clean))


def _only_web_addresses(element: str, attribute: str, value: str) -> str | None:
    return value if (element, attribute) != ("a", "href") or re.match(r"https?://", value) else None


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    options: dict[str, Any] = {"html": False, "linkify": False, "typographer": False}
    return MarkdownIt("commonmark", options).enable(["table", "strikethrough"]).disable("image")


def web_address(address: str | None) -> str | None:
    """An address that may be followed, or none."""
    return address if address and re.match(r"https?://[^\s\"'<>]+$", address) else None
