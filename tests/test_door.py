"""The door: what `import aitoll` and the command load, and that nobody else's folders get in the way."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import aitoll

if TYPE_CHECKING:
    from tests.conftest import Python

ROOT = Path(__file__).parent.parent
ROOMS = {"agent", "knowledge", "tools"}
HEAVY = {"chromadb", "httpx", "httpx2", "langchain", "langchain_core", "langgraph", "numpy", "openai"}
QUESTION = "How much do 30,000 GPUs at 30 to 40 thousand dollars each cost?"


def loaded(importtime: str) -> set[str]:
    """Top-level modules that `-X importtime` saw."""
    lines = [line for line in importtime.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines[1:]}


def test_importing_aitoll_loads_the_standard_library_only(python: Python, tmp_path: Path) -> None:
    done = python("-S", "-X", "importtime", "-c", "import aitoll", cwd=tmp_path)
    assert (done.returncode, loaded(done.stderr) - sys.stdlib_module_names) == (0, {"aitoll"})


@pytest.mark.parametrize("arguments", [["--help"], [QUESTION], ["calc"]], ids=["help", "question", "calc"])
def test_the_command_loads_nothing_heavy(arguments: list[str], python: Python, tmp_path: Path) -> None:
    done = python("-X", "importtime", "-m", "aitoll", *arguments, cwd=tmp_path)
    assert (done.returncode, loaded(done.stderr) & HEAVY) == (0, set()), done.stdout


@pytest.mark.parametrize("name", aitoll.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(aitoll, name)


def test_the_door_lists_its_names() -> None:
    assert set(aitoll.__all__) <= set(dir(aitoll))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'aitoll' has no attribute 'answer_all'"):
        aitoll.answer_all  # noqa: B018


def test_a_project_with_its_own_tools_gets_an_answer(python: Python, tmp_path: Path) -> None:
    for room in ROOMS:
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text("THEIRS = True\n")
    script = f"from aitoll import ask; import agent, knowledge, tools; print(tools.THEIRS, ask({QUESTION!r}).status)"
    done = python("-c", script, cwd=tmp_path)
    assert done.stdout == "True answered\n", done.stderr


def test_rooms_are_imported_through_the_door(tracked: list[str]) -> None:
    stray = [f"{name}:{line}" for name in tracked if name.endswith(".py") for line in top_level_imports(ROOT / name)]
    assert not stray, "write aitoll.agent, aitoll.knowledge, aitoll.tools"


def top_level_imports(file: Path) -> list[int]:
    """Lines that import a room as if it stood at the top of the environment."""
    imports = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Import | ast.ImportFrom)]
    return [node.lineno for node in imports if imported(node) & ROOMS]


def imported(node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    return {(node.module or "").partition(".")[0]} if not node.level else set()
