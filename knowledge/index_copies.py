"""Copies of an index, for when the index itself cannot be opened."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp

from aitoll.knowledge.sealing import DATABASE
from aitoll.knowledge.store_faults import fault_of


def texts_of(folder: Path) -> Path:
    """A copy of an index without its graphs, in a place of its own: Chroma opens the graphs whatever is asked of it."""
    place = Path(mkdtemp(prefix="aitoll-"))
    try:
        shutil.copyfile(folder / DATABASE, place / DATABASE)
    except OSError as fault:
        shutil.rmtree(place, ignore_errors=True)
        raise fault_of(fault, None, str(folder)) from fault
    return place


def copy_of(folder: Path) -> Path:
    """A copy of an index that may be written."""
    place = texts_of(folder)
    for graph in (path for path in folder.iterdir() if path.is_dir()):
        (place / graph.name).mkdir()
        for file in graph.iterdir():
            shutil.copyfile(file, place / graph.name / file.name)
    return place
