"""`aitoll serve` while the machine's clock is put forward and back under it: what time counts survives, at the process boundary."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.interfaces.slack_service import BOT, SlackService, event, signed
from tests.interfaces.slack_stage import FIGURE, configure, until
from tests.interfaces.slack_stage import RENT as SLACK_RENT
from tests.interfaces.web_server import CO2, Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.compiler, pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="LD_PRELOAD is Linux's")]
SOURCE = Path(__file__).parent.parent / "peers" / "clock" / "stepped.c"
HOUR, YEAR = 3_600, 31_536_000
STEPS = (YEAR, -YEAR, HOUR, -HOUR)
KEYS = ["limited", *map(str, STEPS)]


class Stepped:
    """A server whose clock we put, and Slack's stand-in, whose clock is right."""

    def __init__(self, served: Served, service: SlackService, file: Path) -> None:
        self.served, self.service, self._file = served, service, file

    def put(self, seconds: int) -> None:
        self._file.write_text(str(seconds), "ascii")

    def ask(self, question: str, key: str, conversation: str | None = "mine") -> httpx.Response:
        body = {"question": question, "conversation": conversation}
        with self.served.client(Authorization=f"Bearer {key}") as client:
            return client.post("/api/v1/ask", json=body)

    def slack(self, ts: str, seconds: int = 0) -> int:
        """An event whose signature was made by a clock so many seconds from ours."""
        body = json.dumps(event(f"<@{BOT}> {SLACK_RENT}", ts)).encode()
        headers = signed(body, at=time.time() + seconds)
        return httpx.post(f"{self.served.url}/slack/events", content=body, headers=headers, timeout=30).status_code

    def answers(self) -> list[str]:
        return [message["thread_ts"] for message in self.service.messages if FIGURE in json.dumps(message)]


@pytest.fixture(scope="module")
def stepped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stepped]:
    folder = tmp_path_factory.mktemp("clock")
    library, file = folder / "stepped.so", folder / "seconds"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE)], check=True)
    file.write_text("0", "ascii")
    clocked = {"LD_PRELOAD": str(library), "STEPPED_BY": str(file), "AITOLL_API_KEYS": ",".join(KEYS)}
    with SlackService() as service, pytest.MonkeyPatch.context() as patch:
        configure(patch, service, os.environ["AITOLL_HOME"], AITOLL_DATABASE_URL=f"sqlite:///{folder}/aitoll.sqlite3")
        with serving(ready=True, **clocked, AITOLL_REQUESTS_PER_MINUTE="60") as found:
            yield Stepped(found, service, file)


@pytest.mark.parametrize("seconds", STEPS)
def test_a_conversation_is_whole_once_the_clock_is_right_again(stepped: Stepped, seconds: int) -> None:
    key = str(seconds)
    assert stepped.ask(CO2, key).json()["status"] == "answered"
    stepped.put(seconds)
    during = stepped.ask("How much CO2 do 10 GWh emit in Poland?", key)
    stepped.put(0)
    after = stepped.ask("And in Sweden?", key)
    assert (during.status_code, after.status_code) == (200, 200)
    alone = stepped.ask("How much CO2 do 10 GWh emit in Sweden?", key, None)
    assert after.json()["figures"][0]["value"] == alone.json()["figures"][0]["value"]
    with stepped.served.client(Authorization=f"Bearer {key}") as client:
        kept: list[dict[str, Any]] = client.get("/api/v1/conversations/mine").json()
    assert len(kept) == (2 if seconds == -YEAR else 3)  # what was asked a year ago by the clock of then counts as a year old


def test_a_caller_at_its_limit_is_not_locked_out_by_a_clock_that_is_put_back(stepped: Stepped) -> None:
    stepped.put(HOUR)
    statuses = [stepped.ask("Hello", "limited", None).status_code for _ in range(40)]
    assert 429 in statuses
    stepped.put(-HOUR)
    until(lambda: stepped.ask("Hello", "limited", None).status_code == 200, 10)
    stepped.put(0)
    until(lambda: stepped.ask("Hello", "limited", None).status_code == 200, 10)


def test_slack_is_refused_while_the_clock_is_wrong_and_answered_once_after(stepped: Stepped) -> None:
    before = len(stepped.service.messages)
    stepped.put(HOUR)
    assert stepped.slack("77.000001") == 401
    assert stepped.slack("78.000001", HOUR) == 200  # both clocks are wrong alike
    until(lambda: "78.000001" in stepped.answers(), 30)
    stepped.put(0)
    assert [stepped.slack("77.000001") for _ in range(3)] == [200] * 3
    assert stepped.slack("78.000001") == 200
    until(lambda: "77.000001" in stepped.answers(), 30)
    time.sleep(0.5)
    assert sorted(stepped.answers()[before:]) == ["77.000001", "78.000001"]
