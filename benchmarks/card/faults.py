"""Faults: the tests of what goes wrong, counted by what fails them, so that the card says how much was tried."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from benchmarks.card.figures import Measured, share
from benchmarks.card.results import ROOT

TRIED = {
    "a language model that is slow, down, cut off, looping or out of bounds": ("tests/llm/test_faults.py", "tests/llm/test_limits.py"),
    "a language model that lies": ("tests/llm/test_lies.py",),
    "a store that is damaged, foreign, locked, full or gone": ("tests/knowledge/test_store_faults.py", "tests/knowledge/test_exports.py"),
    "documents that are hostile, broken, huge or no documents": ("tests/knowledge/test_documents.py",),
    "a database that is lost, old, foreign or shared": ("tests/agent/test_database.py", "tests/interfaces/test_several_processes.py"),
    "a clock that is put forward or back": ("tests/agent/test_clock.py", "tests/interfaces/test_clock_steps.py"),
    "what earlier versions kept, opened by this one": ("tests/test_upgrades.py",),
    "Slack: repeated, late, forged, killed": ("tests/interfaces/test_slack_faults.py", "tests/interfaces/test_slack_once.py"),
    "the web: too much, too long, foreign, hostile": ("tests/interfaces/test_web_guard.py", "tests/interfaces/test_web_hostile.py"),
}
FEW = ("tests/agent/test_database.py",)  # of the short form, beside which the whole suite runs anyway


def measure(short: bool) -> list[Measured]:
    tried = {name: [path for path in paths if not short or path in FEW] for name, paths in TRIED.items()}
    return [counted(name, paths) for name, paths in tried.items() if paths]


def counted(name: str, paths: list[str]) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", f"--junitxml={report}", *paths]
        subprocess.run(command, cwd=ROOT, check=False, capture_output=True)
        cases = ElementTree.parse(report).getroot().iter("testcase")
        tried = [
            (str(case.get("name")), case.find("failure") is None and case.find("error") is None)
            for case in cases
            if case.find("skipped") is None
        ]
    return share(name, tried, "tests that ended in a right answer or a clear message", 1.0)
