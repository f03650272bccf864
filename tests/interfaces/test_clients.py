"""Chat clients of others, unmodified, each in a process and an environment of its own: what they show holds the figure and its sources."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.interfaces.web_server import CO2, ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.interfaces.web_server import Served

CHAT = ROOT / "tests/peers/chat"
NODE_MODULES = ROOT / "tests/peers/node_modules"
FIGURE, LINK, LISTED = "410 t CO2e", "[[1]](https://ourworldindata.org/", "- [1] Carbon intensity of electricity generation"


def run(command: list[str], home: Path, **more: str) -> str:
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "OPENAI_API_KEY", "OPENAI_BASE_URL")}
    silent = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "NO_PROXY": "127.0.0.1,localhost"}
    done = subprocess.run(
        command, env={**kept, "HOME": str(home), **silent, **more}, cwd=home, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-1000:]
    return done.stdout


def installed(program: str) -> str:
    path = CHAT / ".venv/bin" / program
    if not path.exists():
        pytest.skip(f"{program} is missing: see the first line of tests/peers/chat/requirements.txt")
    return str(path)


def cites(text: str) -> bool:
    """The figure, its mark as a link inside the text, and the source below it."""
    return FIGURE in text and LINK in text and LISTED in text


@pytest.mark.node
def test_the_sdk_for_javascript(served: Served, tmp_path: Path) -> None:
    if not (NODE_MODULES / "openai").exists():
        pytest.skip("the peers are missing: npm ci --prefix tests/peers")
    found: dict[str, Any] = json.loads(run(["node", str(CHAT / "openai.mjs"), f"{served.url}/v1", CO2], tmp_path))
    assert found["ids"] == ["aitoll"]
    for kind in ("chat", "responses"):
        told = found[kind]
        assert cites(told["whole"])
        assert told["whole"] == told["streamed"] == told["helper"]
        assert {note["type"] for note in told["annotations"]} == {"url_citation"}
        assert told["usage"]["total_tokens"] > 0
    assert "Poland" in found["responses"]["follow"].splitlines()[0]
    assert found["error"] == {"name": "NotFoundError", "status": 404, "param": "model"}


def test_the_llm_command_whole_and_streamed_and_going_on(served: Served, tmp_path: Path) -> None:
    program, home = installed("llm"), tmp_path / "llm"
    home.mkdir()
    model = f'- model_id: costs\n  model_name: aitoll\n  api_base: "{served.url}/v1"\n'
    (home / "extra-openai-models.yaml").write_text(model, "utf-8")

    def say(*words: str) -> str:
        return run([program, "prompt", *words], tmp_path, LLM_USER_PATH=str(home))

    assert cites(whole := say("--no-stream", "-m", "costs", CO2))
    assert say("-m", "costs", CO2) == whole
    assert "Poland" in say("--continue", "And in Poland?").splitlines()[0]


def test_gradio_shows_it_in_its_chat(served: Served, tmp_path: Path) -> None:
    told = json.loads(run([installed("python"), str(CHAT / "gradio_chat.py"), f"{served.url}/v1/", CO2], tmp_path))
    assert cites(told["whole"][-1])
    assert told["streamed"][-1] == told["whole"][-1]
    assert len(told["streamed"]) > len(told["whole"])
