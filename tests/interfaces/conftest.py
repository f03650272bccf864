"""One real server and one real browser for the tests of the page and of the endpoints beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.interfaces.web_server import ROOT, Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.interfaces.browsing import Visit

HOSTILE = """# Zorblax <img src=x onerror=pwned()>

The Zorblax cluster <script>pwned()</script> [costs](javascript:pwned()) training 12 zorks <svg onload=pwned()>.
"""


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with a home of its own, whose user has added a hostile document."""
    home, document = tmp_path_factory.mktemp("served"), tmp_path_factory.mktemp("documents") / "zorblax <b>.md"
    document.write_text(HOSTILE, "utf-8")
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "AITOLL_HOME": str(home)}
    subprocess.run(
        [sys.executable, "-m", "aitoll", "knowledge", "add", str(document)], env=surroundings, check=True, capture_output=True, cwd=home
    )
    with serving(AITOLL_HOME=str(home)) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    program = next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Any]:
    """Visits that must end without an error on the console and without a request to anywhere else."""
    from tests.interfaces.browsing import Visit

    made: list[Visit] = []

    def open_page(**options: Any) -> Visit:
        made.append(Visit(browser, served.url, **options))
        return made[-1]

    yield open_page
    for one in made:
        one.context.close()
        assert (one.wrong, one.outside) == ([], [])
