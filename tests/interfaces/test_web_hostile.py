"""What is hostile, in a real browser: nothing of a question or of a document runs; a key is asked for where keys are set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from aitoll.agent.answer import Answer, Citation, Figure, FigureInput, Step
from tests.interfaces.browsing import Visit
from tests.interfaces.web_server import CO2, Served, listening, serving

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
    here.ask(question)
    expect(here.page.locator(".question").last).to_have_text(question)
    for element in here.page.locator(".answer summary, .answer .mark").all():
        element.click()
    assert here.page.evaluate("window.ran") is None
    assert here.page.locator(".answer img, .answer script, .answer iframe, .answer [onload], .answer a[href^='javascript']").count() == 0
    here.page.reload()
    assert here.page.evaluate("window.ran") is None
    here.page.get_by_role("button", name="History").click()
    expect(here.page.locator("#conversations a")).to_have_text(question)


def test_the_hostile_document_is_quoted_as_text(visit: Any) -> None:
    here = visit()
    here.ask("What about the Zorblax cluster in my documents?")
    expect(here.page.locator(".answer")).to_contain_text("Zorblax")


EVIL = "<script>pwned()</script><img src=x onerror=pwned()>[x](javascript:pwned())\u202e\x00\x1b[31m"


@pytest.mark.parametrize("form", ["page", "html", "svg"])
def test_nothing_of_a_model_or_of_a_source_runs(form: str, browser: Browser) -> None:
    """An answer whose every word is hostile, as it is linked to, printed and drawn."""
    from aitoll.agent import export, feedback
    from aitoll.agent.interfaces.web import create_app

    cited = Citation(
        number=1, id="x", kind="user", title=EVIL, author=EVIL, publisher=EVIL, date=EVIL, url="javascript:pwned()", place=EVIL,
        passage=EVIL, verdict="wrong", note=EVIL,
    )  # fmt: skip
    given = FigureInput(name="energy", value=1, low=1, high=1, unit="kWh", status="given", citation=1, note=EVIL, source=EVIL, where=EVIL)
    shown = Figure(
        name="training_cost", role="answer", value=1, low=1, high=1, unit="USD", formula="a = energy * energy = 1", inputs=[given],
        drivers=[], citations=[1], subject=EVIL, label=EVIL,
    )  # fmt: skip
    answer = Answer(
        id="x", question=EVIL, language="en", status="answered", text=f"{EVIL} [1]\n\n<svg onload=pwned()>", figures=[shown, shown],
        citations=[cited], warnings=[EVIL], steps=[Step(tool=EVIL, arguments={EVIL: EVIL}, elapsed_ms=1, error=EVIL)], model=EVIL,
    )  # fmt: skip
    made = {"html": lambda: export.page([answer]), "svg": lambda: export.export([answer], "svg").decode()}
    with listening(create_app()) as url:
        here = Visit(browser, url)
        here.page.goto(f"{url}/a/{feedback.link('local', None, 'x', answer.model_dump_json())}")
        if form != "page":
            here.page.route("**/made", lambda route: route.fulfill(body=made[form](), content_type="text/html", headers=UNGUARDED))
            here.page.goto(f"{url}/made")
        assert here.page.locator("img, [onerror], [onload], a[href^='javascript'], main script, svg script").count() == 0
        for summary in here.page.locator("summary").all():
            summary.click()
        here.page.wait_for_timeout(100)
        assert (here.page.evaluate("window.ran"), here.outside) == (None, [])
        assert "\u202e" not in here.page.content()
        here.context.close()


UNGUARDED = {"Content-Security-Policy": "default-src 'self' 'unsafe-inline'"}  # what is made must be harmless by itself


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
