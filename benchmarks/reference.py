"""docs/reference.md, from the registry and a worked case of each calculator: `python -m benchmarks.reference > docs/reference.md`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitoll.agent.ask import calculate
from aitoll.agent.interfaces.calc import allowed
from aitoll.agent.interfaces.calling import read
from aitoll.agent.texts import with_range
from aitoll.tools.registry import CALCULATORS
from tests.interfaces.samples import asked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aitoll.agent.answer import Figure

HEAD = """# Reference of the calculators

Made by `make reference` from the registry, and held equal to it by a test. Every input may be left out; what is then assumed is shown
with the figure. A number takes any unit of its dimension and a range; a row takes its id or any of its names. The same names serve
`aitoll calc`, REST, MCP, LangChain and Python. How ranges are made and where each formula ends: [calculators.md](calculators.md).
"""


def reference() -> str:
    return "\n".join([HEAD, *(line for name in CALCULATORS for line in section(name))])


def section(name: str) -> Iterator[str]:
    found = CALCULATORS[name]
    given = asked(name)
    figures = calculate(name, **read(name, given))
    yield f"## {name}\n\n{found.question}\n"
    yield "| input | what it is | takes |\n|---|---|---|"
    yield from (
        f"| `{field}` | {info.description or ''} | {allowed(found.inputs, field)} |" for field, info in found.inputs.model_fields.items()
    )
    yield f"\nFor instance, with {', '.join(f'`{field}` {value}' for field, value in given.items()) or 'nothing given'}:\n"
    yield from (line for figure in figures for line in shown(figure))
    yield f"\nSources: {'; '.join(sources(figures)) or 'none, everything was given'}.\n"


def shown(figure: Figure) -> Iterator[str]:
    yield f"- **{figure.label}**: {with_range(figure.value, figure.low, figure.high, figure.unit, 'en')}"
    if figure.formula:
        yield f"  - `{figure.formula.partition(' = ')[0]}`" if " = " not in figure.formula else f"  - `{figure.formula}`"


def sources(figures: list[Figure]) -> list[str]:
    said = [f"{part.source}, {part.where}" for figure in figures for part in figure.inputs if part.source]
    return list(dict.fromkeys(said))


if __name__ == "__main__":
    print(reference(), end="")
