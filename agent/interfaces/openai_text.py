"""An Answer as OpenAI's clients show it: marks as links inside the text, sources below it, annotations, usage."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aitoll.agent.export import source_line
from aitoll.agent.markup import web_address
from aitoll.agent.showing import web

if TYPE_CHECKING:
    from aitoll.agent.answer import Answer, Citation

MODEL = "aitoll"
MARK = re.compile(r"\[(\d{1,4})\](?!\()")
PIECE = re.compile(r"\S+\s*|\s+")
LETTERS_PER_TOKEN = 4  # there is no tokeniser here: where no language model counted, usage is in quarters of letters


@dataclass(frozen=True)
class Cited:
    """Where in the text a citation is marked; no address for a document of the user's own."""

    citation: Citation
    address: str | None
    start: int
    end: int


@dataclass(frozen=True)
class Written:
    text: str
    cited: list[Cited]

    @property
    def pieces(self) -> list[str]:
        """Word by word, for who streams."""
        return PIECE.findall(self.text)


def written(answer: Answer) -> Written:
    known = {one.number: one for one in answer.citations}
    pieces, cited, place, length = list[str](), list[Cited](), 0, 0
    for match in MARK.finditer(answer.text):
        one = known.get(int(match[1]))
        address = web_address(one.url) if one else None
        before, mark = answer.text[place : match.start()], f"[[{match[1]}]]({_escaped(address)})" if address else match[0]
        pieces += [before, mark]
        length += len(before)
        if one:
            cited.append(Cited(one, address, length, length + len(mark)))
        length, place = length + len(mark), match.end()
    warnings = [f"\n\n⚠ {warning}" for warning in answer.warnings]
    return Written("".join([*pieces, answer.text[place:], *warnings, _sources(answer)]), cited)


def _escaped(address: str) -> str:
    return address.replace("(", "%28").replace(")", "%29")


def _sources(answer: Answer) -> str:
    if not answer.citations:
        return ""
    lines = [f"- [{one.number}] {_source(one)}" for one in answer.citations]
    return "\n".join(["", "", f"**{web('sources', answer.language)}**", "", *lines])


def _source(one: Citation) -> str:
    address = web_address(one.url)
    return source_line(one) + (f" — <{address}>" if address else "")


def url_citation(one: Cited) -> dict[str, Any]:
    return {"start_index": one.start, "end_index": one.end, "url": one.address, "title": one.citation.title}


def tokens(answer: Answer, asked: str, text: str) -> tuple[int, int]:
    """Read and written: those of the language model where one took part."""
    if answer.usage and answer.usage.calls:
        return answer.usage.input_tokens, answer.usage.output_tokens
    return max(1, len(asked) // LETTERS_PER_TOKEN), max(1, len(text) // LETTERS_PER_TOKEN)
