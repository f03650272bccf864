"""Whether the files of a graph are as they were written. Chroma's native reader can die of damaged ones, so they are read first."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Seal = dict[str, list[int]]  # file → size and CRC-32
DATABASE = "chroma.sqlite3"  # SQLite finds its own damage, and goes on changing
NAMES = "index_metadata.pickle"  # without it Chroma does not open the files of a graph
PIECE = 1 << 20

_whole: set[tuple[object, ...]] = set()  # what this process has read and found as it should be


def seal(folder: Path) -> Seal:
    return {str(file.relative_to(folder)): _mark(file) for file in _files(folder)}


def broken(folder: Path, sealed: Seal) -> str:
    """The first file that is not as it was sealed, or nothing."""
    for file in _files(folder):
        name = str(file.relative_to(folder))
        if name not in sealed and file.name == NAMES:
            return name
    for name, mark in sealed.items():
        file = folder / name
        try:
            about = file.stat()
            seen = (str(file), about.st_ino, about.st_mtime_ns, about.st_size, *mark)
            if seen not in _whole and _mark(file) != mark:
                return name
        except OSError:
            return name
        _whole.add(seen)
    return ""


def _files(folder: Path) -> Iterator[Path]:
    """Of the graphs that were written out; the others Chroma makes anew."""
    return (file for names in sorted(folder.glob(f"*/{NAMES}")) for file in sorted(names.parent.iterdir()))


def _mark(file: Path) -> list[int]:
    size, code = 0, 0
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            size, code = size + len(piece), zlib.crc32(piece, code)
    return [size, code]
