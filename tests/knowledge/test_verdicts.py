"""Whether the article is right: its claim comes first, then what the primary sources say."""

from __future__ import annotations

import pytest

from aitoll.knowledge.found import of_library
from aitoll.knowledge.library import library, passage
from aitoll.knowledge.store import search
from aitoll.knowledge.verdicts import ARTICLES, asks_of_article, judged

ASKED = [
    ("L'article a-t-il raison de dire que le coût est multiplié par 2,4 chaque année ?", "b07"),
    ("Is the article right that Dario Amodei heads Cohere?", "b03"),
    ("L'auteur se trompe-t-il sur l'eau du Danemark ?", "b19"),
    ("Is it true, as the FAQ says, that GPT-3 emitted 502 tonnes?", "b34"),
    ("Le journaliste dit-il vrai sur Three Mile Island ?", "b20"),
    ("Is the article mistaken about the order Biden signed?", "b24"),
]


@pytest.mark.parametrize(("question", "claim"), ASKED)
def test_the_claim_of_the_article_comes_before_its_primary_claims(question: str, claim: str) -> None:
    assert asks_of_article(question)
    found = [one.id for one in search(question, within="library")]
    behind = passage(found[0]).claims
    assert passage(found[0]).topic == passage(claim).topic
    assert found[1 : 1 + len(behind)] == list(behind)


@pytest.mark.parametrize(
    "question", ["Combien coûte un H100 ?", "Who wrote the article?", "Is AI right for my firm?", "Le coût est-il vrai ?"]
)
def test_other_questions_are_searched_as_they_are(question: str) -> None:
    assert not asks_of_article(question)


def test_a_primary_claim_leads_to_the_claim_of_the_article_that_it_judges() -> None:
    found = judged([of_library(passage("nbim-anthropic"), "en", 0.9), of_library(passage("b04"), "en", 0.7)], "en")
    assert [one.id for one in found] == ["b03", "nbim-anthropic", "b04"]
    assert found[0].score > found[1].score > 0.5 > found[2].score


def test_what_no_article_speaks_of_stays_as_found() -> None:
    alone = next(one for one in library() if one.kind not in ARTICLES and not any(one.id in other.claims for other in library()))
    found = [of_library(alone, "fr", 0.9)]
    assert judged(found, "fr") == found
