"""The page for everybody: by keyboard, on a phone, read aloud, in light and dark."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.interfaces.browsing import DESKTOP, PHONE
from tests.interfaces.web_server import CO2

pytestmark = pytest.mark.browser
COMPARED = "Compare le CO2 de 10 GWh en France et en Pologne"


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
    expect(here.page.locator(".compared svg:not(.narrow)")).to_have_count(1)
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
    expect(here.page.locator("svg.narrow").first).to_be_visible()
    expect(here.page.locator("svg.chart:not(.narrow)").first).to_be_hidden()
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
