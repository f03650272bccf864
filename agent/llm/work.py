"""What one turn has gathered: the question, the facts and passages found so far under short references, what it took."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aitoll.agent.formatting import digits_deserved, quantity, share
from aitoll.agent.llm.named import Named
from aitoll.agent.llm.said import can_be_given, numbers_of
from aitoll.agent.rules.choosing import ROWS
from aitoll.agent.rules.running import Outcome
from aitoll.agent.rules.wording import value_of
from aitoll.agent.texts import label, label_of
from aitoll.tools.estimate import Estimate, Value
from aitoll.tools.inputs import Inputs, Range
from aitoll.tools.sources import source

if TYPE_CHECKING:
    from aitoll.agent.answer import Language
    from aitoll.agent.ledger import Evidence
    from aitoll.agent.llm.spending import Budget, Price
    from aitoll.agent.rules.planning import Plan
    from aitoll.agent.rules.quantities import Quantity
    from aitoll.agent.rules.reading import Reading
    from aitoll.agent.rules.running import Result
    from aitoll.agent.rules.turn import Turn

Part = Value | Estimate


@dataclass(frozen=True)
class Fact:
    """A figure under its reference."""

    result: Result
    estimate: Estimate
    related: tuple[Fact, ...] = ()  # the larger and the smaller one, of a ratio or a difference

    @cached_property
    def parts(self) -> dict[str, Part]:
        """What it rests on, by name, the nearest first; a looked-up value rests on itself."""
        return {} if self.estimate.published or self.related else _parts(self.estimate)


def _parts(found: Estimate) -> dict[str, Part]:
    named = {name: part for name, part in found.inputs.items() if not _on_trial(part)}
    for part in found.inputs.values():
        if isinstance(part, Estimate) and not part.published:
            named = {**_parts(part), **named}
    return named


def _on_trial(part: Part) -> bool:
    """Whether it only holds at the trial value by which an input was sought."""
    return any(leaf.row.startswith("trial/") for leaf in (part.leaves() if isinstance(part, Estimate) else (part,)))


@dataclass
class Spent:
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0
    elapsed_ms: float = 0.0

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


@dataclass
class Work:
    """One turn with a model, from the question to a text that may be shown."""

    reading: Reading
    earlier: list[str]
    made: Plan  # how the rules read it
    price: Price
    budget: Budget | None = None
    deadline: float = 0.0  # by time.monotonic
    outcome: Outcome = field(default_factory=Outcome)
    facts: dict[str, Fact] = field(default_factory=dict)
    passages: dict[str, Evidence] = field(default_factory=dict)
    beside: list[Evidence] = field(default_factory=list)
    named: Named = field(init=False)
    said: list[Quantity] = field(init=False)
    own: dict[str, list[Any]] = field(init=False)  # inputs as the rules read them: "triples every year" is a growth of 3
    read: list[str] = field(default_factory=list)  # what the tools have told the model
    offered: dict[int, tuple[list[dict[str, Any]], int]] = field(default_factory=dict)  # the calculators, by how many names are known
    offered_characters: int = 0  # of the tools in the request that is made
    refusal: tuple[str, str] | None = None  # why there is no figure, and what is missing or unknown
    corrected: bool = False  # whether its words were sent back
    retried: bool = False  # whether a request was made again
    turn: Turn | None = None  # once its words have passed
    spent: Spent = field(default_factory=Spent)
    _dimensions: dict[tuple[str, bool], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.named = Named(self.language)
        self.named.read(self.questions, self.made.slots)
        self.said = numbers_of(self.reading, self.earlier)
        self.own = {name: [value] for name, value in self.made.slots.numbers.items()}
        for call in self.made.calls:
            for name, value in call.arguments.items():
                if name in ROWS and value:
                    self.named.add(ROWS[name], value)
                if isinstance(value, float | Range) and value not in self.own.setdefault(name, []):
                    self.own[name].append(value)

    @property
    def language(self) -> Language:
        return self.reading.language

    @property
    def questions(self) -> list[str]:
        return [*self.earlier, self.reading.question]

    def could_be(self, inputs: type[Inputs], field: str) -> bool:
        """Whether a number of the conversation has the dimension of this input."""
        key = (inputs.unit(field), field == "growth")
        if key not in self._dimensions:
            self._dimensions[key] = can_be_given(inputs, field, self.said)
        return self._dimensions[key]

    def shown_own(self) -> list[str]:
        return [f"{name} {list(value) if isinstance(value, Range) else value}" for name, values in self.own.items() for value in values]

    def take(self, result: Result, related: tuple[Fact, ...] = ()) -> str:
        """Keep what a tool gave, and tell it under its references."""
        self.outcome.results.append(result)
        told = []
        for estimate in result.estimates:
            reference = f"f{len(self.facts) + 1}"
            self.facts[reference] = Fact(result, estimate, related)
            told += _told(reference, self.facts[reference], self.language)
        return self.tell("\n".join(told))

    def take_passages(self, found: list[Evidence]) -> str:
        known = {passage.id: reference for reference, passage in self.passages.items()}
        told = []
        for passage in found:
            reference = known.get(passage.id) or f"p{len(self.passages) + 1}"
            self.passages[reference] = passage
            note = f" Note: {passage.verdict}. {passage.note}" if passage.note else ""
            told.append(f"{reference}: “{passage.passage}” ({passage.title}, {passage.place}).{note}")
        return self.tell("\n".join(told))

    def tell(self, text: str) -> str:
        self.read.append(text)
        return text


def _told(reference: str, fact: Fact, language: Language) -> list[str]:
    found, subject = fact.estimate, fact.result.call.subject
    named = f"{label_of(found, language)}{f' ({subject})' if subject else ''}"
    lines = [f"{reference}: {named} = {value_of(found, language)}"]
    if found.low is not None and found.high is not None and found.low != found.high:
        lines.append(f"  {reference}.range: {shown_end(found, found.low, language)} to {shown_end(found, found.high, language)}")
    for name, part in fact.parts.items():
        status = part.status if isinstance(part, Value) else "computed"
        origin = f", {source(part.source).title}" if isinstance(part, Value) and part.source else ""
        lines.append(f"  {reference}.{name}: {label(name, language)} = {shown_part(part, language)} ({status}{origin})")
    return lines


def shown_end(found: Estimate, end: float, language: Language) -> str:
    """One end of an interval, as precise as the interval deserves."""
    digits = digits_deserved(found.value, found.low, found.high, found.unit)
    return share(end, language) if found.name == "saved_share" else quantity(end, found.unit, language, digits)


def shown_part(part: Part, language: Language) -> str:
    if isinstance(part, Value):
        return quantity(part.value, part.unit, language, 6 if part.status == "given" else 4)
    return quantity(part.value, part.unit, language, max(3, digits_deserved(part.value, part.low, part.high, part.unit)))
