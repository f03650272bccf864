"""What one question rests on: estimates and passages, and the citations that they need, numbered as the text uses them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aitoll.agent.answer import Citation, Driver, Figure, FigureInput, Language
from aitoll.agent.texts import label_of, passage_of
from aitoll.tools.estimate import Estimate, Value
from aitoll.tools.patterns import deferred
from aitoll.tools.sources import source

if TYPE_CHECKING:
    from collections.abc import Callable

    from aitoll.knowledge.library import Passage

MARK = deferred("\ue010([^\ue011]*)\ue011")


@dataclass(frozen=True)
class Evidence:
    """A passage as it will be quoted: of the library in the asker's language, of the user's documents as it stands."""

    id: str
    source: str
    kind: str
    title: str
    place: str
    passage: str
    verdict: str | None = None
    note: str = ""
    primary: tuple[tuple[str, str], ...] = ()
    topic: str = ""


def evidence(found: Passage, language: Language) -> Evidence:
    note = found.note[language] if found.note else ""
    return Evidence(
        found.id,
        found.source,
        found.kind,
        source(found.source).title,
        found.place[language],
        found.text[language],
        found.verdict,
        note,
        found.primary,
        found.topic,
    )


@dataclass(frozen=True)
class Entry:
    """A figure of the answer before it has citation numbers."""

    estimate: Estimate
    role: str
    subject: str = ""


@dataclass
class Ledger:
    language: Language
    entries: list[Entry] = field(default_factory=list)
    passages: list[Evidence] = field(default_factory=list)
    cited: dict[str, Callable[[], dict[str, object]]] = field(default_factory=dict)
    quoted: dict[str, list[Value]] = field(default_factory=dict)
    said: dict[str, list[str]] = field(default_factory=dict)  # by source: dates and notes of the rows quoted

    def add(self, estimate: Estimate, subject: str = "", role: str = "answer") -> None:
        """A figure asked for; those that it rests on follow as details."""
        known = [entry.estimate for entry in self.entries]
        if estimate not in known:
            self.entries.append(Entry(estimate, role, subject))
        for part in estimate.parts():
            if part not in [entry.estimate for entry in self.entries] and not part.published:
                self.entries.append(Entry(part, "detail", subject))

    def mark(self, value: Value, beside: str = "") -> str:
        """The mark of a value's source, to be numbered at the end, with what else its row says; nothing where it has none."""
        if not value.source:
            return ""
        key = f"{value.source}|{value.where}"
        if beside and beside not in self.said.setdefault(key, []):
            self.said[key].append(beside)
        self.quoted.setdefault(key, [])
        if value not in self.quoted[key]:
            self.quoted[key].append(value)
        self.cited[key] = lambda: self._of_source(str(value.source), value.where, self.quoted[key], self.said.get(key, []))
        return f"\ue010{key}\ue011"

    def mark_passage(self, found: Evidence) -> str:
        if found not in self.passages:
            self.passages.append(found)
        key = f"passage|{found.id}"
        self.cited[key] = lambda: self._of_passage(found)
        return f"\ue010{key}\ue011"

    def mark_primary(self, found: Evidence) -> str:
        """The primary source behind a passage, cited for what its note says."""
        marks = ""
        for id, where in found.primary[:2]:
            key = f"{id}|{where}"
            if key not in self.cited:
                self.cited[key] = lambda id=id, where=where: {**_source_fields(id), "place": where, "passage": found.note}  # type: ignore[misc]
            marks += f"\ue010{key}\ue011"
        return marks

    def _of_source(self, id: str, where: str, values: list[Value], said: list[str]) -> dict[str, object]:
        return {
            **_source_fields(id),
            "place": where,
            "passage": " ; ".join(dict.fromkeys((*(passage_of(value, self.language) for value in values), *said))),
        }

    def _of_passage(self, found: Evidence) -> dict[str, object]:
        own = {"place": found.place, "passage": found.passage, "verdict": found.verdict, "note": found.note}
        if found.kind == "user":
            return {"id": found.id, "kind": "user", "title": found.title, **own}
        return {**_source_fields(found.source), **own, "id": found.id}

    def finish(self, text: str) -> tuple[str, list[Citation], list[Figure]]:
        """Number the marks in order of first use, then what carries those numbers."""
        numbers: dict[str, int] = {}
        for match in MARK.finditer(text):
            numbers.setdefault(match[1], len(numbers) + 1)
        numbered = MARK.sub(lambda match: f"[{numbers[match[1]]}]", text)
        citations = [Citation.model_validate({"number": number, **self.cited[key]()}) for key, number in numbers.items()]
        return numbered, citations, [self._figure(entry, numbers) for entry in self.entries]

    def _figure(self, entry: Entry, numbers: dict[str, int]) -> Figure:
        found = entry.estimate
        sources = [numbers.get(f"{leaf.source}|{leaf.where}") for leaf in found.leaves() if leaf.source]
        return Figure(
            name=found.name,
            role="answer" if entry.role == "answer" else "detail",
            value=found.value,
            low=found.low,
            high=found.high,
            unit=found.unit,
            formula=shown_formula(found),
            inputs=[_input(name, part, numbers) for name, part in found.inputs.items()],
            drivers=[Driver(name=name, share=round(part, 4)) for name, part in found.drivers],
            citations=sorted({number for number in sources if number}),
            subject=entry.subject,
            label=label_of(found, self.language),
        )


def _source_fields(id: str) -> dict[str, object]:
    found = source(id)
    said = {"title": found.title, "author": found.author, "publisher": found.publisher, "date": found.published}
    return {"id": id, "kind": found.kind, "url": found.url, **said}


def _input(name: str, part: Value | Estimate, numbers: dict[str, int]) -> FigureInput:
    if isinstance(part, Estimate):
        return FigureInput(name=name, value=part.value, low=part.low, high=part.high, unit=part.unit, status="computed")
    return FigureInput(
        name=name,
        value=part.value,
        low=part.low,
        high=part.high,
        unit=part.unit,
        status=part.status,
        citation=numbers.get(f"{part.source}|{part.where}") if part.source else None,
        note=part.note,
        source=source(part.source).title if part.source else None,
        where=part.where,
    )


def shown_formula(found: Estimate) -> str:
    """With names, then with the numbers put in: "cost = gpu_hours * price = 368640 * 2.5"."""
    if not found.expression:
        return ""
    filled = re.sub(r"[A-Za-z_][A-Za-z_0-9]*", lambda match: _plain(found.inputs.get(match[0]), match[0]), found.expression)
    whole = f"floor({found.expression})", f"floor({filled})"
    names, numbers = whole if found.whole else (found.expression, filled)
    return f"{found.name} = {names} = {numbers}"


def _plain(part: Value | Estimate | None, name: str) -> str:
    return name if part is None else f"{part.value:.6g}"
