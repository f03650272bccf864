"""A visit to the page in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

DESKTOP, PHONE = {"width": 1100, "height": 900}, {"width": 360, "height": 740}


class Visit:
    """A page of its own session, that keeps what went wrong and what went out."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        self.url, self.wrong, self.outside = url, list[str](), list[str]()
        self.context = browser.new_context(**{"viewport": DESKTOP, "locale": "en-GB", **options})
        self.context.add_init_script("window.pwned = () => { window.ran = true; }")  # what hostile text would call
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
        self.page.wait_for_load_state("load")  # a key pressed before the script runs would be lost
        before = self.page.locator(".answer").count()
        self.page.fill("#question", question)
        self.page.keyboard.press("Enter")
        expect(self.page.locator(".answer")).to_have_count(before + 1, timeout=20_000)
        expect(self.page.locator("#log")).to_have_attribute("aria-busy", "false", timeout=20_000)  # figures and sources have come, too
