"""PDF as blocks, page by page, read in a process of its own: a PDF can be made to take any amount of time and memory."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from itertools import islice
from typing import TYPE_CHECKING

from aitoll.knowledge.parsers import LONGEST_TITLE, Parsed, seen
from aitoll.knowledge.user_files import refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pypdf import PdfReader

PDF_SECONDS = 120
PDF_BYTES = 2 << 30  # of memory
LONGEST_PDF = 20_000_000  # characters of text
MOST_PAGES = 20_000


def pdf(path: Path) -> Parsed:
    if find_spec("pypdf") is None:
        raise refused(path, "pdf_extra", "is a PDF, which needs the extra: pip install aitoll[pdf]")
    command = [sys.executable, "-c", "from aitoll.knowledge.pdf_files import read_pdf; read_pdf()", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=PDF_SECONDS, check=False, env=_same_imports())  # noqa: S603 (our own interpreter)
    except subprocess.TimeoutExpired:
        raise refused(path, "slow", f"takes more than {PDF_SECONDS} s to read", seconds=PDF_SECONDS) from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["the reader died"]
        raise refused(path, "bad_pdf", f"is not a PDF that can be read ({said[-1][:200]})", why=said[-1][:200])
    read = json.loads(done.stdout)
    parsed = Parsed(seen(read["title"])[:LONGEST_TITLE], notes=tuple(read["notes"]))
    for number, text in enumerate(read["pages"], 1):
        for paragraph in re.split(r"\n\s*\n", text):
            parsed.add(paragraph, f"p. {number}")
    return parsed


def _same_imports() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def read_pdf() -> None:
    """In the child process: title and text of each page as JSON on standard output."""
    _bound()
    logging.disable()  # a broken file can bring a line for each of its objects
    from pypdf import PdfReader

    reader = PdfReader(sys.argv[1])
    if reader.is_encrypted and not reader.decrypt(""):
        sys.exit("it is encrypted")
    title = (reader.metadata.title if reader.metadata else None) or ""
    notes: set[str] = set()
    pages = list(_pages(reader, notes))
    json.dump({"title": str(title), "pages": pages, "notes": sorted(notes)}, sys.stdout)


def _pages(reader: PdfReader, notes: set[str]) -> Iterator[str]:
    from aitoll.knowledge.pdf_unseen import without_unseen

    left = LONGEST_PDF
    for page in islice(reader.pages, MOST_PAGES):
        text = without_unseen(page, notes).extract_text()[:left]
        left -= len(text)
        yield text
        if not left:
            return


def _bound() -> None:
    try:
        import resource
    except ImportError:
        return  # Windows: the time limit remains
    resource.setrlimit(resource.RLIMIT_AS, (PDF_BYTES, PDF_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (PDF_SECONDS, PDF_SECONDS))
