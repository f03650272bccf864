"""The page in a real browser: headless Chromium, a real server, nobody else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.interfaces.browsing import DESKTOP, PHONE
from tests.interfaces.web_server import CO2, RENT

pytestmark = pytest.mark.browser
COMPARED = "Compare le CO2 de 10 GWh en France et en Pologne"


@pytest.mark.parametrize(
    ("locale", "question", "said"),
    [
        ("en-GB", RENT, "$921,600"),
        ("fr-FR", "Combien de CO2 pour 10 GWh en France ?", "410"),
        ("fr-CA", "Pourquoi l'entraînement coûte-t-il si cher ?", "coût"),
    ],
)
def test_it_is_asked_in_both_languages(locale: str, question: str, said: str, visit: Any) -> None:
    here = visit(locale=locale)
    expect(here.page.locator("html")).to_have_attribute("lang", locale[:2])
    here.ask(question)
    expect(here.page.locator(".answer").last).to_contain_text(said)
    assert here.page.locator(".answer").get_attribute("lang") == locale[:2]


WATCHED = """() => {
  window.seen = [];
  window.gone = 0;
  new MutationObserver((changes) => {
    for (const change of changes) window.gone += [...change.removedNodes].filter((one) => one.nodeType === 1).length;
    const answer = document.querySelector(".answer");
    if (answer) window.seen.push([answer.querySelector(".text").textContent.length, answer.querySelectorAll(".card, .sources").length]);
  }).observe(document.querySelector("#log"), { childList: true, subtree: true });
}"""


def test_the_text_arrives_first_and_nothing_is_taken_back(visit: Any) -> None:
    here = visit()
    here.page.evaluate(WATCHED)
    here.ask("Why does training cost so much?")
    lengths, cards = zip(*here.page.evaluate("window.seen"), strict=True)
    whole = lengths[-1]
    assert (list(lengths), list(cards)) == (sorted(lengths), sorted(cards))
    assert any(0 < length < whole for length in lengths)
    assert all(length == whole for length, card in zip(lengths, cards, strict=True) if card)
    assert here.page.evaluate("window.gone") == 0


def test_what_is_asked_meanwhile_is_answered_next(visit: Any) -> None:
    here = visit()
    for question in (CO2, "And in Poland?"):
        here.page.fill("#question", question)
        here.page.keyboard.press("Enter")
    expect(here.page.locator(".answer")).to_have_count(2, timeout=20_000)
    assert here.page.locator("#log > *").evaluate_all("all => all.map((one) => one.tagName)") == ["H2", "ARTICLE", "H2", "ARTICLE"]
    expect(here.page.locator(".answer").last).to_contain_text("Poland")


HIGH = """() => {
  const top = (one) => one.getBoundingClientRect().top;
  return top([...document.querySelectorAll(".question")].at(-1)) - top(document.querySelector("main"));
}"""
STILL = f"() => Math.abs(({HIGH})()) < 60"


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_a_follow_up_stands_at_the_top_with_its_answer_below(motion: str, viewport: dict[str, int], visit: Any) -> None:
    here = visit(reduced_motion=motion, viewport=viewport)
    for question in (CO2, "And in Poland?", "What is the capital of Mongolia?"):  # the last with a short answer
        here.ask(question)
        here.page.wait_for_function(STILL, timeout=5_000)


def test_a_question_off_the_subject_is_shown_what_can_be_asked(visit: Any) -> None:
    here = visit()
    here.ask("What is the capital of Mongolia?")
    here.page.locator(".answer .suggestion").nth(1).click()
    expect(here.page.locator(".answer .chart").first).to_be_visible()


def test_a_server_out_of_reach_is_told_and_the_question_stays(visit: Any) -> None:
    here = visit()
    here.context.set_offline(True)
    here.page.fill("#question", CO2)
    here.page.keyboard.press("Enter")
    expect(here.page.locator("#progress")).to_have_text("The server cannot be reached.")
    expect(here.page.locator("#question")).to_have_value(CO2)
    here.context.set_offline(False)
    here.ask(CO2)
    here.wrong = [said for said in here.wrong if "ERR_INTERNET_DISCONNECTED" not in said]


def test_a_citation_opens_its_passage_place_and_verdict(visit: Any) -> None:
    here = visit()
    here.ask("What did it cost to train GPT-4?")
    here.page.locator(".text .mark").first.click()
    opened = here.page.locator("details.lit[open]")
    expect(opened).to_contain_text("https://")
    here.page.locator(".text .mark", has_text="2").click()
    expect(here.page.locator("details.lit[open] .passage")).not_to_be_empty()
    expect(here.page.locator("details.lit[open] .verdict")).not_to_be_empty()
    assert here.page.evaluate("document.activeElement.closest('details').classList.contains('lit')")


def test_a_figure_follows_its_assumption(visit: Any) -> None:
    here = visit()
    here.ask(RENT)
    card = here.page.locator(".card").first
    card.get_by_text("Change the assumptions").click()
    card.get_by_label("rental price").first.fill("5")
    expect(card.locator(".value")).to_have_text(re.compile(r"\$1,84"))
    card.locator("[name=gpus]").fill("1000..2000")
    expect(card.locator(".range")).to_contain_text("$3.6 million to $7.2 million")
    card.locator("[name=gpus]").fill("-5")
    expect(card.locator(".fault")).to_contain_text("-5")
    expect(card.locator(".value")).to_have_text(re.compile("million"))


def test_each_card_has_its_own_assumptions(visit: Any) -> None:
    here = visit()
    here.ask("Compare the CO2 of 10 GWh in France and in Poland")
    cards = here.page.locator(".card")
    assert cards.locator("[name=grid_g_per_kwh]").evaluate_all("all => all.map((one) => one.value)") == ["41.4", "588.6"]
    assert cards.locator("[name=energy_kwh]").evaluate_all("all => all.map((one) => one.value)") == ["10,000,000"] * 2


def test_a_sum_is_drawn_in_its_parts(visit: Any) -> None:
    here = visit()
    here.ask("What does it cost to own 1000 H100s over 4 years, electricity included?")
    parts = here.page.locator(".parts").first
    parts.locator("summary").first.click()
    expect(parts.locator("svg:not(.narrow) circle")).to_have_count(2)
    parts.get_by_text("The same as a table").click()
    expect(parts.locator("th", has_text="Share")).to_be_visible()


def test_another_place_brings_its_own_grid(visit: Any) -> None:
    here = visit()
    here.ask(CO2)
    card = here.page.locator(".card").first
    card.get_by_text("Change the assumptions").click()
    card.locator("[name=place]").fill("pol")
    expect(card.locator(".value")).to_have_text("5,900 t CO2e")
    expect(card.locator("[name=grid_g_per_kwh]")).to_have_value("588.6")
    expect(card.locator("[name=place] + .unit")).to_have_text("Poland")


def test_figures_stand_side_by_side_with_a_table_for_twin(visit: Any) -> None:
    here = visit(locale="fr-FR")
    here.ask(COMPARED)
    chart = here.page.locator("figure.chart").first
    expect(chart.locator("svg:not(.narrow) circle")).to_have_count(2)
    chart.locator("summary").click()
    expect(chart.locator("tbody tr")).to_have_count(2)
    with here.page.expect_download() as saved:
        chart.locator(".save-svg").click()
    picture = saved.value.path().read_text("utf-8")
    assert (picture.startswith("<svg"), picture.count("<circle"), picture.count("CO2 de l'électricité, selon le lieu")) == (True, 2, 2)


def test_a_sweep_is_drawn(visit: Any) -> None:
    here = visit()
    here.ask(CO2)
    card = here.page.locator(".card").first
    card.get_by_text("Change the assumptions").click()
    card.get_by_role("button", name="Compare").click()  # at the values that are proposed
    expect(card.locator(".compared svg:not(.narrow)")).to_contain_text("Germany")
    card.locator("[name=values]").fill("fra; Poland; Suède")
    card.get_by_role("button", name="Compare").click()
    expect(card.locator(".compared svg:not(.narrow)")).to_contain_text("Sweden")
    expect(card.locator(".compared svg:not(.narrow) circle")).to_have_count(3)
    card.locator("[name=values]").fill("Atlantis")
    card.get_by_role("button", name="Compare").click()
    expect(card.locator(".compared")).to_contain_text("Atlantis")


@pytest.mark.parametrize(
    ("name", "start"), [("Markdown", b"> "), ("CSV", b"question"), ("JSON", b"["), ("Picture, SVG", b"<svg"), ("Picture, PNG", b"\x89PNG")]
)
def test_an_answer_is_exported(name: str, start: bytes, visit: Any) -> None:
    here = visit()
    here.ask(CO2)
    here.page.get_by_text("Export", exact=True).click()
    with here.page.expect_download() as saved:
        here.page.get_by_role("link", name=name, exact=True).click()
    assert saved.value.path().read_bytes().startswith(start)


def test_an_answer_is_printed(visit: Any) -> None:
    here = visit()
    here.ask(CO2)
    here.page.get_by_text("Export", exact=True).click()
    with here.context.expect_page() as opened:
        here.page.get_by_role("link", name="To print").click()
    expect(opened.value.locator("article h2")).to_have_text(CO2)
    expect(opened.value.locator("ol li")).to_contain_text("Ember")


def test_a_reload_and_the_history_find_the_conversation(visit: Any) -> None:
    here = visit()
    here.ask(CO2)
    here.ask("And in Poland?")
    here.page.reload()
    expect(here.page.locator(".answer")).to_have_count(2)
    here.ask("And in Sweden?")
    expect(here.page.locator(".answer").last).to_contain_text("Sweden")
    here.page.get_by_role("button", name="New").click()
    expect(here.page.locator(".answer")).to_have_count(0)
    here.page.get_by_role("button", name="History").click()
    here.page.get_by_role("link", name=CO2).click()
    expect(here.page.locator(".answer")).to_have_count(3)
    here.page.get_by_role("button", name="History").click()
    here.page.get_by_role("button", name=f"Delete: {CO2}").click()
    expect(here.page.locator(".answer")).to_have_count(0)


def test_a_session_sees_nothing_of_another(visit: Any) -> None:
    first, second = visit(), visit()
    first.ask(CO2)
    second.page.goto(first.page.url)
    expect(second.page.locator(".answer")).to_have_count(0)
    second.page.get_by_role("button", name="History").click()
    expect(second.page.locator("#conversations")).to_have_text("Nothing is kept yet.")


def test_a_thumb_is_given_with_a_reason_and_a_link_is_shown(visit: Any) -> None:
    here, other = visit(), visit()
    here.ask(CO2)
    here.page.get_by_role("button", name="Bad answer").click()
    here.page.get_by_label("What was good or wrong").fill("no market-based figure")
    here.page.get_by_role("button", name="Send").click()
    expect(here.page.locator(".said")).to_have_text("Thank you.")
    expect(here.page.get_by_role("button", name="Bad answer")).to_have_attribute("aria-pressed", "true")
    kept = here.context.request.get(f"{here.url}/api/v1/feedback").json()
    assert [(one["thumb"], one["reason"]) for one in kept] == [("down", "no market-based figure")]
    here.page.get_by_role("button", name="Copy a link").click()
    expect(here.page.locator(".said")).to_contain_text("/a/")
    other.page.goto((here.page.locator(".said").text_content() or "").rpartition(" ")[2])
    expect(other.page.locator(".answer")).to_contain_text("Ember")
