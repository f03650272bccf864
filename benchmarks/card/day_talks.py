"""Who talks in the compressed day, about what, over which surface, and what each must be told."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import httpx

from aitoll.agent.ask import answer
from aitoll.agent.conversations import InMemory
from tests.interfaces.slack_service import BOT, event, signed

if TYPE_CHECKING:
    from collections.abc import Callable

PLACES = {"Poland": "Pologne", "Sweden": "Suède", "Germany": "Allemagne", "Spain": "Espagne", "France": "France", "Italy": "Italie"}
TRIES = 400  # of one request, while the server is being started again


@dataclass
class Place:
    """Where the server is now: another address after each restart."""

    url: str


@dataclass
class Talk:
    """One conversation of one principal: what is asked, and the figure that each answer must show."""

    who: str
    name: str
    surface: str
    turns: list[str]
    wanted: list[str]
    right: list[bool] = field(default_factory=list)
    again: int = 0  # requests that were sent once more, as the connection was lost

    def case(self, number: int) -> tuple[str, bool]:
        told = number < len(self.right) and self.right[number]
        return f"{self.surface}, {self.who}, {self.name}: {' => '.join(self.turns[: number + 1])}", told


def talks(principals: int, hours: int) -> list[Talk]:
    """So many principals, each with a talk in each hour, over all surfaces in turn."""
    random, surfaces = Random(24), [*SURFACES, "Slack"]
    made = []
    for hour in range(hours):
        for number in range(principals):
            turns = _turns(random)
            made.append(Talk(f"key-{number}", f"hour-{hour}", surfaces[(number + hour) % len(surfaces)], turns, _wanted(turns)))
    return made


def _turns(random: Random) -> list[str]:
    place, other, third = random.sample(list(PLACES), 3)
    amount, chips = random.randint(2, 9_000), random.randint(8, 20_000)
    kinds = (
        [f"How much CO2 do {amount} GWh emit in {place}?", f"And in {other}?", f"And with {amount + 3} GWh?", f"And in {third}?"],
        [f"Combien de CO2 pour {amount} GWh en {PLACES[place]} ?", f"Et en {PLACES[other]} ?", f"Et en {PLACES[third]} ?"],
        [f"How much does it cost to rent {chips} H100s for 30 days at $2.50 per GPU hour?", f"And with {chips + 5} of them?"],
        [f"How much electricity do {chips} H100s use in {random.randint(2, 90)} days at PUE 1.2?", f"And with {chips + 7} of them?"],
    )
    return kinds[random.randrange(len(kinds))]


def _wanted(turns: list[str]) -> list[str]:
    """The figure of each answer as the rules alone show it, in a conversation of their own."""
    memory = InMemory()
    return [shown(answer(turn, memory).text) for turn in turns]


def shown(text: str) -> str:
    """The first figure of a text, with its unit and without its name."""
    found = re.search(r"\*\*[^*]*?: ([^*]+)\*\*", text)
    assert found, text
    return plain(found[1])


def plain(text: str) -> str:
    return " ".join(text.replace("\\", "").split())


# Surfaces


def persistently(send: Callable[[], httpx.Response], talk: Talk) -> httpx.Response:
    """As clients do: again, where the connection is lost or the server is going down or coming up."""
    for _ in range(TRIES):
        try:
            got = send()
            if got.status_code not in (429, 500, 502, 503, 504):
                return got
        except httpx.TransportError:
            talk.again += 1
        time.sleep(0.1)
    raise AssertionError(f"no answer to {talk.name} of {talk.who}")


class Caller:
    """The requests of one talk, turn by turn."""

    def __init__(self, place: Place, talk: Talk) -> None:
        self._place, self._talk = place, talk
        self._messages: list[dict[str, str]] = []
        self._before: str | None = None

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._talk.who}"}
        send = lambda: httpx.post(f"{self._place.url}{path}", json=body, headers=headers, timeout=60)  # noqa: E731
        return persistently(send, self._talk)

    def rest(self, turn: str) -> str:
        return str(self.post("/api/v1/ask", {"question": turn, "conversation": self._talk.name}).json()["text"])

    def page(self, turn: str) -> str:
        """As the page asks: a stream of events that ends in the answer."""
        got = self.post("/api/v1/ask/stream", {"question": turn, "conversation": self._talk.name}).text
        held = [line.removeprefix("data: ") for line in got.splitlines() if line.startswith("data: ")]
        return str(json.loads(held[-1])["text"])

    def chat(self, turn: str) -> str:
        self._messages.append({"role": "user", "content": turn})
        said = self.post("/v1/chat/completions", {"model": "aitoll", "messages": self._messages}).json()["choices"][0]["message"]
        self._messages.append({"role": "assistant", "content": said["content"]})
        return str(said["content"])

    def responses(self, turn: str) -> str:
        got = self.post("/v1/responses", {"model": "aitoll", "input": turn, "previous_response_id": self._before}).json()
        self._before = got["id"]
        return str(got["output"][0]["content"][0]["text"])


SURFACES: dict[str, Callable[[Caller, str], str]] = {
    "REST": Caller.rest,
    "the page's stream": Caller.page,
    "chat completions": Caller.chat,
    "responses": Caller.responses,
}


def hold(place: Place, talk: Talk, number: int) -> None:
    """The whole talk; over Slack it is only sent, three times each as Slack may, and answered later."""
    if talk.surface == "Slack":
        for turn, question in enumerate(talk.turns):
            _send(place, talk, question, stamp(number, turn), stamp(number, 0))
        return
    caller = Caller(place, talk)
    for turn, wanted in zip(talk.turns, talk.wanted, strict=True):
        talk.right.append(wanted in plain(SURFACES[talk.surface](caller, turn)))


def stamp(number: int, turn: int) -> str:
    """The time of a message, as Slack names messages."""
    return f"{1_700_000_000 + number}.{turn:06d}"


def _send(place: Place, talk: Talk, question: str, ts: str, thread: str) -> None:
    channel = f"C{talk.who}"
    if ts == thread:
        said = event(f"<@{BOT}> {question}", ts, channel=channel, user=f"U{talk.who}")
    else:
        said = event(question, ts, kind="message", channel=channel, user=f"U{talk.who}", channel_type="channel", thread_ts=thread)
    body = json.dumps(said).encode()
    for _ in range(3):
        send = lambda: httpx.post(f"{place.url}/slack/events", content=body, headers=signed(body), timeout=60)  # noqa: E731
        persistently(send, talk)
