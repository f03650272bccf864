"""What earlier versions kept, opened by this one: a home recorded by each, with the commit that made it. Nothing of it is lost.

In each, `local` and a program hold the talks below, a thumb for the last answer of each and a link to the rent; 0.25 USD are
reserved; one question of Slack is answered and one waits; a workspace is installed; docs/centre.md and docs/eau.txt were added.
"""

from __future__ import annotations

import tarfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aitoll.agent import conversations, feedback, owned
from aitoll.agent.answer import Answer
from aitoll.agent.database import database
from aitoll.agent.interfaces.slack_installations import Installations
from aitoll.agent.interfaces.slack_store import store as slack_store
from aitoll.agent.llm.spending import Budget
from aitoll.knowledge import store as knowledge
from aitoll.settings import settings
from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from collections.abc import Iterator

HOMES = sorted((Path(__file__).parent / "fixtures").glob("home-*.tar.xz"))
MADE = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
RENT = "How much does it cost to rent 512 H100s for 30 days at $2.50 per GPU hour?"
TALKS = {"one": ["CO2 of 10 GWh in France?", "And in Poland?"], "deux": ["Combien de CO2 pour 5 GWh en Suède ?"], "rent": [RENT]}


@pytest.fixture(params=HOMES, ids=lambda path: path.name.split(".")[0])
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of it, on the day that it was made."""
    with tarfile.open(request.param) as packed:
        packed.extractall(tmp_path, filter="data")
    monkeypatch.setenv("AITOLL_HOME", str(tmp_path))
    monkeypatch.setattr(time, "time", lambda: MADE.timestamp())
    settings.cache_clear()
    yield tmp_path
    knowledge._store.cache_clear()


@pytest.mark.usefixtures("home")
def test_conversations_are_all_there_and_go_on() -> None:
    assert {one["id"]: one["turns"] for one in owned.listed("local")} == {name: len(asked) for name, asked in TALKS.items()}
    for name, asked in TALKS.items():
        assert [turn["question"] for turn in conversations.export(name)] == asked
        assert [turn.question for turn in owned.turns("local", name)] == asked
    followed = owned.ask_owned("local", "And in Sweden?", "one", None)
    alone = owned.ask_owned("local", "CO2 of 10 GWh in Sweden?", None, None)
    assert [figure.value for figure in followed.figures] == [figure.value for figure in alone.figures]


@pytest.mark.usefixtures("home")
def test_thumbs_links_and_what_was_spent_are_all_there() -> None:
    last = {name: owned.turns("local", name)[-1].id for name in TALKS}
    assert {(one["conversation"], one["answer"], one["thumb"], one["reason"]) for one in feedback.said("local")} == {
        (name, id, "down", "too wide") for name, id in last.items()
    }
    ((token,),) = database().rows("SELECT token FROM links")
    assert Answer.model_validate_json(feedback.linked(token) or "").id == last["rent"]
    assert Budget("local", 5.0, MADE.date().isoformat()).spent() == 0.25


@pytest.mark.usefixtures("home")
def test_what_slack_asked_is_answered_and_known_and_the_workspace_installed() -> None:
    kept = slack_store()
    assert kept.counts() == {"done": 1, "waiting": 1}
    rent = owned.turns("local", "rent")[-1]
    assert Answer.model_validate_json(kept.answer(rent.id, "T1") or "").text == rent.text
    taken = kept.claim("w", 5)
    assert taken
    assert (taken.key, taken.body["text"]) == ("C1:2.0", RENT)
    assert kept.keep(taken) is False  # delivered again, it is known
    found = Installations(database(), "a secret of before").find_bot(enterprise_id=None, team_id="T1")
    assert found
    assert found.bot_token == "xoxb-of-before"


def refusal() -> StoreFault | None:
    """What this version says of the documents before it touches them."""
    try:
        knowledge.state()
    except StoreFault as fault:
        return fault
    return None


def test_documents_are_found_at_once_or_after_the_rebuild_that_is_asked_for(home: Path) -> None:
    before = sorted(path.relative_to(home) for path in (home / "documents").rglob("*"))
    told = refusal()
    if told:
        assert (told.key, "rebuild" in str(told)) == ("earlier", True)
        assert sorted(path.relative_to(home) for path in (home / "documents").rglob("*")) == before
        assert knowledge.rebuild() == []  # nothing was lost, though the files are gone
    assert {Path(str(one["path"])).name: one["passages"] for one in knowledge.state().documents} == {"centre.md": 2, "eau.txt": 1}
    for asked, said in (("power contract with Voltalis", "2031"), ("PUE in Lyon", "1.31"), ("refroidissement Ampère", "12 000 m3")):
        assert any(said in found.passage for found in knowledge.search(asked, within="user")), asked
