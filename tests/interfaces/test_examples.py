"""The examples run as they stand, each in a process of its own, against a model that follows a script on a loopback socket."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from aitoll import ask, calculate
from aitoll.agent.interfaces.toolbox import toolbox
from tests.peers.scripted import Scripted, calls, quotes_tools, tool_results

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples"
GUIDE = (ROOT / "docs/embedding.md").read_text("utf-8")
PRICED = {"gpu": "b200", "gpus": 30_000, "unit_price": {"low": 30_000, "high": 40_000}}
WANTED = calculate("gpu_budget", gpu="b200", gpus=30_000, unit_price=(30_000, 40_000))[0]
WRONG = (("gpu_budget", {"gpu": "H1000", "gpus": 5}), ("gpu_budget", {"gpus": -1}), ("money", {"dolars": 3}))
HOSTS = ("openai_functions", "langchain_agent", "pydantic_ai_agent", "openai_agents_sdk")


def run(name: str, model: Scripted | None, home: Path) -> str:
    told = {"OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "none", "MODEL": "scripted"} if model else {}
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py")],
        env={**os.environ, **told, "PYTHONPATH": str(ROOT), "AITOLL_HOME": str(home)},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=HOSTS)
def hosted(request: pytest.FixtureRequest, home: Path) -> tuple[str, str, Scripted]:
    """One run of a host: wrong calls first, then a right one, then an answer that quotes the tools."""
    with Scripted([calls(*WRONG), calls(("gpu_budget", PRICED)), quotes_tools]) as model:
        return request.param, run(request.param, model, home), model


Hosted = tuple[str, str, Scripted]


def test_a_host_goes_on_after_wrong_calls(hosted: Hosted) -> None:
    errors = [json.loads(result)["error"] for result in tool_results(hosted[2].requests[1])]
    assert [error["field"] for error in errors] == ["gpu", "gpus", "dolars"]
    assert ("did you mean h100-sxm" in errors[0]["remedy"], "did you mean dollars" in errors[2]["remedy"]) == (True, True)


def test_a_host_gets_the_figures(hosted: Hosted) -> None:
    name, shown, model = hosted
    result = tool_results(model.requests[2])[3]
    assert (result in shown, figures(name, shown, result)) == (True, [WANTED.value, WANTED.low, WANTED.high])


def figures(name: str, shown: str, result: str) -> list[float]:
    """Value, low and high as the host got them: LangChain prints its artifact, the others pass on the JSON."""
    if name == "langchain_agent":
        return [float(part) for part in shown.splitlines()[0].split()[1:4]]
    figure = json.loads(result)["figures"][0]
    return [figure["value"], figure["low"], figure["high"]]


def test_a_host_offers_the_schemas(hosted: Hosted) -> None:
    name, _, model = hosted
    offered = {one["function"]["name"]: one["function"] for one in model.requests[0]["tools"]}
    budget = offered["gpu_budget"]["parameters"]
    assert (len(offered), budget["additionalProperties"]) == (len(toolbox()), False)
    assert (name == "langchain_agent") == ("required" not in budget)  # the others are given the strict form
    assert offered["gpu_budget"].get("strict") in ({True} if name in ("openai_functions", "openai_agents_sdk") else {None, True})


def test_the_python_example_prints_figures_and_places(home: Path) -> None:
    shown = run("python_api", None, home)
    answer = ask("CO2 of 10 GWh in France?")
    figure = answer.figures[0]
    assert shown.startswith(f"{figure.value} {figure.low} {figure.high} {figure.unit}\n")
    assert all(f"[{one.number}] {one.title}, {one.place}" in shown for one in answer.citations)
    assert f"{WANTED.name} {WANTED.low} {WANTED.high} {WANTED.unit}" in shown


def test_the_mcp_example_prints_figure_and_remedy(home: Path) -> None:
    shown = run("mcp_client", None, home)
    assert f"{WANTED.value} {WANTED.low} {WANTED.high} {WANTED.unit}\nTrue gpu did you mean b200" in shown
    assert ask("CO2 of 10 GWh in France?").text in shown


def test_the_graph_example_follows_up_and_finds(home: Path) -> None:
    shown = run("langgraph_node", None, home)
    assert shown.startswith("414.0 tCO2e\n5886.0\n")
    assert ask("How much water does a question to Gemini take?").text in shown
    assert shown.count(" | ") == 4


def test_the_guide_shows_every_example_as_it_stands() -> None:
    named = set(re.findall(r"examples/(\w+)\.py", GUIDE))
    assert named == {file.stem for file in EXAMPLES.glob("*.py")}


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.py")), ids=lambda file: file.stem)
def test_an_example_names_what_it_needs(file: Path) -> None:
    """What it imports comes with what its first line says to install."""
    tree = ast.parse(file.read_text("utf-8"))
    said = ast.get_docstring(tree) or ""
    needed = [Requirement(word.strip("'")) for word in said.partition("pip install ")[2].split()]
    assert needed[0].name == "aitoll"
    extras = needed[0].extras
    have = {one.name for one in map(Requirement, requires("aitoll") or []) if not one.marker or met(one, extras)} | {
        one.name for one in needed
    }
    assert imported(tree) <= {DISTRIBUTIONS.get(name, name) for name in have} | set(sys.stdlib_module_names)


DISTRIBUTIONS = {"langchain-openai": "langchain_openai", "pydantic-ai-slim": "pydantic_ai", "openai-agents": "agents"}
BROUGHT = {"langchain_core": "langchain", "langgraph": "langchain"}  # LangChain's own parts


def met(one: Requirement, extras: set[str]) -> bool:
    return bool(one.marker) and any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras))  # type: ignore[union-attr]


def imported(tree: ast.Module) -> set[str]:
    nodes: list[Any] = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {(node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name for node in nodes}
    return {BROUGHT.get(name.partition(".")[0], name.partition(".")[0]) for name in names}
