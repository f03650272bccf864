"""Search by words."""

from __future__ import annotations

import pytest

from aitoll.knowledge.lexical import Index, beginnings, language_of, stems

TEXTS = [("heat", "La chaleur du supercalculateur chauffe des logements."), ("water", "Les serveurs boivent beaucoup d'eau.")]


def test_accents_and_endings_do_not_matter() -> None:
    assert stems("Coûts d'entraînement", "fr") == stems("cout entrainements", "fr")


def test_little_words_are_left_out() -> None:
    assert stems("How much is the water?", "en") == ["water"]


def test_words_of_one_origin_begin_alike() -> None:
    french, english = beginnings("L'électricité de 3 centrales", "fr"), beginnings("The electric power of 3 centres", "en")
    assert french == ["elect", "3", "centr"]
    assert [word for word in english if word in french] == french


def test_the_text_that_shares_rare_words_comes_first() -> None:
    found = Index(TEXTS, "fr").scores("Quel supercalculateur chauffe un logement ?")
    assert max(found, key=lambda key: found[key]) == "heat"
    assert 0 < found["heat"] <= 1


def test_words_that_stand_nowhere_lower_the_score() -> None:
    index = Index([*TEXTS, ("gpu", "Un GPU est cher.")], "fr")
    assert index.scores("tarte tatin eau")["water"] < index.scores("eau")["water"]


@pytest.mark.parametrize("question", ["", "?", '"', "a OR b* NEAR(", "'; DROP TABLE texts; --", "🙂", "\0", "et de la"])
def test_no_question_is_read_as_syntax(question: str) -> None:
    assert Index(TEXTS, "fr").scores(question) == {}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Combien d'eau boit ChatGPT ?", "fr"),
        ("How much water does ChatGPT drink?", "en"),
        ("coût, électricité", "fr"),
        ("GPU", "en"),
        ("", "en"),
    ],
)
def test_the_language_is_told_by_little_words_and_accents(text: str, language: str) -> None:
    assert language_of(text) == language
