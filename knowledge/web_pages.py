"""HTML as blocks: what a reader of the page would see, under its headings; hidden text and furniture are left out.

Not the standard library's reader: it takes hours for a page of half-open tags. Here every pattern stops at the next "<".
"""

from __future__ import annotations

import re
from collections import Counter
from html import unescape

from aitoll.knowledge.page_styles import Styles
from aitoll.knowledge.parsers import LONGEST_TITLE, Headings, Parsed, seen


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


PIECE = re.compile(r"""<(?P<end>/?)(?P<tag>[a-zA-Z][^\s/<>]*+)(?P<attributes>(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)>|<?[^<]++|<""")
NOTE = re.compile(r"<!--.*?(?:-->|\Z)|<[!?][^>]*+(?:>|\Z)", re.DOTALL)
RAW = re.compile(r"""(?is)<(script|style|title|textarea)\b(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+>(.*?)(?:</\1\s*+>|\Z)""")
VOID = _tags("area base br col embed hr img input link meta param source track wbr")
UNSEEN = _tags("noscript template svg math iframe object nav footer select")
INLINE = _tags("a abbr b bdi bdo cite code data del dfn em font i ins kbd label mark q s samp small span strong sub sup time u var")
TITLES = _tags("h1 h2 h3 h4 h5 h6")


def html(text: str) -> Parsed:
    page = _Page(Styles(text))
    titles: list[str] = []
    for piece in PIECE.finditer(RAW.sub(lambda raw: _raw(raw, titles), NOTE.sub("", text))):
        if piece["tag"]:
            page.tag(piece["tag"].lower(), bool(piece["end"]), piece["attributes"])
        else:
            page.say(piece[0])
    page.end_of_block()
    page.parsed.title = seen(unescape(" ".join(titles[:1])))[:LONGEST_TITLE] or page.parsed.title
    page.parsed.notes = ("hidden",) if page.left_out else ()
    return page.parsed


def _raw(element: re.Match[str], titles: list[str]) -> str:
    if element[1].lower() == "title":
        titles.append(element[2])
    return " "


class _Page:
    """Keeps what a reader of the page would see, block by block under its headings."""

    def __init__(self, styles: Styles) -> None:
        self.parsed, self._headings, self._styles = Parsed(), Headings(), styles
        self.left_out = False  # text that a style hides
        self._styled = False  # what hides now is a style, and no furniture
        self._pieces: list[str] = []
        self._hidden: list[str] = []  # tags open since one that hides what is in it
        self._open: Counter[str] = Counter()  # the same, counted

    def tag(self, tag: str, end: bool, attributes: str) -> None:
        if tag in VOID:
            self.say(" ")
        elif end and self._hidden:
            self._leave(tag)
        elif not end and (self._hidden or tag in UNSEEN or self._styles.hide(attributes)):
            self._styled = self._styled if self._hidden else tag not in UNSEEN
            self._hidden.append(tag)
            self._open[tag] += 1
        elif end and tag in TITLES:
            self._enter(int(tag[1]))
        elif tag not in INLINE:
            self.end_of_block()

    def say(self, text: str) -> None:
        if not self._hidden:
            self._pieces.append(text)
        elif self._styled and not text.isspace():
            self.left_out = True

    def end_of_block(self) -> None:
        self.parsed.add(self._said(), *self._headings.above())

    def _said(self) -> str:
        text, self._pieces = " ".join(unescape("".join(self._pieces)).split()), []
        return text

    def _enter(self, level: int) -> None:
        text = self._said()
        if text:
            self._headings.enter(self.parsed, level, text)

    def _leave(self, tag: str) -> None:
        # Tags left open within are closed with it; a stray end tag shows nothing that was hidden.
        while self._open[tag]:
            closed = self._hidden.pop()
            self._open[closed] -= 1
            if closed == tag:
                return
