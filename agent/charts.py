"""Pictures of figures: SVG made here, each with a text twin. Ranges side by side, on one scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aitoll.agent.formatting import digits_deserved, quantity, share
from aitoll.agent.markup import Safe, joined, seen, tag
from aitoll.agent.showing import answer_figures, name_of, range_of, value_of, web
from aitoll.agent.texts import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitoll.agent.answer import Answer, Figure, Language

WIDTH, NARROW, ROW, EDGE, AXIS = 640, 340, 46, 12, 34  # narrow: for a phone, where the wide one could not be read
INK, PAPER, BAR = "#1d2433", "#ffffff", "#2f6fde"
LOG_FROM = 30  # largest over smallest, from where a straight scale would hide the small ones
WIDE = 0.56  # of the font size, an average letter


@dataclass(frozen=True)
class Row:
    label: str
    value: float
    low: float | None
    high: float | None
    shown: str
    range: str


def row_of(figure: Figure, language: Language, called: str = "") -> Row:
    return Row(
        called or name_of(figure, language), figure.value, figure.low, figure.high, value_of(figure, language), range_of(figure, language)
    )


def charts_of(answer: Answer) -> list[tuple[str, str, list[Row]]]:
    """Title, unit and rows of each group of answers that can stand side by side."""
    groups = [(unit, figures) for unit, figures in _groups(answer) if len(figures) > 1]
    return [(_title(figures, answer.language), unit, _rows(figures, answer.language)) for unit, figures in groups]


def _groups(answer: Answer) -> list[tuple[str, list[Figure]]]:
    groups: dict[str, list[Figure]] = {}
    for figure in answer_figures(answer):
        groups.setdefault(figure.unit, []).append(figure)
    return list(groups.items())


def _told_apart_by_subject(figures: Sequence[Figure]) -> bool:
    return len({figure.name for figure in figures}) == 1 and len({figure.subject for figure in figures if figure.subject}) == len(figures)


def _title(figures: Sequence[Figure], language: Language) -> str:
    """What is the same of all need not be said in each row."""
    if not _told_apart_by_subject(figures):
        return web("side_by_side", language)
    return name_of(figures[0].model_copy(update={"subject": ""}), language)


def _rows(figures: Sequence[Figure], language: Language) -> list[Row]:
    called = _told_apart_by_subject(figures)
    return [row_of(figure, language, figure.subject if called else "") for figure in figures]


def parts_of(figure: Figure, language: Language) -> list[Row]:
    """The terms of a sum, each from nought, with its share of the whole; none where the formula is no sum of products."""
    terms = [term.split(" * ") for term in figure.formula.split(" = ")[1].split(" + ")] if figure.formula.count(" = ") == 2 else []
    inputs = {part.name: part for part in figure.inputs}
    if len(terms) < 2 or not all(name in inputs and inputs[name].value >= 0 for term in terms for name in term):
        return []
    values = [math.prod(inputs[name].value for name in term) for term in terms]
    whole = sum(values)
    if whole <= 0 or not math.isclose(whole, figure.value, rel_tol=0.01):  # the value of a sampled sum is its median
        return []
    digits = digits_deserved(figure.value, figure.low, figure.high, figure.unit)
    return [
        Row(
            " × ".join(label(name, language) for name in term),
            value,
            0.0,
            value,
            quantity(value, figure.unit, language, digits),
            share(value / whole, language),
        )
        for term, value in zip(terms, values, strict=True)
    ]


class Scale:
    """From a value to a place on the picture: straight from nought, or by powers of ten."""

    def __init__(self, rows: Sequence[Row], width: int = WIDTH) -> None:
        self.width = width
        ends = [end for row in rows for end in (row.low, row.value, row.high) if end is not None]
        low, high = min(ends), max(ends)
        self.log = low > 0 and high / low >= LOG_FROM
        straight = min(0.0, low), max(0.0, high) or 1.0
        self.low, self.high = (float(math.floor(math.log10(low))), float(math.ceil(math.log10(high)))) if self.log else straight

    def at(self, value: float) -> float:
        place = math.log10(value) if self.log else value
        span = (self.high - self.low) or 1
        return round(EDGE + (self.width - 2 * EDGE) * (place - self.low) / span, 1)

    def ticks(self) -> list[float]:
        most = 5 if self.width >= WIDTH else 3
        if self.log:
            step = max(1, math.ceil((self.high - self.low) / most))
            return [10.0**power for power in range(int(self.low), int(self.high) + 1, step)]
        size = 10 ** math.floor(math.log10((self.high - self.low) / 4))
        step = next(size * factor for factor in (1, 2, 5, 10, 20) if (self.high - self.low) / (size * factor) <= most)
        return [step * i for i in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]


def range_chart(title: str, rows: Sequence[Row], unit: str, language: Language, width: int = WIDTH) -> Safe:
    """Each value as a dot on its interval, all on one scale."""
    height, scale = ROW * len(rows) + AXIS, Scale(rows, width)
    return tag(
        "svg",
        tag("title", title),
        tag("desc", twin(rows, language)),
        _scale_lines(scale, unit, height, language),
        *(_bar(row, i, scale) for i, row in enumerate(rows)),
        xmlns="http://www.w3.org/2000/svg",
        viewbox=f"0 0 {width} {height}",
        role="img",
        cls="chart" if width == WIDTH else "chart narrow",
        color=INK,
        font_family="system-ui, 'Noto Sans', 'DejaVu Sans', sans-serif",
        font_size=14,
    )


def _scale_lines(scale: Scale, unit: str, height: int, language: Language) -> Safe:
    parts: list[Safe] = []
    for tick in scale.ticks():
        x = scale.at(tick)
        anchor = "start" if x < scale.width * 0.1 else "end" if x > scale.width * 0.9 else "middle"
        # beside the bars only, not through the words
        tops = range(24, height - AXIS, ROW)
        parts += [tag("line", x1=x, x2=x, y1=top, y2=top + 16, stroke="currentColor", stroke_opacity="0.3") for top in tops]
        shown = quantity(tick, unit, language, 3) if tick else "0"
        parts.append(tag("text", shown, x=x, y=height - 8, text_anchor=anchor, font_size=12, fill="currentColor"))
    return joined(*parts)


def _bar(row: Row, number: int, scale: Scale) -> Safe:
    top, y = number * ROW, number * ROW + 32
    low, high = (row.value if end is None else end for end in (row.low, row.high))
    room = int((scale.width - 3 * EDGE) / (14 * WIDE)) - len(row.shown)
    return tag(
        "g",
        tag("text", cut(row.label, room), x=EDGE + 5, y=top + 18, fill="currentColor"),
        tag("text", row.shown, x=scale.width - EDGE, y=top + 18, text_anchor="end", font_weight="bold", fill="currentColor"),
        tag(
            "line",
            x1=scale.at(low),
            x2=scale.at(high),
            y1=y,
            y2=y,
            stroke=BAR,
            stroke_width=6,
            stroke_opacity="0.45",
            stroke_linecap="round",
        ),
        tag("circle", cx=scale.at(row.value), cy=y, r=6, fill=BAR),
    )


def cut(text: str, room: int) -> str:
    text = seen(text)
    return text if len(text) <= room else text[: max(1, room - 1)] + "…"


def twin(rows: Sequence[Row], language: Language) -> str:
    """What the picture says, in words."""
    return " ; ".join(
        f"{row.label}{' : ' if language == 'fr' else ': '}{row.shown}" + (f" ({row.range})" if row.range else "") for row in rows
    )


def table_twin(rows: Sequence[Row], language: Language, last: str = "interval") -> Safe:
    heads = [web(key, language).rstrip(" :\u202f") for key in ("what", "value", last)]
    lines = [tag("tr", tag("th", row.label, scope="row"), tag("td", row.shown), tag("td", row.range or "–")) for row in rows]
    return tag("table", tag("thead", tag("tr", *(tag("th", head, scope="col") for head in heads))), tag("tbody", *lines))


def picture(answer: Answer) -> Safe:
    """One answer to keep or to send: question, figures with their ranges, sources."""
    language = answer.language
    y, parts = 34, []
    for line in wrapped(answer.question, 17)[:3]:
        parts.append(tag("text", line, x=EDGE, y=y, font_size=17, font_weight="bold", fill="currentColor"))
        y += 24
    for unit, figures in _groups(answer):
        rows = [row_of(figure, language) for figure in figures]
        parts.append(
            tag(
                "g",
                _scale_lines(Scale(rows), unit, ROW * len(rows) + AXIS, language),
                *(_bar(row, i, Scale(rows)) for i, row in enumerate(rows)),
                transform=f"translate(0 {y})",
            )
        )
        y += ROW * len(rows) + AXIS + 10
    said = [f"[{cited.number}] {cited.title}, {cited.place}" for cited in answer.citations]
    for line in [line for text in said[:6] for line in wrapped(text, 12)[:2]]:
        parts.append(tag("text", line, x=EDGE, y=y + 8, font_size=12, fill="currentColor"))
        y += 18
    parts.append(
        tag("text", f"aitoll — {web('interval_note', language)}", x=EDGE, y=y + 14, font_size=11, fill="currentColor", fill_opacity="0.8")
    )
    return _sheet(parts, y + 28, answer)


def _sheet(parts: list[Safe], height: int, answer: Answer) -> Safe:
    return tag(
        "svg",
        tag("title", answer.question[:300]),
        tag("rect", width=WIDTH, height=height, fill=PAPER),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewbox=f"0 0 {WIDTH} {height}",
        width=WIDTH,
        height=height,
        color=INK,
        font_family="system-ui, 'Noto Sans', 'DejaVu Sans', sans-serif",
        font_size=14,
    )


def wrapped(text: str, size: int) -> list[str]:
    import textwrap

    return textwrap.wrap(" ".join(seen(text).split()), int((WIDTH - 2 * EDGE) / (size * WIDE))) or [""]


class NoPicture(RuntimeError):
    """PNG needs the extra `charts`."""


def png(svg: str, width: int = 2 * WIDTH) -> bytes:
    try:
        import resvg_py
    except ImportError:
        raise NoPicture("install aitoll[charts] for PNG; SVG needs nothing") from None
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=width))
