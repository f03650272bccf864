"""The same store on a Chroma server, started for real: several processes read and write."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aitoll.knowledge.store import add, look_up, rebuild, remove, search, state
from aitoll.settings import settings
from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUESTION = "Who is reopening Three Mile Island?"
ADD = "import sys; from aitoll.knowledge.store import add; print(len(add(sys.stdin.readline().split()).added))"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = shutil.which("chroma", path=str(Path(sys.executable).parent)) or shutil.which("chroma")
    assert program, "the package chromadb brings the command chroma"
    port, folder = free_port(), tmp_path_factory.mktemp("server")
    log = (folder / "log").open("w")
    command = [program, "run", "--path", str(folder / "data"), "--host", "127.0.0.1", "--port", str(port)]
    running = subprocess.Popen(command, stdout=log, stderr=log)
    for _ in range(300):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    running.kill()
    running.wait()


@pytest.fixture(autouse=True)
def _on_the_server(server: str, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AITOLL_CHROMA_URL", server)
    settings.cache_clear()
    yield
    remove(["/"])
    assert not own_home.exists(), "a server needs no home"


def test_the_library_is_found_on_the_server() -> None:
    assert search(QUESTION)[0].topic.startswith("three-mile-island")


def test_what_one_process_adds_another_finds_at_once(tmp_path: Path, start: Callable[..., Any]) -> None:
    assert search("pump", within="user") == []
    writers = []
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.md").write_text(f"Pump {name} is blue.\n")
        writers.append(start(ADD))
        writers[-1].stdin.write(f"{tmp_path / name}.md\n")
        writers[-1].stdin.flush()
    assert [writer.communicate(timeout=120)[0] for writer in writers] == ["1\n"] * 3
    assert {one.passage for one in search("Which pump is blue?", within="user")} == {f"Pump {name} is blue." for name in "abc"}
    assert len(state().documents) == 3
    assert remove([str(tmp_path / "a.md")]) == [str(tmp_path / "a.md")]
    assert len(search("Which pump is blue?", within="user")) == 2


def test_another_model_rebuilds_in_a_collection_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.md").write_text("Pump 7 is blue.\n")
    add([tmp_path])
    monkeypatch.setenv("AITOLL_EMBEDDINGS", "lexical")
    settings.cache_clear()
    assert state().foreign
    with pytest.raises(StoreFault, match="another model"):
        add([tmp_path])
    searched = look_up("Which pump is blue?", within="user")
    assert [one.passage for one in searched.found] == ["Pump 7 is blue."], "by its words"
    assert [fault.key for fault in searched.missed] == ["foreign"]
    rebuild()
    assert not state().foreign
    assert search("pump", within="user")[0].passage == "Pump 7 is blue."
