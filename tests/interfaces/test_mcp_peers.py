"""Programs of others, unmodified, on both transports: the MCP Inspector's command line and the conformance suite."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from aitoll.agent.interfaces.toolbox import toolbox
from tests.interfaces.mcp_serving import ROOT, command, serving
from tests.interfaces.samples import expected

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.node
PEERS = ROOT / "tests/peers"
PROGRAMS = PEERS / "node_modules/.bin"
WRONG_TOOL = 5  # how the Inspector says that the tool said no


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:  # noqa: ARG001 (before the server reads its settings)
    with serving() as found:
        yield found


def run(program: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """With the Node that is pinned beside it."""
    if not (PROGRAMS / program).exists():
        pytest.skip("the peers are missing: npm ci --prefix tests/peers")
    environment = {**(command().env or {}), "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}", "HOME": str(cwd)}
    return subprocess.run(
        [str(PROGRAMS / program), *arguments], env=environment, cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )


def inspect(target: list[str], cwd: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    done = run("inspector", "--cli", *target, *arguments, cwd=cwd)
    assert done.returncode == code, done.stderr + done.stdout
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(params=["stdio", "http"])
def target(request: pytest.FixtureRequest, address: str) -> list[str]:
    started = command()
    return [started.command, *started.args] if request.param == "stdio" else [f"{address}/mcp"]


def test_the_inspector_finds_no_fault_in_the_tools(target: list[str], tmp_path: Path) -> None:
    done = run("inspector", "--cli", *target, "--method", "tools/list", "--strict", cwd=tmp_path)
    assert (done.returncode, "Error" in done.stderr, "Warning" in done.stderr) == (0, False, False), done.stderr
    assert [tool["name"] for tool in json.loads(done.stdout)["tools"]] == list(toolbox())


def test_the_inspector_gets_the_figures(target: list[str], tmp_path: Path) -> None:
    made = inspect(target, tmp_path, "--method", "tools/call", "--tool-name", "money", "--tool-arg", "euros=100")
    assert made["structuredContent"]["figures"] == list(expected("money"))


def test_the_inspector_gets_field_and_remedy(target: list[str], tmp_path: Path) -> None:
    arguments = ("--method", "tools/call", "--tool-name", "gpu_budget", "--tool-arg", "gpu=H1000")
    error = inspect(target, tmp_path, *arguments, code=WRONG_TOOL)["structuredContent"]["error"]
    assert (error["field"], error["near"][0]) == ("gpu", "h100-sxm")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--method", "resources/list"), "aitoll://assumptions"),
        (("--method", "resources/templates/list"), "aitoll://tables/{table}/{id}"),
        (("--method", "resources/read", "--uri", "aitoll://sources/patterson-2021"), "Carbon Emissions and Large Neural Network Training"),
        (("--method", "prompts/list"), "bilan-entrainement"),
        (("--method", "prompts/get", "--prompt-name", "training-footprint", "--prompt-args", "model=GPT-4"), "train GPT-4"),
    ],
    ids=lambda one: one[1] if isinstance(one, tuple) else "",
)
def test_the_inspector_reads_the_rest(arguments: tuple[str, ...], said: str, address: str, tmp_path: Path) -> None:
    assert said in json.dumps(inspect([f"{address}/mcp"], tmp_path, *arguments))


@pytest.mark.parametrize(
    ("chosen", "listed"),
    [
        (("--spec-version", "2025-06-18"), "conformance.yaml"),
        (("--spec-version", "2025-11-25"), "conformance.yaml"),
        (("--requirements", "2026-07-28"), "conformance-2026-07-28.yaml"),
    ],
    ids=["2025-06-18", "2025-11-25", "2026-07-28"],
)
def test_the_server_conforms(chosen: tuple[str, str], listed: str, address: str, tmp_path: Path) -> None:
    """Every scenario that needs no fixture of the suite's own passes; those that do are listed, and must fail."""
    done = run("conformance", "server", "--url", f"{address}/mcp", *chosen, "--expected-failures", str(PEERS / listed), cwd=tmp_path)
    assert (done.returncode, "all failures are expected" in done.stdout) == (0, True), done.stdout[-3000:]
