"""The page in a real browser: headless Chromium, a real server, nobody else."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page, expect, sync_playwright

from tests.interfaces.web_server import CO2, Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


pytestmark = pytest.mark.browser
RENT = "How much does it cost to rent 512 H100s for 30 days?"
COMPARED = "Compare le CO2 de 10 GWh en France et en Pologne"
DESKTOP, PHONE = {"width": 1100, "height": 900}, {"width": 360, "height": 740}
HOSTILE = """# Zorblax <img src=x onerror=pwned()>

The Zorblax cluster <script>pwned()</script> [costs](javascript:pwned()) training 12 zorks <svg onload=pwned()>.
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose user has added a hostile document."""
    import os
    import subprocess
    import sys

    from tests.interfaces.web_server import ROOT

    home, document = tmp_path_factory.mktemp("browser"), tmp_path_factory.mktemp("documents") / "zorblax <b>.md"
    document.write_text(HOSTILE, "utf-8")
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "AITOLL_HOME": str(home)}
    subprocess.run(
        [sys.executable, "-m", "aitoll", "knowledge", "add", str(document)], env=surroundings, check=True, capture_output=True, cwd=home
    )
    with serving(AITOLL_HOME=str(home)) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield found
        found.close()


class Visit:
    """A page of its own session, that keeps what went wrong and what went out."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        self.url, self.wrong, self.outside = url, list[str](), list[str]()
        self.context = browser.new_context(**{"viewport": DESKTOP, "locale": "en-GB", **options})
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda said: self.wrong.append(said.text) if said.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("dialog", self._refuse)
        self.page.on("request", lambda request: self.outside.append(request.url) if not request.url.startswith((url, "blob:")) else None)
        self.page.goto(url)

    def _refuse(self, dialog: Dialog) -> None:
        self.wrong.append(dialog.message)
        dialog.dismiss()

    def ask(self, question: str) -> None:
        before = self.page.locator(".answer").count()
        self.page.fill("#question", question)
        self.page.keyboard.press("Enter")
        expect(self.page.locator(".answer")).to_have_count(before + 1, timeout=20_000)


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Any]:
    """Visits that must end without an error on the console and without a request to anywhere else."""
    made: list[Visit] = []

    def open_page(**options: Any) -> Visit:
        made.append(Visit(browser, served.url, **options))
        return made[-1]

    yield open_page
    for one in made:
        one.context.close()
        assert (one.wrong, one.outside) == ([], [])


@pytest.mark.parametrize(
    ("locale", "question", "said"),
    [
        ("en-GB", RENT, "$920,000"),
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
    expect(card.locator(".value")).to_have_text(re.compile(r"\$1\.84"))
    card.locator("[name=gpus]").fill("1000..2000")
    expect(card.locator(".range")).to_contain_text("$3.6 million to $7.2 million")
    card.locator("[name=gpus]").fill("-5")
    expect(card.locator(".fault")).to_contain_text("-5")
    expect(card.locator(".value")).to_have_text(re.compile("million"))


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
    expect(chart.locator("svg circle")).to_have_count(2)
    chart.locator("summary").click()
    expect(chart.locator("tbody tr")).to_have_count(2)
    with here.page.expect_download() as saved:
        chart.locator(".save-svg").click()
    assert saved.value.path().read_text("utf-8").startswith("<svg")


def test_a_sweep_is_drawn(visit: Any) -> None:
    here = visit()
    here.ask(CO2)
    card = here.page.locator(".card").first
    card.get_by_text("Change the assumptions").click()
    card.locator("[name=values]").fill("fra, pol, swe")
    card.get_by_role("button", name="Compare").click()
    expect(card.locator(".compared svg circle")).to_have_count(3)
    expect(card.locator(".compared svg")).to_contain_text("Sweden")


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


# For everybody


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(scheme: str, size: dict[str, int], visit: Any) -> None:
    here = visit(color_scheme=scheme, viewport=size)
    found = {"welcome": Axe().run(here.page)}
    here.ask("Compare the CO2 of 10 GWh in France and in Poland")
    for summary in here.page.locator(".answer summary").all():
        summary.click()
    here.page.locator(".comparison [name=values]").first.fill("fra, swe")
    here.page.locator(".comparison button").first.click()
    expect(here.page.locator(".compared svg")).to_have_count(1)
    found["answer"] = Axe().run(here.page)
    here.page.get_by_role("button", name="History").click()
    expect(here.page.locator("#conversations li")).to_have_count(1)
    found["history"] = Axe().run(here.page)
    here.page.get_by_role("button", name="Close").click()
    here.page.get_by_role("button", name="Good answer").click()
    found["reason"] = Axe().run(here.page)
    assert {name: one.generate_report() for name, one in found.items() if one.violations_count} == {}


def test_a_phone_scrolls_one_way_only(visit: Any) -> None:
    here = visit(viewport=PHONE, locale="fr-FR", has_touch=True, is_mobile=True)
    here.ask(COMPARED)
    for summary in here.page.locator(".answer summary").all():
        summary.click()
    assert here.page.evaluate(
        "[document.documentElement, document.querySelector('main')].map((one) => one.scrollWidth - one.clientWidth)"
    ) == [0, 0]
    expect(here.page.locator("#question")).to_be_in_viewport()


def test_the_keyboard_is_enough(visit: Any) -> None:
    here = visit()
    keyboard = here.page.keyboard
    here.page.locator("#question").blur()
    keyboard.press("/")
    keyboard.type(CO2)
    keyboard.press("Enter")
    expect(here.page.locator(".answer")).to_have_count(1)
    here.page.locator(".text .mark").first.focus()
    keyboard.press("Enter")
    expect(here.page.locator("details.lit[open]")).to_have_count(1)
    here.page.locator(".assumptions summary").focus()
    keyboard.press("Enter")
    keyboard.press("Tab")
    assert here.page.evaluate("document.activeElement.name") == "place"
    here.page.locator("#question").focus()
    keyboard.press("ArrowUp")
    expect(here.page.locator("#question")).to_have_value(CO2)


def test_a_chosen_theme_stays(visit: Any) -> None:
    here = visit(color_scheme="light")
    here.page.get_by_role("button", name="Theme").click()
    here.page.reload()
    assert here.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 22, 31)"


def test_a_reader_is_told_and_the_page_is_quick(visit: Any) -> None:
    here = visit()
    here.ask(CO2)
    expect(here.page.locator("#log")).to_have_attribute("aria-live", "polite")
    here.page.evaluate(
        """() => new MutationObserver(() => requestAnimationFrame(() => { window.shown = performance.now(); }))
        .observe(document.querySelector("#log"), { childList: true })"""
    )
    here.ask("And in Poland?")
    here.page.wait_for_timeout(200)
    arrived = here.page.evaluate(
        "performance.getEntriesByType('resource').filter((one) => one.name.endsWith('/page/ask')).at(-1).responseEnd"
    )
    assert here.page.evaluate("window.shown") - arrived < 100


# What is hostile


HOSTILE_QUESTIONS = [
    "<img src=x onerror=pwned()>CO2 of 10 GWh in France?",
    '"><script>pwned()</script> How much CO2 do 10 GWh emit in <b>France</b>?',
    "[CO2](javascript:pwned()) of 10 GWh in France?",
    "How much does the model <svg/onload=pwned()> cost to train?",
    "What about the Zorblax cluster in my documents?",
]


@pytest.mark.parametrize("question", HOSTILE_QUESTIONS)
def test_nothing_of_a_question_or_a_document_runs(question: str, visit: Any) -> None:
    here = visit()
    here.page.evaluate("window.pwned = () => { window.ran = true; }")
    here.ask(question)
    expect(here.page.locator(".question").last).to_have_text(question)
    for element in here.page.locator(".answer summary, .answer .mark").all():
        element.click()
    assert here.page.locator(".answer img, .answer script, .answer iframe, .answer [onload], .answer a[href^='javascript']").count() == 0
    here.page.reload()
    assert here.page.evaluate("window.ran") is None
    here.page.get_by_role("button", name="History").click()
    expect(here.page.locator("#conversations a")).to_have_text(question)


def test_the_hostile_document_is_quoted_as_text(visit: Any) -> None:
    here = visit()
    here.ask("What about the Zorblax cluster in my documents?")
    expect(here.page.locator(".answer")).to_contain_text("Zorblax")


def test_the_policy_holds_in_the_browser(browser: Browser, served: Served) -> None:
    here = Visit(browser, served.url)
    for attempt in (
        "document.body.innerHTML = '<b>x</b>'",
        "setTimeout('window.ran = 1', 0)",
        "document.body.append(document.createRange().createContextualFragment('x'))",
    ):
        with pytest.raises(Exception, match=r"TrustedHTML|TrustedScript|Trusted Type|unsafe-eval"):
            here.page.evaluate(f"() => {{ {attempt} }}")
    here.page.evaluate(
        "() => { const one = document.createElement('img'); one.src = 'http://127.0.0.2:9/x.png'; document.body.append(one); }"
    )
    here.page.wait_for_timeout(200)
    assert any("Content Security Policy" in said for said in here.wrong)
    here.context.close()


def test_a_key_opens_the_page(browser: Browser) -> None:
    with serving(AITOLL_API_KEYS="open sesame") as served:
        here = Visit(browser, served.url, locale="fr-FR")
        for key in ("wrong", "open sesame"):
            here.page.get_by_label("Clé").fill(key)
            here.page.get_by_role("button", name="Entrer").click()
        here.ask(CO2)
        expect(here.page.locator(".answer")).to_have_count(1)
        here.context.close()
