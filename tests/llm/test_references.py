"""What a model may write beside a reference, and what it may not: natural sentences pass, a figure at the wrong thing does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aitoll.agent.llm.calling import calculate
from aitoll.agent.llm.composing import compose
from aitoll.agent.llm.relating import compare, solve
from aitoll.agent.llm.spending import Price
from aitoll.agent.llm.work import Work
from aitoll.agent.rules.planning import plan
from aitoll.agent.rules.reading import read

if TYPE_CHECKING:
    from collections.abc import Sequence

TWO_PLACES = (
    "Compare the CO2 of 10 GWh in France and in Poland.",
    [("training_carbon", {"energy_kwh": 1e7, "place": p}) for p in ("fra", "pol")],
)
RENT_AND_CO2 = (
    "Cost and CO2 of 512 H100s for 30 days at $2.50 per GPU-hour in France?",
    [
        ("training_cost", {"gpus": 512, "hours": 720, "price": 2.5, "gpu": "h100-sxm"}),
        ("training_carbon", {"gpus": 512, "hours": 720, "gpu": "h100-sxm", "place": "fra"}),
    ],
)
TWO_SIZES = (
    "Cost of 512 or of 1,024 H100s for 30 days at $2.50 per GPU-hour?",
    [("training_cost", {"gpus": n, "hours": 720, "price": 2.5, "gpu": "h100-sxm"}) for n in (512, 1024)],
)
RATIO = (TWO_PLACES[0], [*TWO_PLACES[1], ("compare", {"first": "f1", "second": "f2"})])
BACKWARDS = (
    "With $100,000, how long can I rent 100 H100s at $2 an hour?",
    [("solve", {"calculator": "training_cost", "find": "hours", "result": 100_000, "inputs": {"gpus": 100, "price": 2}})],
)
DEUX_PAYS = ("Compare le CO2 de 10 GWh en France et en Pologne.", TWO_PLACES[1])


def composed(asked: tuple[str, Sequence[tuple[str, dict[str, Any]]]], text: str) -> tuple[str, list[str]]:
    reading = read(asked[0])
    work = Work(reading, [], plan(reading), Price("gpt-4o", ""))
    for tool, arguments in asked[1]:
        related = {"compare": compare, "solve": solve}.get(tool)
        if related:
            related(work, arguments)
        else:
            calculate(work, tool, arguments)
    turn, faults = compose(text, work)
    return (turn.text.partition("\n\n")[0] if turn else ""), faults


@pytest.mark.parametrize(
    ("asked", "text", "shown"),
    [
        (RENT_AND_CO2, "The cost of the compute is {{f1}}.", "The cost of the compute is $921,600."),
        (RENT_AND_CO2, "Renting costs {{f1}}.", "Renting costs $921,600 (cost of the compute)."),
        (RENT_AND_CO2, "{{f1.name}}: **{{f1}}**", "cost of the compute (H100): **$921,600**"),
        (RENT_AND_CO2, "With {{f1.gpus}} over {{f1.hours}}, the cost of the compute is {{f1}}.", None),
        (RENT_AND_CO2, "- Cost of the compute: {{f1}}\n- CO2 of the electricity, location-based: {{f2}}, {{f2.range}}", None),
        (RENT_AND_CO2, "The CO2 of the electricity is {{f2}} because the grid of France emits little.", None),
        (RENT_AND_CO2, "The CO2 of the electricity lies within {{f2.range}}; the carbon intensity of the grid is {{f2.grid}}.", None),
        (RENT_AND_CO2, "At a rental price of {{f1.price}}, the cost of the compute comes to {{f1}}.", None),
        (TWO_PLACES, "In France, the CO2 of the electricity is {{f1}}. In Poland, the CO2 of the electricity is {{f2}}.", None),
        (TWO_PLACES, "France emits CO2: {{f1}}, and Poland emits CO2: {{f2}}, for its grid burns coal.", None),
        (
            RATIO,
            "In Poland the CO2 is {{f3}} times that of France.",
            "In Poland the CO2 is 14.2 (CO2 of the electricity, location-based, ratio, Poland ÷ France) times that of France.",
        ),
        (RATIO, "The CO2 of the electricity differs by {{f4}}.", None),
        (BACKWARDS, "The duration is {{f1}} for {{f1.limit}}.", None),
        (DEUX_PAYS, "En France, le CO2 de l'électricité est de {{f1}} ; en Pologne, il monte à {{f2}}.", None),
        (DEUX_PAYS, "Le CO2 de la Pologne, {{f2}}, dépasse celui de la France, {{f1}}.", None),
        (
            TWO_SIZES,
            "The cost of the compute is {{f1}} with {{f1.gpus}}. With {{f2.gpus}}, the cost of the compute is {{f2}}.",
            None,
        ),
    ],
)
def test_a_natural_sentence_is_taken(asked: Any, text: str, shown: str | None) -> None:
    found, faults = composed(asked, text)
    assert faults == []
    assert shown is None or found == shown


@pytest.mark.parametrize(
    ("asked", "text", "said"),
    [
        (
            TWO_PLACES,
            "In France, the CO2 of the electricity is {{f2}}. In Poland, the CO2 of the electricity is {{f1}}.",
            "not the figure of",
        ),
        (TWO_PLACES, "Poland emits {{f1}} of CO2.", "not the figure of Poland"),
        (TWO_PLACES, "The CO2 of the electricity goes from {{f1}} to {{f2}}.", "right after another"),
        (DEUX_PAYS, "En Pologne, le CO2 de l'électricité est de {{f1}}.", "not the figure of Pologne"),
        (RENT_AND_CO2, "The cost of the compute is {{f2}} and the CO2 of the electricity is {{f1}}.", "another quantity"),
        (RENT_AND_CO2, "Water: {{f1}}", "another quantity"),
        (RATIO, "In France the CO2 is {{f3}} times that of Poland.", "the larger one first"),
        (RATIO, "The CO2 of France is {{f3}} times as high as in Poland.", "the larger one first"),
        (RATIO, "The CO2 is {{f3}} times less in France.", "no 'less' beside it"),
        (RATIO, "Poland emits a CO2 of {{f4}} less than France.", "no 'less' beside it"),
        (RATIO, "In France the CO2 is {{f1}} times that of Poland.", "no 'times' after it"),
        (BACKWARDS, "The duration is {{f1}} at {{f1.trial}}.", "no such part"),
        (RENT_AND_CO2, "It takes a cost of the compute of {{f1}} per GPU.", "after it"),
        (RENT_AND_CO2, "The cost of the compute is at least {{f1}}.", "before it"),
        (RENT_AND_CO2, "The cost of the compute is {{f1.high}} to {{f1.low}}.", "no such part"),
        (RENT_AND_CO2, "The cost of the compute is {{f1}}.\n\nVisit us soon.", "rests on no reference"),
        (RENT_AND_CO2, "Le coût du calcul est de {{f1}}, et c'est pour la location.", "write in English"),
        (RENT_AND_CO2, "Acme Consulting says the cost of the compute is {{f1}}, says Acme.", "named by nobody"),
        (TWO_SIZES, "With {{f1.gpus}}, the cost of the compute is {{f2}}.", "not the figure of"),
    ],
)
def test_a_figure_at_the_wrong_thing_is_sent_back(asked: Any, text: str, said: str) -> None:
    _, faults = composed(asked, text)
    assert said in "; ".join(faults)


def test_two_figures_of_one_subject_are_told_apart_by_what_was_given() -> None:
    shown, _ = composed(TWO_SIZES, "With {{f2.gpus}}, the cost of the compute is {{f2}}.")
    assert shown == "With 1,024 GPUs, the cost of the compute is $1,843,200 (cost of the compute, 1,024 GPUs)."


def test_a_number_left_out_is_asked_for() -> None:
    question, calls = RENT_AND_CO2
    (tool, arguments), _ = calls
    _, faults = composed(
        (question, [(tool, {name: value for name, value in arguments.items() if name != "price"})]), "The cost of the compute is {{f1}}."
    )
    assert faults == ["training_cost was called without price, which was given: 2.5"]
