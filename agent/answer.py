"""The contract: one question gives one Answer, whatever planned it and wherever it is shown."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Language = Literal["fr", "en"]
AnswerStatus = Literal["answered", "clarify", "invalid", "not_found", "out_of_scope", "failed"]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class FigureInput(Part):
    name: str
    value: float
    low: float | None
    high: float | None
    unit: str
    status: Literal["given", "published", "assumed", "computed"]
    citation: int | None = None
    note: str = ""
    source: str | None = None  # title of the source, for who reads a figure without its answer
    where: str = ""


class Driver(Part):
    name: str
    share: float


class Figure(Part):
    """A quantity, asked for or rested upon, with its 90 % interval."""

    name: str
    role: Literal["answer", "detail"]
    value: float
    low: float | None
    high: float | None
    interval_level: float = 0.9
    unit: str
    formula: str
    inputs: list[FigureInput]
    drivers: list[Driver]
    citations: list[int]
    subject: str = ""  # what it is the figure of, where several are asked for
    label: str = ""  # its name in the language of the answer


class Citation(Part):
    number: int
    id: str
    kind: Literal["article", "faq", "primary", "data", "user"]
    title: str
    author: str = ""
    publisher: str = ""
    date: str = ""
    url: str | None = None
    place: str = ""
    passage: str = ""
    verdict: Literal["confirmed", "imprecise", "wrong", "outdated", "opinion", "unverified"] | None = None
    note: str = ""


class Step(Part):
    tool: str
    arguments: dict[str, object]
    elapsed_ms: float
    error: str | None = None


class Usage(Part):
    """What a language model took for one answer; `cost_usd` is null where its price is not known."""

    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    elapsed_ms: float


class Answer(Part):
    """What every surface renders; none computes, words or cites anything itself."""

    id: str
    conversation: str | None = None
    question: str
    language: Language
    status: AnswerStatus
    text: str
    figures: list[Figure] = []
    citations: list[Citation] = []
    steps: list[Step] = []
    warnings: list[str] = []
    model: str = "rules"
    usage: Usage | None = None  # of the language model, also where its words were not taken
    elapsed_ms: float = 0.0
