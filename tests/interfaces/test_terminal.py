"""The command line, through its real interface: another process."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Python

RENT = "How much does it cost to rent 512 H100s for 30 days at $2.50 per GPU hour?"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([RENT], 0, "$921,600"),
        (RENT.split(), 0, "$921,600"),
        (["ask", "batch"], 3, "what AI costs"),
        (["How much CO2 does it emit?"], 2, "10 GWh"),
        (["What is the capital of France?"], 3, "what AI costs"),
        (["-5 H100s for 10 days at $2/h cost?"], 2, "-5 GPUs"),
        (["calc", "training_carbon", "--input", "energy_kwh=1e7", "--input", "place=fra"], 0, "Ember"),
        (["calc", "training_carbon", "--input", "place=atlantis"], 2, "atlantis"),
        (["calc", "nothing"], 2, "training_cost"),
        (["calc", "trainingcost"], 2, "did you mean training_cost"),
        (["calc", "gpu_budget", "gpu=zz9"], 2, "h100-sxm"),
        (["calc", "training_carbon", "energy_kwh=1", "place=zz9"], 2, "such as fra"),
        (["calc", "api_cost", "input_tokens=5", "output_tokens=5", "api_model=zzqq"], 2, "such as"),
        (["--nope"], 64, "--nope"),
        (["--nope", RENT], 64, "--nope"),
        (["-x"], 64, "-x"),
        (["--", "--nope", "why"], 3, "what AI costs"),
        (["knowledge", "add", "missing.md"], 2, "missing.md"),
        (["calc"], 0, "training_cost"),
        (["batch", "no-such-file"], 64, "no-such-file"),
        (["calc", "--wrong"], 64, "--wrong"),
        (["--version"], 0, "0"),
        (["--help"], 0, "batch"),
    ],
)
def test_a_command_line_ends_with_its_code_and_says_it(words: list[str], code: int, said: str, python: Python, tmp_path: Path) -> None:
    done = python("-m", "aitoll", *words, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr


def test_the_source_reaches_the_reader(python: Python, tmp_path: Path) -> None:
    done = python("-m", "aitoll", "How much CO2 did training Llama 3.1 405B emit?", cwd=tmp_path)
    assert "8,930 t CO2e" in done.stdout
    assert "Llama 3.1" in done.stdout.split("Sources")[1]
    assert "https://" in done.stdout


def test_json_is_the_whole_answer(python: Python, tmp_path: Path) -> None:
    found = json.loads(python("-m", "aitoll", "--json", RENT, cwd=tmp_path).stdout)
    assert (found["status"], found["figures"][0]["value"], found["model"]) == ("answered", 921_600, "rules")


def test_a_pipe_is_one_question(python: Python, tmp_path: Path) -> None:
    assert "$921,600" in python("-m", "aitoll", cwd=tmp_path, stdin=RENT).stdout


def test_no_colour_off_a_terminal(python: Python, tmp_path: Path) -> None:
    assert "\033" not in python("-m", "aitoll", RENT, cwd=tmp_path).stdout


def test_a_bad_line_of_a_batch_costs_only_itself(python: Python, tmp_path: Path) -> None:
    lines = [
        json.dumps({"id": "a", "turns": [RENT]}),
        "{not json",
        json.dumps({"id": "c", "turns": []}),
        json.dumps(["a", "list"]),
        "",
        json.dumps({"id": "e", "turns": [RENT, "And with 1024 of them?"]}),
        '{"id": "f", "turns": ["\\ud800"]}',
        "[" * 100_000,
    ]
    done = python("-m", "aitoll", "batch", "-", cwd=tmp_path, stdin="\n".join(lines) + "\n")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [(one["id"], one["status"]) for one in found][:5] == [
        ("a", "answered"), ("line-2", "invalid"), ("c", "invalid"), ("line-4", "invalid"), ("e", "answered")
    ]  # fmt: skip
    assert "Line 2 is no question" in found[1]["text"]
    assert "Line 3 is no question" in found[2]["text"]
    assert '"turns": ["question", …]' in found[2]["text"]
    assert [one["id"] for one in found][5:] == ["f", "line-8"]
    assert found[4]["figures"][0]["value"] == 1_843_200


def test_a_search_by_words_only_says_so(python: Python, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITOLL_EMBEDDINGS", "lexical")
    monkeypatch.setenv("AITOLL_HOME", str(tmp_path))
    done = python("-m", "aitoll", "Who is reopening Three Mile Island and why?", cwd=tmp_path)
    assert "2028" in done.stdout
    assert "searched by words only" in " ".join(done.stdout.split())


@pytest.mark.parametrize(("command", "module", "extra"), [("mcp", "mcp_types", "mcp"), ("serve", "fastapi", "web")])
def test_a_missing_extra_is_named(command: str, module: str, extra: str, tmp_path: Path) -> None:
    """As without it: the import system is told that there is no such module."""
    code = f"import sys; sys.modules[{module!r}] = None\nfrom aitoll.__main__ import main\nsys.exit(main([{command!r}]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, f"aitoll: {module} is missing, it comes with an extra: pip install 'aitoll[{extra}]'\n")


def test_mcp_at_a_terminal_says_who_starts_it(tmp_path: Path) -> None:
    keyboard, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "aitoll", "mcp"], stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    ) as process:
        os.write(keyboard, b"\x04")
        out, told = process.communicate(timeout=60)
    os.close(keyboard)
    os.close(terminal)
    assert (process.returncode, out, "a host starts this command" in told) == (0, "", True)
