"""The shipped texts, claim by claim: sources/*.yaml as typed passages; an incomplete one is refused.

An article's claims carry a verdict and the ids of the primary sources' claims that confirm, correct or date them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from aitoll.knowledge.compiled import compiled
from aitoll.tools.errors import DataFault
from aitoll.tools.sources import source
from aitoll.tools.yaml_files import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

LANGUAGES = ("fr", "en")
VERDICTS = ("confirmed", "imprecise", "wrong", "outdated", "opinion", "unverified", None)
LONGEST = 600  # characters of a passage, by contract
Words = dict[str, str]  # language → text


@dataclass(frozen=True, slots=True)
class Passage:
    """One claim of a source in our words, with what the primary sources say about it."""

    id: str
    source: str
    kind: str  # article, faq, primary, data
    section: str
    title: Words  # of the section
    place: Words
    text: Words
    verdict: str | None
    note: Words | None
    primary: tuple[tuple[str, str], ...]  # (source id, where in it)
    topic: str
    keywords: Words
    asks: dict[str, tuple[str, ...]] = field(default_factory=dict)  # questions that it answers, by language
    claims: tuple[str, ...] = ()  # ids of the primary claims behind its verdict


@cache
def library() -> tuple[Passage, ...]:
    """Every shipped passage, in the order of the sources."""
    held = compiled()
    return tuple(map(_restored, held["passages"])) if held else read(files("aitoll.knowledge") / "sources")


def _restored(cells: dict[str, Any]) -> Passage:
    """As it was before it was compiled."""
    asks = {language: tuple(asked) for language, asked in cells["asks"].items()}
    primary = tuple((source, where) for source, where in cells["primary"])
    return Passage(**{**cells, "asks": asks, "primary": primary, "claims": tuple(cells["claims"])})


@cache
def _by_id() -> dict[str, Passage]:
    return {found.id: found for found in library()}


def passage(id: str) -> Passage:
    found = _by_id().get(id)
    if found is None:
        raise DataFault(table="knowledge", row=id, column="id", reason="no passage has this id")
    return found


def read(folder: Traversable) -> tuple[Passage, ...]:
    """The passages of a folder of sources; DataFault names the first entry that is incomplete."""
    names = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda entry: entry.name)
    found = [passage for name in names for passage in _of_source(name.name, parse(name.read_text("utf-8")))]
    seen: set[str] = set()
    for one in found:
        if one.id in seen:
            raise DataFault(table=one.source, row=one.id, column="id", reason="stands twice")
        seen.add(one.id)
    for one in found:
        for id in one.claims:
            if id not in seen:
                raise DataFault(table=one.source, row=one.id, column="claims", reason=f"no passage is called {id}")
    return tuple(found)


def _of_source(file: str, read: Any) -> Iterator[Passage]:
    head = _Entry(file, file, read)
    origin = head.text("source")
    kind = source(origin).kind
    if kind in ("article", "faq"):
        for number, section in enumerate(head.list("sections"), 1):
            part = _Entry(origin, f"section {number}", section)
            title = part.words("title")
            base = _Base(origin, kind, part.text("id"), title, _place(kind, number, title))
            for entry in part.list("passages"):
                yield _checked(_Entry(origin, part.text("id"), entry), base)
        return
    title, names = head.words("title"), ", ".join(head.list("names"))
    for number, entry in enumerate(head.list("claims"), 1):
        one = _Entry(origin, f"claim {number}", entry)
        yield _published(one, _Base(origin, kind, "claims", title, one.words("where")), names)


def _place(kind: str, number: int, title: Words) -> Words:
    if kind == "faq":
        return {"fr": f"FAQ, question {number} : {title['fr']}", "en": f"FAQ, question {number}: {title['en']}"}
    return {"fr": f"section « {title['fr']} »", "en": f"section “{title['en']}”"}


@dataclass(frozen=True, slots=True)
class _Base:
    """What the passages of a section have in common."""

    origin: str
    kind: str
    section: str
    title: Words
    place: Words

    def passage(self, entry: _Entry, **rest: Any) -> Passage:
        text = {language: entry.text(language) for language in LANGUAGES}
        for language, said in text.items():
            entry.refuse_unless(len(said) <= LONGEST, language, f"is longer than {LONGEST} characters")
        told = {"topic": entry.text("topic"), "asks": entry.questions("asks"), **rest}
        return Passage(entry.text("id"), self.origin, self.kind, self.section, self.title, self.place, text, **told)


def _checked(entry: _Entry, base: _Base) -> Passage:
    """A claim of an article, with its verdict."""
    entry = _Entry(base.origin, entry.text("id"), entry.cells)
    verdict = entry.cell("verdict")
    entry.refuse_unless(verdict in VERDICTS, "verdict", f"{verdict!r} is none of {', '.join(map(str, VERDICTS))}")
    return base.passage(
        entry,
        verdict=verdict,
        note=None if entry.cell("note") is None else entry.words("note"),
        primary=_primary(entry),
        keywords=entry.words("keywords"),
        claims=tuple(entry.list("claims")),
    )


def _published(entry: _Entry, base: _Base, names: str) -> Passage:
    """A claim of a primary source, found by the names of the source as well."""
    entry = _Entry(base.origin, entry.text("id"), entry.cells)
    return base.passage(entry, verdict=None, note=None, primary=(), keywords=dict.fromkeys(LANGUAGES, names))


def _primary(entry: _Entry) -> tuple[tuple[str, str], ...]:
    cited = [_Entry(entry.table, entry.row, cells) for cells in entry.list("primary")]
    return tuple((source(cell.text("source")).id, cell.text("where")) for cell in cited)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A mapping of the YAML that says where it stands when something is missing."""

    table: str
    row: str
    cells: Any

    def refuse_unless(self, right: bool, column: str, reason: str) -> None:
        if not right:
            raise DataFault(table=self.table, row=self.row, column=column, reason=reason)

    def cell(self, column: str) -> Any:
        self.refuse_unless(isinstance(self.cells, dict) and column in self.cells, column, "is missing")
        return self.cells[column]

    def text(self, column: str) -> str:
        value = self.cell(column)
        self.refuse_unless(isinstance(value, str) and bool(value.strip()), column, "is no text, or empty")
        return str(value).strip()

    def words(self, column: str) -> Words:
        inner = _Entry(self.table, self.row, self.cell(column))
        return {language: inner.text(language) for language in LANGUAGES}

    def list(self, column: str) -> list[Any]:
        value = self.cell(column)
        self.refuse_unless(isinstance(value, list), column, "is no list")
        return list(value)

    def questions(self, column: str) -> dict[str, tuple[str, ...]]:
        inner = _Entry(self.table, self.row, self.cell(column))
        asked = {language: tuple(inner.list(language)) for language in LANGUAGES}
        self.refuse_unless(all(isinstance(one, str) for held in asked.values() for one in held), column, "holds something else than text")
        return asked
