"""Quantities that a question states are all worked with: products, quotients, counts over a time, borrowed units, sums told apart."""

from __future__ import annotations

import pytest

from aitoll.agent.ask import answer
from aitoll.agent.conversations import InMemory
from aitoll.agent.rules.reading import read


def asked(*turns: str) -> tuple[float, str]:
    """The first figure of the last answer, with its unit."""
    memory = InMemory()
    found = [answer(turn, memory) for turn in turns][-1]
    assert found.status == "answered", found.text
    return found.figures[0].value, found.figures[0].unit


def close(value: float, unit: str) -> tuple[object, str]:
    return pytest.approx(value, rel=1e-6), unit


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        ("Training compute, in FLOP, of four epochs over 200B tokens for a 2B-parameter model?", 9.6e21, "FLOP"),
        ("FLOP d'entraînement pour 5 époques sur 80 milliards de tokens, modèle de 1,5 milliard de paramètres ?", 3.6e21, "FLOP"),
        ("How many $28,000 GPUs fit in two million dollars?", 71, "GPU"),
        (
            "Nvidia sells $90bn of chips a year. Times two for the centre, times two for margin, minus $60bn of AI revenue: gap?",
            3e11,
            "USD",
        ),
        ("Passer d'un PUE de 1,6 à 1,2 alors que nos serveurs tirent 5 GWh par an : combien d'énergie épargnée ?", 2e6, "kWh"),
        ("Une méthode réclame 10 fois moins de calcul : un entraînement facturé 60 millions de dollars tombe à combien ?", 6e6, "USD"),
        ("If a technique slashes compute 10-fold, how much is left of a $180 million training bill?", 18e6, "USD"),
        ("On a 6 nœuds de 8 H100, loués 3 $ l'heure par GPU, pour 10 jours. Ça fait combien ?", 34_560, "USD"),
        ("Achat de 100 H100 ; prix unitaire 29 000 $ ; on ne compte ni serveurs ni réseau. Total ?", 2.9e6, "USD"),
        ("How many $45,000 B200s fit in a $3 million grant?", 66, "GPU"),
        ("What do 640 tonnes of CO2 cost at €75 a tonne?", 48_000, "EUR"),
        ("Le CO2 de 5 GWh à 400 g/kWh, à 100 $/t ?", 200_000, "USD"),
        ("How many tonnes of CO2 does $8,000 pay for at $80/t?", 100, "tCO2e"),
        ("Passer 2 GWh de 400 à 60 g/kWh évite combien de CO2 ?", 680, "tCO2e"),
        ("How many times more CO2 on a 680 g/kWh grid than on one of 34 g/kWh?", 20, "1"),
        ("Our servers took 6 GWh; what does the site draw at PUE 1.35?", 8.1e6, "kWh"),
        ("The site's meter shows 9 GWh at PUE 1.5: what is left for the servers?", 6e6, "kWh"),
        ("The meter reads 13 GWh and the servers 10 GWh: which PUE is that?", 1.3, "1"),
        ("What share of the electricity is overhead at a PUE of 1.25?", 0.2, "1"),
        ("Un entraînement à 6 millions de dollars réparti entre 3 millions de clients : combien chacun ?", 2, "USD"),
        ("4 GWh spread over 10 billion queries: how many Wh per query?", 0.0004, "kWh"),
        ("What do 2 million API calls at $0.003 a call cost?", 6_000, "USD"),
        ("An answer emits 1.14 g of CO2: 3 million answers?", 3_420_000, "gCO2e"),
        ("On-site water of 900 MWh with a WUE of 1.8 L/kWh?", 1_620_000, "L"),
        ("The grid's intensity is 720 grams, 55 MWh are used: carbon?", 39.6, "tCO2e"),
        ("A method needs an eighth of the compute of a $2.4M training run: cost?", 300_000, "USD"),
        ("Si 500 MWh ont coûté 45 000 €, quel est le prix du kWh ?", 0.09, "EUR/kWh"),
        ("At 0.233 kg CO2e/kWh of electricity, 75 GWh is how many tonnes?", 17_475, "tCO2e"),
        ("Le quota est à 65 € ; pour 2 400 t de CO2, combien payer ?", 156_000, "EUR"),
        ("A rack of 32 GPUs averages 22 kW for 14 days, PUE 1.2: energy?", 22 * 336 * 1.2, "kWh"),
        ("At 420 TFLOP/s per GPU, how many GPU-hours do 3.5e24 FLOP need?", 3.5e24 / 4.2e14 / 3600, "GPU-hour"),
        ("Power at 9 cents: what do 2 GWh cost?", 180_000, "USD"),
        ("We pay 15% less than the $2.60/h list price for 300 H100s over 20 days: total?", 318_240, "USD"),
        ("A reply costs 1.9 Wh; how much for ten thousand replies?", 19, "kWh"),
        ("What is the CO2 cost of 900 t at €70?", 63_000, "EUR"),
        ("With €18,000 and €1.50 per GPU-hour, how many GPU-hours?", 12_000, "GPU-hour"),
        ("2,75 $ de l'heure par carte, 500 cartes pendant un trimestre de 90 jours : combien ?", 2_970_000, "USD"),
        ("A reseller sells 250 H200s for $7.75 million. Price per GPU?", 31_000, "USD/GPU"),
        ("Un rack de 40 kW tourne 30 jours : combien de kWh avec un PUE de 1,3 ?", 37_440, "kWh"),
        ("€2.3 million at 1.15 USD per EUR, in dollars?", 2_645_000, "USD"),
        ("L'entraînement coûte 80 M$ ; avec une méthode 5 fois moins chère, combien ?", 16e6, "USD"),
        ("1,000 prompts use 0.24 kWh. What about 3 million prompts?", 720, "kWh"),
        ("Si 1 000 requêtes consomment 300 Wh, combien pour 50 millions ?", 15_000, "kWh"),
        ("Per-query cost when $18,000 of compute answered 6 million queries?", 0.003, "USD"),
        ("$191 million into euros with 1 EUR = 1.25 USD?", 152_800_000, "EUR"),
        ("90 A100s for a full day at a dollar eighty an hour?", 3_888, "USD"),
        ("8 GPUs * 24h * 30d * 1.75: how many dollars?", 10_080, "USD"),
        ("2,5 mL d'eau par question et 600 000 questions par jour : combien de litres ?", 1_500, "L"),
    ],
)
def test_a_product_or_a_quotient_of_what_is_stated(question: str, value: float, unit: str) -> None:
    assert asked(question) == close(value, unit)


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        ("Our bot is called 80,000 times a day at 0.25 Wh a call: electricity over a year?", 7_305, "kWh"),
        ("1,000 users send 12 prompts per user per day at 0.3 Wh each, 220 days", 792, "kWh"),
        ("1,000 users send 12,000 prompts a day in total, 0.3 Wh each", 3.6, "kWh"),
        ("50 salariés, 20 requêtes par jour chacun, 21 jours, 800 tokens en entrée et 300 en sortie, à 2 $ et 8 $ le million ?", 84, "USD"),
        ("20,000 conversations monthly, 2,000 tokens in and 500 out each, $3/M and $15/M: cost?", 270, "USD"),
        ("200 H100s at $2/h, 12 hours a day for 20 days", 96_000, "USD"),
        ("6 H100s 24/7 for 30 days at 2.50 an hour", 10_800, "USD"),
        ("50 servers at 6.5 kW each for a full year of 8,760 hours with PUE 1: electricity?", 2_847_000, "kWh"),
        ("With 60% of 20M input tokens cached at $0.25/M and the rest at $2.50/M: cost?", 23, "USD"),
        ("0.42 Wh per message, 12 messages per conversation, 100,000 conversations: kWh?", 504, "kWh"),
        ("A prompt takes 0.26 mL of water; a billion of them?", 260_000, "L"),
        ("120 developers each burn 2M input tokens a day at $3 per million, 22 working days", 15_840, "USD"),
        ("Per email 1,200 input and 250 output tokens; 80,000 emails; $0.15/M and $0.60/M: total?", 26.4, "USD"),
        ("20 000 tokens lus et 2 000 tokens écrits par dossier, 3 000 dossiers, 3 $ et 15 $ le million : coût ?", 270, "USD"),
        ("100 pages, 800 tokens each, at $2 per million input tokens: cost?", 0.16, "USD"),
        ("700 output tokens per report, 5,000 reports, at $2 per million output tokens: cost?", 7, "USD"),
        ("3M input tokens a day for 30 days at $2 per million input tokens: cost?", 180, "USD"),
        ("10M input tokens, half of them cached at $0.30/M, the rest at $3/M: cost?", 16.5, "USD"),
    ],
)
def test_counts_are_multiplied_by_who_and_how_often(question: str, value: float, unit: str) -> None:
    assert asked(question) == close(value, unit)


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("If AI needs $500bn in revenue and earns $60bn, how big is the gap?", 440e9),
        ("L'IA doit encaisser 800 milliards de dollars et n'en encaisse que 120 : combien manque-t-il ?", 680e9),
        ("With $250bn of chips and $150bn of AI revenue, how much revenue is missing?", 850e9),
        ("What revenue must follow from $90bn of Nvidia chips a year?", 360e9),
    ],
)
def test_sums_of_revenue_are_told_apart(question: str, value: float) -> None:
    assert asked(question) == close(value, "USD")


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("GPUs: 512, days: 30", [(512, "GPU", ""), (30, "day", "")]),
        ("from 400 to 60 g/kWh", [(400, "gCO2e", "kWh"), (60, "gCO2e", "kWh")]),
        ("3 $ et 15 $ le million de tokens", [(3, "USD", "Mtoken"), (15, "USD", "Mtoken")]),
        ("un PUE de 1,5 à 0,12 $ le kWh", [(1.5, "", ""), (0.12, "USD", "kWh")]),
    ],
)
def test_a_number_borrows_the_unit_that_stands_elsewhere(text: str, units: list[tuple[float, str, str]]) -> None:
    assert [(one.low, one.unit, one.per) for one in read(text).quantities] == units


def test_of_a_mixture_of_experts_the_active_parameters_count() -> None:
    assert asked("MoE, 22B active of 235B total, 36T tokens: training FLOPs?") == close(6 * 22e9 * 36e12, "FLOP")


def test_a_rent_that_is_listed_with_other_quantities_is_one_of_them() -> None:
    found = answer("Rent, electricity and carbon of 100 GPUs of 500 W for 10 days at $2/h, PUE 1.2, 300 g/kWh", InMemory())
    assert [round(one.value, 2) for one in found.figures if one.role == "answer"] == [48_000, 14_400, 4.32]


@pytest.mark.parametrize("question", ["hw much 2 rent 100 h100 4 10 days @ 2$/h", "prices went up to $2 an hour: 100 H100s for 10 days?"])
def test_words_that_look_like_numbers_and_bounds_are_not_remarked_upon(question: str) -> None:
    found = answer(question, InMemory())
    assert found.figures[0].value == 48_000
    assert "Not used" not in found.text
    assert "bound" not in found.text


@pytest.mark.parametrize(
    ("turns", "value", "unit"),
    [
        (("With $3M, how many H100s at $30,000?", "and at $25,000?"), 120, "GPU"),
        (("Price of 200 H100s at $30,000 each, GPUs only?", "and in euros, at 1.20 dollars per euro?"), 5e6, "EUR"),
        (("What do 400 t of CO2 cost at €80/t?", "and at 120?"), 48_000, "EUR"),
        (("Water for 1,000 questions if 500 mL covers 20?", "and for 5,000?"), 125, "L"),
        (
            ("256 GPUs of 700 W for 30 days, PUE 1.3: electricity?", "with a PUE of 1.1?", "back to the first PUE but for 60 days"),
            335_462.4,
            "kWh",
        ),
        (("0.3 Wh per prompt, 5 million prompts a day: kWh?", "and over 30 days?"), 45_000, "kWh"),
        (("5 mL per question, 200,000 questions: litres?", "and at 12 mL?"), 2_400, "L"),
        (("IT load of 10 GWh with PUE 1.4: meter reading?", "and with PUE 1.2?"), 12e6, "kWh"),
        (("Moving 2 GWh from 500 g/kWh to 50 g/kWh saves how much CO2?", "and for 6 GWh?"), 2_700, "tCO2e"),
        (("80 H100s, 12 days, $2.25/h: total?", "add 4 days"), 69_120, "USD"),
        (("80 H100s, 12 days, $2.25/h: total?", "with a 10% discount?"), 46_656, "USD"),
        (("CO2 of 2 GWh at 300 g/kWh?", "three times the energy?"), 1_800, "tCO2e"),
        (("5M input tokens at $2/M and 1M output at $8/M?", "and for 100 times that volume?"), 1_800, "USD"),
        (("A $6M training run with compute divided by 5?", "and by 8?"), 750_000, "USD"),
        (("1B output tokens at $10 per million?", "at $8?"), 8_000, "USD"),
        (("30 M de tokens d'entrée à 2 $ le million et 10 M de sortie à 6 $ ?", "et avec 20 M de sortie ?"), 180, "USD"),
        (("45 H100s, 6 days, $2.6/h?", "in euros at 1.2?"), 14_040, "EUR"),
        (("CO2 of 700 MWh at 410 g/kWh?", "what if it were 90% cleaner?"), 28.7, "tCO2e"),
        (("IT load of 4 GWh with PUE 1.5: total?", "overhead only?"), 2e6, "kWh"),
        (("Growing 3x yearly from $1M in 2022, in 2024?", "in 2026?"), 81e6, "USD"),
        (("With $1M, how many H100s at $25,000?", "and with twice the budget?"), 80, "GPU"),
        (("0.4 Wh a query, 20 million queries a day: kWh?", "and per year?"), 2_922_000, "kWh"),
        (("CO2 of 100 GPUs at 600 W for 10 days, PUE 1.1, 475 g/kWh?", "and at 60?"), 0.9504, "tCO2e"),
        (("100 H100 pendant 10 jours à 2,5 $/h ?", "et l'énergie à 700 W avec un PUE de 1,2 ?"), 20_160, "kWh"),
        (("A run cost $30M in 2022, growing 2.4x a year. 2024?", "and in 2025?"), 414_720_000, "USD"),
        (("Louer 64 A100 10 jours à 2 $/h ?", "et 20 jours à 3 $/h ?", "reviens au tarif initial"), 61_440, "USD"),
    ],
)
def test_a_follow_up_changes_what_it_says_and_nothing_else(turns: tuple[str, ...], value: float, unit: str) -> None:
    assert asked(*turns) == close(value, unit)


def test_operations_a_second_without_a_share_are_said_to_be_taken_as_achieved() -> None:
    assert "taken as achieved" in answer("GPU-hours for 1e24 FLOP at 400 TFLOP/s per GPU?", InMemory()).text
    assert "taken as achieved" not in answer("GPU-hours for 1e24 FLOP at a peak of 989 TFLOP/s?", InMemory()).text


def test_a_question_of_few_words_is_in_the_language_of_its_subject() -> None:
    assert read("eau totale : 3 GWh").language == "fr"
    assert read("water, 3 GWh").language == "en"
