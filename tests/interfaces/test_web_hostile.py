"""What is hostile, in a real browser: nothing of a question or of a document runs; a key is asked for where keys are set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.interfaces.browsing import Visit
from tests.interfaces.web_server import CO2, Served, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


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
    with serving(ready=False, AITOLL_API_KEYS="open sesame") as served:
        here = Visit(browser, served.url, locale="fr-FR")
        for key in ("wrong", "open sesame"):
            here.page.get_by_label("Clé").fill(key)
            here.page.get_by_role("button", name="Entrer").click()
        here.page.wait_for_selector("#question")  # the page behind the key, not the one before it
        here.ask(CO2)
        expect(here.page.locator(".answer")).to_have_count(1)
        here.context.close()
