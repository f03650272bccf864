"""What is fuzzed: everything that reads what strangers, files, hosts or a model write; its seeds, and the errors it may answer with."""

from __future__ import annotations

import gzip
import json
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from aitoll.agent.ask import answer, calculate
from aitoll.agent.batch import answers
from aitoll.agent.check import enforce
from aitoll.agent.conversations import InMemory
from aitoll.agent.export import export
from aitoll.agent.interfaces import calc, calling, slack_markup
from aitoll.agent.interfaces.openai_api import ChatRequest, turns_of
from aitoll.agent.interfaces.openai_responses import ResponseRequest
from aitoll.agent.interfaces.problems import ProblemError
from aitoll.agent.llm import plain, references
from aitoll.agent.markup import html_of
from aitoll.agent.rules.planning import plan
from aitoll.agent.rules.reading import read
from aitoll.knowledge import archive, documents
from aitoll.tools.errors import AitollError
from aitoll.tools.registry import CALCULATORS
from benchmarks import calculators
from tests.knowledge.test_documents import SAYS, a_pdf
from tests.questions.bank import bank

if TYPE_CHECKING:
    from collections.abc import Callable

    from aitoll.agent.answer import Answer

ROOT = Path(__file__).parents[2]
FOLDER = tempfile.TemporaryDirectory()
SAID = ("30 days", "70B", "2,50 $/h", "30 to 40 k$", "330..350 W/GPU", "14.8 day", "1e25", "-3", "30_000", "60 %", "France", "yes", "H100")
PAGE = """<html><head><title>Cost</title><style>.x {display: none}</style></head><body><nav>Menu</nav><h1>Costs</h1><p class="x">hidden</p>
<table><tr><td>One<td>2</table><ul><li>a<li>b</ul><p>Water &amp; power, <b>3&nbsp;%</b>.<script>alert("x")</script></p></body></html>"""
TEXT = (
    '# Costs\n\nA run costs 3 % of [it](https://a.example "t").\n\n- one\n- two\n\n'
    "```\ncode\n```\n\nTitle\n=====\n\nWhy? Because.\n<!-- no -->\n"
)


PER_CHARACTER_S = 20e-6


@dataclass(frozen=True)
class Target:
    name: str
    seeds_are: str
    seeds: Callable[[], list[str] | list[bytes]]
    work: Callable[[Any], object]
    most_s: float = 0.05  # of CPU, for an input of a thousand characters
    refusals: tuple[type[Exception], ...] = ()
    weight: float = 1.0  # of the time
    longest: int = 10_000  # characters

    def may_take(self, given: str | bytes) -> float:
        """Seconds of CPU: a question of ten thousand characters of plain words takes some 50 ms."""
        return self.most_s + PER_CHARACTER_S * max(0, len(given) - 1000)


def questions() -> list[str]:
    return [turn for entry in bank() for turn in entry.turns]


@cache
def told() -> tuple[Answer, ...]:
    """Answers of every kind, for what reads answers."""
    return tuple(answer(question, InMemory()) for question in Random(17).sample(questions(), 60))


def law(text: str) -> str:
    made = told()[len(text) % len(told())]
    return enforce(text, made.figures, made.citations, [made.question], made.language)


def words_of_a_model(text: str) -> None:
    plain.faults(text, "How much CO2 does training Llama 3 70B on H100s in France emit? 3 GWh")
    references.references(text)


def model_words() -> list[str]:
    slots = ("{{f1}}", "{{f2.range}}", "{{c1}}", "{{f1.input.energy}}", "[1]")
    return [" ".join((made.text[:400], slot)) for made in told() for slot in slots[:2]] + list(slots)


def said(text: str) -> None:
    """As every number of a calculator, from Python and on the command line."""
    name = list(CALCULATORS)[len(text) % len(CALCULATORS)]
    fields = list(CALCULATORS[name].inputs.model_fields)
    field = fields[len(text) % len(fields)]
    calculate(name, **{**calculators.ASKED[name], field: text})
    dict(calc._parsed(name, word) for word in calc.options(text.split()))


def calls() -> list[str]:
    fits = [json.dumps([name, asked], default=str) for name, asked in calculators.ASKED.items()]
    return [
        *fits,
        '["compare", {"calculator": "training_carbon", "input": "place", "values": ["fra", "pol"], "inputs": {"energy_kwh": 1e6}}]',
    ]


def called(text: str) -> None:
    """As a call from a host of tools; what is no JSON goes in as a text."""
    try:
        name, asked = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        name, asked = "training_cost", {"gpu_hours": text, text[:20]: [text], "price": {"low": text, "high": 2}}
    calling.compare(asked) if name == "compare" else calling.run(str(name), asked)


def file_of(suffix: str) -> Callable[[str | bytes], object]:
    def taken(held: str | bytes) -> object:
        path = Path(FOLDER.name, f"fuzzed{suffix}")
        path.write_bytes(held if isinstance(held, bytes) else held.encode("utf-8", "surrogatepass"))
        return documents.read_document(path)

    return taken


def pages() -> list[str]:
    return [TEXT, PAGE, *(path.read_text("utf-8") for path in sorted((ROOT / "docs").glob("*.md"))[:6])]


def byte_pages() -> list[bytes]:
    return [page[:3000].encode(encoding, "replace") for page in pages() for encoding in ("utf-8", "utf-16", "cp1252")]


def pdfs() -> list[bytes]:
    return [a_pdf(SAYS), a_pdf(SAYS * 3), a_pdf(b"q 1 0 0 1 0 0 cm 1 g 3 Tr " + SAYS + b" Q")]


def exports() -> list[str]:
    head = json.dumps({"format": archive.FORMAT, "version": archive.VERSION})
    document = json.dumps({"document": dict.fromkeys(archive.DOCUMENT, "a")})
    passage = json.dumps({"in": 0, "text": "x", "place": "§ 1", "heading": "h"})
    end = json.dumps({"end": {"documents": 1, "passages": 1, "sha256": "0" * 64}})
    return ["\n".join(lines) + "\n" for lines in ((head, document, passage, end), (head, end), (document,), (head, passage, document))]


def imported(held: str | bytes) -> object:
    path = Path(FOLDER.name, "fuzzed.export")
    path.write_bytes(gzip.compress(held.encode("utf-8", "surrogatepass"), 1) if isinstance(held, str) else held)
    return archive.check(path)


def zipped() -> list[bytes]:
    return [gzip.compress(held.encode(), 1) for held in exports()]


def requests() -> list[str]:
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": "CO2 of 1 GWh?"},
        {"role": "user", "content": [{"type": "text", "text": "a"}]},
    ]
    return [
        json.dumps(body)
        for body in ({"messages": messages, "stream": True}, {"input": messages, "conversation": {"id": "a"}}, {"input": "a"})
    ]


def requested(text: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    for model in (ChatRequest, ResponseRequest):
        try:
            asked = model.model_validate_json(raw)
        except ValidationError:
            continue
        turns_of(asked.messages, "input")


def from_slack(text: str) -> None:
    made = told()[len(text) % len(told())]
    slack_markup.question_of(text, "U1")
    slack_markup.markdown(text, made.citations)
    list(slack_markup.pieces(slack_markup.mrkdwn(text), 3000))
    slack_markup.link(text, text)


def shown(text: str) -> None:
    html_of(text, lambda _: None)
    export([told()[len(text) % len(told())].model_copy(update={"question": text, "text": text})], "csv")


def texts() -> list[str]:
    return [made.text for made in told()]


def lines() -> list[str]:
    return [json.dumps({"id": number, "turns": [turn, "And in Poland?"]}) for number, turn in enumerate(questions()[:200])]


ANSWERS_S = 0.25  # the search for passages among it
FILES = (AitollError,)
TARGETS = {
    target.name: target
    for target in (
        Target("questions, read and planned", "questions of the bank", questions, lambda text: plan(read(text)), weight=6),
        Target("questions, answered", "questions of the bank", questions, lambda text: answer(text, InMemory()), ANSWERS_S, weight=3),
        Target("the law of numbers", "texts of answers", texts, law, weight=2),
        Target("words of a model", "texts of answers with slots", model_words, words_of_a_model, longest=4000),
        Target("numbers of an input", "numbers as people write them", lambda: list(SAID), said, refusals=FILES, longest=300),
        Target("calls of tools", "calls of every calculator", calls, called),
        Target("Markdown", "Markdown of our own and the docs", pages, file_of(".md"), refusals=FILES),
        Target("plain text", "the same", pages, file_of(".txt"), refusals=FILES),
        Target("HTML", "a page and the same", pages, file_of(".html"), refusals=FILES),
        Target("bytes of texts and pages", "the same in three encodings", byte_pages, file_of(".html"), refusals=FILES),
        Target("PDF", "small PDFs, read in a process of its own", pdfs, file_of(".pdf"), 3.0, FILES, weight=2),
        Target("exports", "lines of an export", exports, imported, refusals=FILES),
        Target("bytes of exports", "exports, compressed", zipped, imported, refusals=FILES),
        Target("requests of OpenAI's clients", "requests", requests, requested, refusals=(ProblemError,)),
        Target("texts to and from Slack", "texts of answers", texts, from_slack),
        Target("Markdown shown as HTML and CSV", "texts of answers", texts, shown),
        Target("lines of a batch", "lines of a batch", lines, lambda text: list(answers([text.encode("utf-8", "replace")])), 2 * ANSWERS_S),
    )
}
