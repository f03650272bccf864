"""What the tables publish, asked for as people ask: rankings, whole lives, one answer, what the tables lack."""

from __future__ import annotations

import pytest

from aitoll import ask
from aitoll.agent.rules.unknown import is_card
from aitoll.agent.texts import note_in


def _figures(question: str) -> list[tuple[str, float | None, str]]:
    return [(figure.name, figure.value, figure.unit) for figure in ask(question).figures if figure.role == "answer"]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Which AI model was the most expensive to train?", "Grok-3"),
        ("Quel modèle a demandé le plus de calcul ?", "Grok-3"),
        ("Quel est le modèle dont l'entraînement a émis le plus de CO2 ?", "Llama 3.1 405B"),
        ("dirtiest grid on the list?", "Uzbekistan"),
        ("Dans quel pays l'électricité est-elle la moins carbonée pour entraîner un modèle ?", "Éthiopie"),
        ("Which chip draws the most power?", "GB300"),
    ],
)
def test_a_superlative_is_answered_from_the_whole_table_with_the_first_row_named_first(question: str, first: str) -> None:
    answer = ask(question)
    assert answer.status == "answered"
    assert f", {first}**" in answer.text.splitlines()[0]
    assert len([figure for figure in answer.figures if figure.role == "answer"]) >= 3


def test_an_amount_at_most_is_no_superlative() -> None:
    assert "highest in our tables" not in ask("At most how much CO2 does a model emit?").text


@pytest.mark.parametrize(
    "question",
    [
        "Mistral Large 2: tonnes and cubic metres of training and 18 months of use, by its life-cycle analysis?",
        "Selon l'ACV de Mistral, entraînement et 18 mois d'usage compris : combien de CO2 et d'eau ?",
    ],
)
def test_the_balance_of_a_whole_life_is_given_as_it_was_published(question: str) -> None:
    assert [value for _, value, _ in _figures(question)] == [20400, 281_000_000]


def test_the_training_alone_is_estimated_beside_the_balance_of_the_whole_life() -> None:
    names = [name for name, _, _ in _figures("How much CO2 did training Mistral Large 2 emit?")]
    assert names == ["life_cycle_carbon", "training_carbon"]


@pytest.mark.parametrize(
    "question", ["One 400-token Le Chat reply: how much water?", "L'eau d'une réponse de 400 tokens de Mistral Large 2 ?"]
)
def test_an_answer_of_the_published_length_is_the_published_answer(question: str) -> None:
    assert _figures(question) == [("use_water", 0.045, "L")]


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("Et R1 de DeepSeek, l'apprentissage par renforcement a coûté quoi ?", 294_000),
        ("Quelle somme MosaicML a-t-elle annoncée pour MPT-7B ?", 200_000),
    ],
)
def test_a_model_told_before_its_family_or_by_a_sum_is_found(question: str, value: float) -> None:
    assert [figure for _, figure, _ in _figures(question)] == [value]


def test_a_family_before_a_colon_is_not_asked_back() -> None:
    values = [value for _, value, _ in _figures("Llama 4 : Maverick contre Scout, lequel a le plus émis à l'entraînement ?")]
    assert {645, 1354} <= {*values}


@pytest.mark.parametrize(
    "question",
    [
        "How much would the rent come to?",
        "Ça ferait combien de loyer ?",
        "How many tonnes is that?",
        "Is it expensive to run?",
        "Il pollue beaucoup, ce modèle ?",
    ],
)
def test_what_points_to_nothing_is_asked_back(question: str) -> None:
    assert ask(question).status == "clarify"


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("what was the training cost of Blorptron-X 12?", "Blorptron-X 12"),
        ("Water for a question to HelioBot 5?", "HelioBot 5"),
        ("Combien coûte une carte ZT-800 ?", "ZT-800"),
        ("Rent 64 GPUs of type QX900 for 10 days", "QX900"),
    ],
)
def test_a_made_up_name_is_told_to_be_unknown(question: str, name: str) -> None:
    answer = ask(question)
    assert (answer.status, name in answer.text) == ("not_found", True)


@pytest.mark.parametrize("question", ["Price of electricity in Germany?", "Prix de l'électricité en Espagne pour un centre de données ?"])
def test_prices_of_electricity_by_country_are_told_to_be_in_no_table(question: str) -> None:
    answer = ask(question)
    assert answer.status == "not_found"
    assert "kWh" in answer.text


def test_the_electricity_of_a_frontier_model_is_of_one_question_only_where_use_is_spoken_of() -> None:
    assert _figures("How much electricity does a question to a frontier model take?") == [("use_energy", 0.00031, "kWh")]
    assert _figures("Et l'électricité, ça pèse quoi dans le coût d'un modèle de pointe ?") == []


def test_a_note_of_a_table_is_french_in_a_french_answer() -> None:
    text = ask("Quel est le bilan carbone de l'entraînement de BLOOM ?").text
    assert "fabrication (11,2)" in text
    assert "manufacture" not in text


def test_a_clause_without_french_is_left_out() -> None:
    assert note_in("PUE 1.10 included; some remark that nobody translated", "fr") == "PUE de 1,10 compris"
    assert note_in("some remark that nobody translated", "fr") == ""
    assert note_in("some remark", "en") == "some remark"


@pytest.mark.parametrize(
    ("question", "word"),
    [("How much CO2 did training Llama 3.1 405B emit?", "contract"), ("CO2 de l'entraînement de Llama 3.1 405B ?", "contrat")],
)
def test_a_zero_of_contracts_is_explained(question: str, word: str) -> None:
    assert word in ask(question).text


def test_what_is_said_of_training_does_not_stand_beside_the_use() -> None:
    assert "entraînement" not in ask("Quelle énergie pour une question à Gemini ?").text


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Que disait Strubell en 2019 ?", "284"),
        ("What did Patterson et al. find on GPT-3?", "552"),
        ("For a story: who said frontier models already cost a hundred million to train?", "Amodei"),
        ("I need a source for training costs growing 2.4 times a year.", "Epoch"),
        ("y is ai so expensive", "computing"),
        ("Qui de la Suède ou de la Pologne a l'électricité la plus propre ?", "Suède"),
        ("how much power does a DGX B200 draw?", "14.3"),
    ],
)
def test_who_said_so_is_answered_by_what_they_say(question: str, said: str) -> None:
    assert said in ask(question).text


@pytest.mark.parametrize(
    "question", ["price of a Zentor Q7 GPU?", "How many tokens was Orvex 40B trained on?", "How much did Claude 9 Opus cost to train?"]
)
def test_a_made_up_name_before_what_it_is_asked_of_is_unknown(question: str) -> None:
    assert ask(question).status == "not_found"


def test_a_count_of_chips_is_no_name_of_one() -> None:
    assert is_card("price of a Zentor Q7 GPU?")
    assert not is_card("How much do 200 chips cost?")


@pytest.mark.parametrize(
    "question",
    ["Le B200 est-il encore la puce la plus récente de Nvidia ?", "Is Biden's executive order on AI still in force?"],
)
def test_what_the_articles_say_stands_beside_the_primary_source_that_answers(question: str) -> None:
    kinds = {citation.kind for citation in ask(question).citations}
    assert "primary" in kinds
    assert kinds & {"article", "faq"}


def test_what_holds_stands_before_a_claim_that_is_wrong() -> None:
    text = ask("Gemini a-t-il été entraîné sur des GPU achetés 30 000 dollars pièce ?").text
    assert text.index("TPU de Google") < text.index("L'article affirme") < text.index("Faux.")


@pytest.mark.parametrize("question", ["How much does a used Tesla Model 3 cost in California?", "Combien coûte un appartement à Lyon ?"])
def test_what_a_car_or_a_flat_costs_is_not_looked_for(question: str) -> None:
    assert ask(question).status == "out_of_scope"


@pytest.mark.parametrize(
    "question", ["Empreinte carbone annoncée par Meta pour Llama 3.1 70B ?", "CO2 of training Llama 3.1 70B, as reported by Meta?"]
)
def test_whoever_announced_a_figure_is_no_site_to_compute_it_at(question: str) -> None:
    assert ask(question).figures[0].value == pytest.approx(2040)
