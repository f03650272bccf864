"""References in a model's text: what they stand for, and whether each stands beside its own subject."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from aitoll.agent.llm.beside import JOINED, amount_before, denial, unit_after
from aitoll.agent.llm.named import Named
from aitoll.agent.llm.work import shown_part
from aitoll.agent.rules.asking import METRICS
from aitoll.agent.rules.cues import find_cues
from aitoll.agent.rules.fold import fold
from aitoll.agent.rules.names import find_names
from aitoll.agent.texts import label, label_of
from aitoll.tools import units
from aitoll.tools.estimate import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aitoll.agent.llm.work import Fact, Work

REFERENCE = re.compile(r"\{\{\s*([fp]\d{1,3})(?:\.([a-z_][a-z_0-9]*))?\s*\}\}")
_BREAK = r"(?<![.;!?\n|])[.;!?\n|]+(?=\s|$)"
SENTENCE = re.compile(_BREAK)
CLAUSE = re.compile(_BREAK + r"|[,:](?=\s)|\s(?:and|et|while|whereas|but|mais|tandis que|alors que|contre|against|versus|vs)\s")
OF_UNIT = {
    "USD": "cost",
    "EUR": "cost",
    "kWh": "energy",
    "tCO2e": "carbon",
    "kgCO2e": "carbon",
    "gCO2e": "carbon",
    "L": "water",
    "m3": "water",
    "FLOP": "compute",
    "hour": "duration",
    "GPU-hour": "gpu_hours",
    "GPU": "gpu_count",
}

TIMES = ("times", "fois")
LESS = frozenset(("less", "fewer", "lower", "smaller", "cheaper", "below", "under", "moins", "sous", "inferieur", "inferieure"))
MORE = frozenset(("more", "higher", "larger", "dearer", "above", "over", "plus", "superieur", "superieure"))
PLAIN = ("GPU", "hour", "GPU-hour", "token", "FLOP")  # units that say what is counted


@dataclass(frozen=True)
class Reference:
    """One reference as it stands in a text."""

    name: str
    part: str
    start: int
    end: int
    before: str  # in its sentence
    after: str  # in its clause
    line: str
    again: bool  # whether the same figure stands before it in the line


def references(text: str) -> list[Reference]:
    found = list(REFERENCE.finditer(text))
    ends = [0, *(match.end() for match in found)]
    starts = [*(match.start() for match in found), len(text)]
    return [
        Reference(
            match[1],
            match[2] or "",
            *match.span(),
            _last(text[ends[i] : match.start()]),
            _first(text[match.end() : starts[i + 1]]),
            *_in_line(text, match),
        )
        for i, match in enumerate(found)
    ]


def _in_line(text: str, match: re.Match[str]) -> tuple[str, bool]:
    start, end = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
    line = text[start : end if end >= 0 else len(text)]
    return line, any(other[1] == match[1] and not (other[2] or "") for other in REFERENCE.finditer(text[start : match.start()]))


def _last(text: str) -> str:
    """What stands before a reference, in its sentence and after the reference before it."""
    breaks = list(SENTENCE.finditer(text))
    return text[breaks[-1].end() :] if breaks else text


def _first(text: str) -> str:
    """What stands after it, in its clause."""
    found = CLAUSE.search(text)
    return text[: found.start()] if found else text


def faults(text: str, work: Work) -> Iterator[str]:
    """References that stand for nothing, or beside a thing that they are not the figure of."""
    written = references(text)
    for i, reference in enumerate(written):
        shown = text[reference.start : reference.end]
        if reference.name not in (work.facts if reference.name[0] == "f" else work.passages):
            yield f"{shown} stands for nothing"
        elif reference.name[0] == "p":
            if reference.part not in ("", "text"):
                yield f"{shown}: a passage has no such part"
        else:
            fact = work.facts[reference.name]
            if reference.part not in ("", "name", *(("range", "low", "high") if ranged(fact) else ()), *fact.parts):
                yield f"{shown}: this figure has no such part"
            elif reference.part != "name":
                yield from _beside(reference, fact, work, shown, written[i - 1] if i else None, text)


def ranged(fact: Fact) -> bool:
    found = fact.estimate
    return found.low is not None and found.high is not None and found.low != found.high


def _beside(reference: Reference, fact: Fact, work: Work, shown: str, last: Reference | None, text: str) -> Iterator[str]:
    before, after = fold(reference.before), fold(reference.after)
    amount = amount_before(before)
    if amount and not (amount == "over" and reference.part in fact.parts and fact.parts[reference.part].unit == "hour"):
        yield f"{shown}: no {amount!r} before it"
    if said := denial(CLAUSE.split(before)[-1]):
        yield f"{shown}: no {said!r} before it in its clause"
    if last and last.name[0] == "f" and last.part != "name" and JOINED.fullmatch(fold(text[last.end : reference.start])):
        yield f"{shown}: no figure may stand right after another; use the range of one"
    if fact.related:
        yield from _relation(reference, fact, shown)
    if (unit := unit_after(after)) and not (fact.related and unit in TIMES and fact.estimate.unit == "1"):
        yield f"{shown}: no {unit!r} after it, it has its own unit"
    follows = reference.part in fact.parts or _speaks(before) or _quantity_fits(after, fact, reference.part)
    if not (follows and _quantity_fits(before, fact, reference.part)):
        yield f"{shown} is {label_of(fact.estimate, work.language)}, and the sentence speaks of another quantity"
    other = work.facts.get(last.name) if last and reference.part not in fact.parts else None
    if last and other and last.part in other.parts and _twins(fact, other):
        yield f"{shown} is not the figure of {{{{{last.name}.{last.part}}}}}"
    if stranger := _stranger(reference, fact, work):
        yield f"{shown} is not the figure of {stranger}"


def _relation(reference: Reference, fact: Fact, shown: str) -> Iterator[str]:
    """The larger one stands before a ratio and the smaller one after it; words of less or more turn a difference round."""
    larger, smaller = (_rows(one) for one in fact.related)
    before, after = find_names(reference.before)[-1:], find_names(reference.after)[:1]
    for mention, own, other in ((before, larger, smaller), (after, smaller, larger)):
        meant = {(one.table, id) for one in mention for id in (one.id, *one.others)}
        if meant & (other - own) and not meant & own:
            yield f"{shown} is {fact.result.call.subject}: the larger one first, then the reference, then the smaller one"
    turned = LESS if fact.estimate.unit == "1" else LESS | MORE
    if said := turned & set(re.findall(r"[a-z']+", f"{fold(reference.before)} {fold(reference.after)}")):
        yield f"{shown} is {fact.result.call.subject}: no {min(said)!r} beside it"


def _speaks(clause: str) -> bool:
    return bool(_quantities(clause))


@lru_cache(maxsize=256)
def _quantities(clause: str) -> frozenset[str]:
    """The quantities that a clause names."""
    return frozenset(cue.name for cue in find_cues(clause) if cue.name in METRICS)


def _quantity_fits(clause: str, fact: Fact, part: str) -> bool:
    """A clause that names quantities names this one's among them."""
    said = _quantities(clause)
    if not said:
        return True
    own = _labels(fact, part)
    if any(name and name in clause for name in own):
        return True
    if part not in ("", "range", "low", "high"):
        unit = fact.parts[part].unit
        return OF_UNIT.get(units.parts(unit)[0], "") in said or not OF_UNIT.get(unit)
    return OF_UNIT.get(fact.estimate.unit, "") in said or fact.estimate.unit not in OF_UNIT


def _labels(fact: Fact, part: str) -> list[str]:
    languages = ("fr", "en")
    if part in fact.parts:
        return [fold(label(part, language)) for language in languages]  # type: ignore[arg-type]
    return [fold(label_of(fact.estimate, language)) for language in languages]  # type: ignore[arg-type]


def _stranger(reference: Reference, fact: Fact, work: Work) -> str:
    """The name nearest to a reference in its clause, where it is not one that the figure rests on."""
    near = find_names(reference.before)[-1:] or find_names(reference.after)[:1]
    if not near:
        return ""
    own = _rows(fact)
    meant = {(near[0].table, id) for id in (near[0].id, *near[0].others)} | set(Named(work.language).find(near[0].text))
    return "" if own & meant else near[0].text


def _rows(fact: Fact) -> set[tuple[str, str]]:
    """The rows of the tables that a figure rests on: those of its call, and those of its leaves."""
    from aitoll.agent.rules.choosing import ROWS

    called = {(ROWS[field], str(id)) for field, id in fact.result.call.arguments.items() if field in ROWS}
    leaves = [leaf.row.split("/") for leaf in fact.estimate.leaves()]
    return called | {(parts[0], parts[1]) for parts in leaves if len(parts) >= 2}


def names_itself(reference: Reference, fact: Fact, work: Work) -> bool:
    """Whether a reader can tell from the line what this is the figure of, with nothing added."""
    line, subject = fold(reference.line), fold(fact.result.call.subject)
    if fact.related:
        return False  # which of the two is the larger one is always said
    named = f"{{{{{reference.name}.name}}}}" in reference.line or any(name in line for name in _labels(fact, ""))
    if reference.part in fact.parts:
        part = fact.parts[reference.part]
        given = not isinstance(part, Estimate) and part.status == "given" and units.parts(part.unit)[0] in PLAIN
        return given or any(name in line for name in _labels(fact, reference.part))
    if reference.again:
        return True
    around = fold(f"{reference.before} {reference.after}")
    if _has_twin(fact, work):
        apart = fold(told_apart(fact, work))
        return bool(apart) and apart == subject and subject in around
    return named or (bool(subject) and subject in around and _speaks(around))


def _has_twin(fact: Fact, work: Work) -> bool:
    """Whether another call gave a figure of the same quantity."""
    return any(_twins(fact, other) for other in work.facts.values())


def _twins(fact: Fact, other: Fact) -> bool:
    return other.result is not fact.result and other.estimate.name == fact.estimate.name


def told_apart(fact: Fact, work: Work) -> str:
    """What a reader needs to tell a figure from others of the same quantity: its subject, or the number given that differs."""
    twins = [other for other in work.facts.values() if _twins(fact, other)]
    subject = fact.result.call.subject
    if fact.related:
        return subject
    if not twins or any(other.result.call.subject != subject for other in twins):
        return subject if twins else ""
    given = {name: part for name, part in fact.parts.items() if not isinstance(part, Estimate) and part.status == "given"}
    return ", ".join(
        shown_part(part, work.language) for name, part in given.items() if any(part != other.parts.get(name) for other in twins)
    )
