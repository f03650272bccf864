"""Each extra of the built wheel in a fresh environment on each Python that is found, with the pins; and all of them by their hashes."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.release import ROOT, said

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
LOCK, PINS = ROOT / "requirements.lock", ROOT / "constraints.txt"
OLD_PIP = "23.0"
QUESTIONS = """
from aitoll import ask
for question, figures in (("How much CO2 do 10 GWh emit in France?", True), ("Who is reopening Three Mile Island and why?", False)):
    answer = ask(question)
    assert answer.status == "answered" and answer.citations and (answer.figures or not figures), answer
"""
ASKED = {
    "": QUESTIONS + "from aitoll import langchain_tools; assert langchain_tools()",
    "web": "from aitoll.agent.interfaces.web import create_app; assert create_app()",
    "slack": "from aitoll.agent.interfaces.slack_app import bolt; assert bolt",
    "mcp": "from aitoll.agent.interfaces.mcp_server import server; assert server()",
    "pdf": "from pathlib import Path; from aitoll.knowledge.documents import read_document; assert read_document(Path('a.pdf')).extracts",
    "charts": "import resvg_py; from aitoll import ask; from aitoll.agent.export import export\n"
    "assert resvg_py.svg_to_bytes(svg_string=export([ask('CO2 of 10 GWh in France and in Poland?')], 'svg').decode())",
    "postgres": "import psycopg; from aitoll.agent import engines; assert psycopg.pq.version() and engines",
    "all": QUESTIONS + "import fastapi, slack_bolt, mcp, pypdf, resvg_py, psycopg",
}


def installs(wheel: Path) -> None:
    from tests.knowledge.test_documents import SAYS, a_pdf

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "a.pdf").write_bytes(a_pdf(SAYS))
        for version, python in found().items():
            for extra, script in ASKED.items():
                tried(Path(folder), f"{version}, {extra or 'base'}", python, [["-c", str(PINS), f"{wheel}[{extra}]"]], script)
            by_hash = [["--require-hashes", "-r", str(LOCK)], ["--no-deps", str(wheel)]]
            tried(Path(folder), f"{version}, all by their hashes", python, by_hash, ASKED["all"])
        by_an_old_pip(Path(folder), wheel, found()["3.11"])


def found() -> dict[str, str]:
    """The Pythons here, of those that the project may run on."""
    kept = {version: [*Path.home().glob(f".pyenv/versions/{version}.*/bin/python")] for version in PYTHONS}
    places = {version: [*map(str, kept[version]), shutil.which(f"python{version}") or ""] for version in PYTHONS}
    return {version: runs[0] for version, tries in places.items() if (runs := [python for python in tries if _is(python, version)])}


def _is(python: str, version: str) -> bool:
    told = "import sys; print('%d.%d' % sys.version_info[:2])"
    return bool(python) and subprocess.run([python, "-c", told], capture_output=True, text=True, check=False).stdout.strip() == version


def by_an_old_pip(folder: Path, wheel: Path, python: str) -> None:
    """All by their hashes, with the oldest pip that the docs name, itself."""
    start, own = time.monotonic(), folder / "own-pip"
    said(python, "-m", "venv", str(own))
    pip = (str(own / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet")
    for words in ([f"pip=={OLD_PIP}"], ["--require-hashes", "-r", str(LOCK)], ["--no-deps", str(wheel)]):
        said(*pip, "install", *words, cwd=folder, **_clean())
    said(*pip, "check", cwd=folder, **_clean())
    said(str(own / "bin" / "python"), "-c", ASKED["all"], cwd=folder, **_clean(), AITOLL_HOME=str(folder / "home"))
    print(f"Python 3.11, all by their hashes with pip {OLD_PIP}: installed and asked, {time.monotonic() - start:.0f} s", flush=True)


def _clean() -> dict[str, str]:
    """The settings of this machine, blanked."""
    names = ("PYTHONPATH", "AITOLL_MODEL", "AITOLL_DATABASE_URL", "AITOLL_CHROMA_URL")
    return {name: "" for name in names if name in os.environ}


def tried(folder: Path, name: str, python: str, wanted: list[list[str]], script: str) -> None:
    """A new environment with this in it, which must agree in itself and answer."""
    start, venv = time.monotonic(), folder / "venv"
    said("uv", "venv", "--quiet", "--clear", "--python", python, str(venv))
    for words in wanted:
        said("uv", "pip", "install", "--quiet", "--python", str(venv), *words)
    said("uv", "pip", "check", "--python", str(venv))
    said(str(venv / "bin" / "python"), "-c", script, cwd=folder, **_clean(), AITOLL_HOME=str(folder / "home"))
    print(f"Python {name}: installed and asked, {time.monotonic() - start:.0f} s", flush=True)
