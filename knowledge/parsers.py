"""Markdown and plain text as blocks: a run of text and where in the document it stands. What a reader would not see is left out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

LONGEST_TITLE = 200
# Characters that show nothing: zero-width ones, marks of direction, tags, variants, fillers and control characters. Text can be
# hidden in them, or a word be split so that no search finds it.
UNSEEN = re.compile(
    "[\\x00-\\x08\\x0e-\\x1b\\x7f-\\x84\\x86-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f"
    "\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff\\ud800-\\udfff]"
)


def seen(text: str) -> str:
    """On one line, what a reader would see of it."""
    return " ".join(UNSEEN.sub("", text).split())


@dataclass(frozen=True, slots=True)
class Block:
    text: str
    place: str  # headings, or a page or paragraph number
    heading: str = ""  # the nearest one above


@dataclass(slots=True)
class Parsed:
    title: str = ""
    blocks: list[Block] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    def add(self, text: str, place: str, heading: str = "") -> None:
        line = seen(text)
        if line:
            self.blocks.append(Block(line, place, heading))


@dataclass(slots=True)
class Headings:
    """The headings above the line that is being read."""

    open: list[tuple[int, str]] = field(default_factory=list)

    def enter(self, parsed: Parsed, level: int, text: str) -> None:
        name = seen(text)[:LONGEST_TITLE]
        self.open = [(above, held) for above, held in self.open if above < level] + [(level, name)]
        parsed.title = parsed.title or name

    def above(self) -> tuple[str, str]:
        """The whole path, and its last step."""
        names = [name for _, name in self.open]
        return " › ".join(names), names[-1] if names else ""


# Markdown ---------------------------------------------------------------------------------------------------------------------

FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.DOTALL)
HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(\S.*)")
UNDERLINE = re.compile(r"^ {0,3}(=+|-{2,})\s*$")
FENCE = re.compile(r"^ {0,3}(```|~~~)")
LINK = re.compile(r"(!?)\[([^\[\]]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
MARKS = re.compile(r"(\*\*|__|`|~~|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w))")
BULLET = re.compile(r"^\s*([-*+]|\d+[.)]|>)\s+")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


def markdown(text: str) -> Parsed:
    parsed, headings, fenced = Parsed(), Headings(), False
    lines: list[str] = []
    # An empty line ends a paragraph, so one is added to end the last.
    for line in [*COMMENT.sub(" ", FRONT.sub("", text)).split("\n"), ""]:
        fenced ^= bool(FENCE.match(line))
        heading = None if fenced else HEADING.match(line)
        if not fenced and len(lines) == 1 and UNDERLINE.match(line):
            headings.enter(parsed, 1 if "=" in line else 2, _plain(lines.pop()))
        elif heading or not line.strip():
            parsed.add(" ".join(map(_plain, lines)), *headings.above())
            lines = []
        elif not FENCE.match(line):
            lines.append(line)
        if heading:
            headings.enter(parsed, len(heading[1]), _plain(heading[2].rstrip(" #")))
    return parsed


def _plain(line: str) -> str:
    shown = LINK.sub(lambda link: "" if link[1] else link[2], BULLET.sub("", line))
    return MARKS.sub("", TAG.sub(" ", shown))


# Plain text -------------------------------------------------------------------------------------------------------------------


HEADING_LINE = re.compile(r"[^\n]{1,120}(?<![.!?…:;,\s])")


ITEM = re.compile(r"\s*(?:[-*•–—]|\d{1,2}[.)])\s+")
SENTENCE_END = re.compile(r"[.!?…:;][»”\"')\]]*$")
WIDTH = 120  # characters of the longest line of a block whose lines were broken by their width
TINY = 80  # characters of an item that says little by itself


def plain(text: str) -> Parsed:
    """A short line by itself that ends like no sentence is taken for a heading; one with nothing below it is kept as text."""
    first = text.strip().partition("\n")[0].strip()
    parsed, heading, unused = Parsed(first if HEADING_LINE.fullmatch(first.removesuffix("?").strip()) else ""), "", False
    for number, block in enumerate((part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()), 1):
        paragraphs = _paragraphs(block)
        for place, paragraph in zip(_places(number, paragraphs), paragraphs, strict=True):
            is_heading = bool(HEADING_LINE.fullmatch(paragraph)) and (
                len(paragraphs) == 1 or (len(paragraph) < TINY and not ITEM.match(paragraph))
            )
            if is_heading and unused:
                parsed.add(heading, f"§ {number - 1}")
            if is_heading:
                heading, unused = " ".join(paragraph.split()), True
            else:
                parsed.add(ITEM.sub("", paragraph, count=1), f"{heading}, {place}" if heading else place, heading)
                unused = False
    if unused:
        parsed.add(heading, "§")
    return parsed


def _paragraphs(block: str) -> list[str]:
    """The lines of a block: those broken by their width joined, items of a list apart, a question with its answer."""
    held = [line.strip() for line in block.split("\n") if line.strip()]
    widest = max(map(len, held))
    lines: list[str] = []
    last = ""
    for line in held:
        if lines and widest <= WIDTH and len(last) > widest / 2 and not SENTENCE_END.search(last) and not ITEM.match(line):
            lines[-1] += f" {line}"
        else:
            lines.append(line)
        last = line
    found: list[str] = []
    asked = False
    for line in lines:
        if asked and not line.endswith("?"):
            found[-1] += f" {line}"
        else:
            found.append(line)
        asked = line.endswith("?")
    return found


def _places(number: int, paragraphs: list[str]) -> list[str]:
    """A place for each paragraph of a block, so that they are not joined again; tiny ones share it with what is before them."""
    places: list[str] = []
    for order, paragraph in enumerate(paragraphs, 1):
        shared = places and len(paragraph) < TINY and not paragraph.endswith("?")
        places.append(places[-1] if shared else f"§ {number}" if len(paragraphs) == 1 else f"§ {number}.{order}")
    return places
