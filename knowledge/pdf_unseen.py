"""Takes out of a PDF page the text that its reader would not see: drawn in no colour, in the paper's, or too small."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pypdf import PageObject

SHOWS = (b"Tj", b"TJ", b"'", b'"')
FILLS = (b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"sh")
WHITE = {b"g": [1.0], b"rg": [1.0, 1.0, 1.0], b"k": [0.0, 0.0, 0.0, 0.0]}
COLOURS = (*WHITE, b"sc", b"scn")
UNDRAWN = (3, 7)  # rendering modes that put no ink on the page
SMALLEST = 0.5  # points

Operation = tuple[Any, bytes]


@dataclass(frozen=True)
class Pen:
    """How text is drawn at one place of the page."""

    mode: int = 0
    white: bool = False
    size: float = 12.0
    scale: float = 1.0  # of the page's matrix


def without_unseen(page: PageObject, notes: set[str]) -> PageObject:
    """The page without such text. Where a page holds nothing else, it is the text layer of a scan, and kept."""
    from pypdf.generic import NameObject

    contents = page.get_contents()
    if contents is None:
        return page
    reading = _Reading()
    try:
        kept = list(reading.kept(contents.operations))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return page  # operators without what they work on: shown as it stands
    if reading.dropped and reading.shown:
        notes.add("hidden")
        contents.operations = kept
        page[NameObject("/Contents")] = contents
    elif reading.dropped:
        notes.add("scan")
    return page


class _Reading:
    def __init__(self) -> None:
        self.shown = self.dropped = 0  # pieces of text
        self._pen, self._under = Pen(), list[Pen]()
        self._painted = False  # something lies on the paper that white text may be read on
        self._matrix = 1.0  # scale of the text's own

    def kept(self, operations: Iterable[Operation]) -> Iterator[Operation]:
        for operands, operator in operations:
            self._follow(operands, operator)
            if operator not in SHOWS:
                yield operands, operator
            elif self._seen():
                self.shown += 1
                yield operands, operator
            else:
                self.dropped += 1

    def _seen(self) -> bool:
        pen = self._pen
        if pen.mode in UNDRAWN or (pen.white and not self._painted):
            return False
        return abs(pen.size * pen.scale * self._matrix) >= SMALLEST

    def _follow(self, operands: Any, operator: bytes) -> None:
        if operator == b"q":
            self._under.append(self._pen)
        elif operator == b"Q":
            self._pen = self._under.pop() if self._under else Pen()
        elif operator in (b"BT", b"Tm"):
            self._matrix = _scale(operands) if operator == b"Tm" else 1.0
        elif operator in FILLS or operator == b"Do":
            self._painted = self._painted or operator == b"Do" or not self._pen.white
        else:
            self._pen = _changed(self._pen, operands, operator)


def _changed(pen: Pen, operands: Any, operator: bytes) -> Pen:
    if operator == b"cm":
        return replace(pen, scale=pen.scale * _scale(operands))
    if operator == b"Tr":
        return replace(pen, mode=int(operands[0]))
    if operator == b"Tf":
        return replace(pen, size=float(operands[1]))
    if operator in COLOURS:
        return replace(pen, white=_is_white(operands, operator))
    return pen


def _scale(matrix: Any) -> float:
    """How much larger this matrix makes what it is put on."""
    a, b, c, d = (float(cell) for cell in matrix[:4])
    return float(abs(a * d - b * c) ** 0.5)


def _is_white(operands: Any, operator: bytes) -> bool:
    try:
        drawn = [float(cell) for cell in operands]
    except (TypeError, ValueError):
        return False  # a pattern
    if operator in WHITE:
        return drawn == WHITE[operator]
    return drawn in ([1.0], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0])
