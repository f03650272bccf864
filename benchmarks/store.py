"""The store at scale: how fast passages go in, how fast they are found, and what they weigh, beside Chroma itself on the same vectors.

    python benchmarks/store.py                                    10,000 passages in a folder
    python benchmarks/store.py --passages 100000 --report         and writes docs/measured/store-100000.md
    python benchmarks/store.py --passages 1000000 --server --one-collection --report

The vectors are seeded and clustered, so that no time of a model is in the figures; embedding is measured apart, on real passages.
An addition that is killed is resumed by the same command with the same --home, and its rate is told over all its parts. Passages
keep their vectors when more are added, so that a smaller number can be measured on the way. With --one-collection Chroma is asked
for what aitoll has added, instead of filling a collection of its own, which takes as long again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))
from aitoll.knowledge.embeddings import resolve
from aitoll.knowledge.library import library
from aitoll.knowledge.shelf import Shelf
from aitoll.knowledge.store import HNSW, WRITTEN, Chroma
from aitoll.knowledge.user_index import UserIndex
from aitoll.settings import settings
from benchmarks.store_report import shown
from benchmarks.store_server import cpu_of, resident_mb, served

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitoll.knowledge.embeddings import Vectors

ROOT = Path(__file__).parent.parent
DIMENSION = 384
IN_A_FILE = 5000  # passages
IN_A_CLUSTER = 100
BLOCK = 100_000  # passages that share their clusters, one after the other
SPREAD = 0.6  # of a passage around the middle of its cluster, whose length is 1
RESULTS = 5
WORDS = "the pump of this hall draws cold water from the river and returns it two degrees warmer than it was before"


class Seeded:
    """Vectors by the number that a text begins with: the same passage has the same vector in every run."""

    fingerprint = "seeded-1"
    dimension = DIMENSION

    def __init__(self, passages: int) -> None:
        self._in_block = min(passages, BLOCK)
        self._middles = _directions(np.random.default_rng(1), max(1, math.ceil(passages / IN_A_CLUSTER)))

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._near(number(text)) for text in texts])

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._near(number(text), asked=1) for text in texts])

    def _near(self, passage: int, asked: int = 0) -> Vectors:
        moved = np.random.default_rng([2, asked, passage]).standard_normal(DIMENSION) * SPREAD / DIMENSION**0.5
        block, place = divmod(passage, self._in_block)
        clusters = max(1, self._in_block // IN_A_CLUSTER)
        vector = self._middles[(block * clusters + place % clusters) % len(self._middles)] + moved
        nearest: Vectors = (vector / np.linalg.norm(vector)).astype(np.float32)
        return nearest


def number(text: str) -> int:
    return int(text.split("Passage ", 1)[1].split(" ", 1)[0])


def passage(which: int) -> str:
    return f"Passage {which} says: {WORDS}, as measured in week {which % 52} of year {which % 30}; {WORDS[: which % 80]}."


def _directions(chance: np.random.Generator, count: int) -> Vectors:
    drawn = chance.standard_normal((count, DIMENSION)).astype(np.float32)
    found: Vectors = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return found


# What is measured


def write_files(folder: Path, passages: int) -> None:
    for start in range(0, passages, IN_A_FILE):
        place = folder / f"{start // 100_000:03}"
        place.mkdir(parents=True, exist_ok=True)
        file = place / f"{start:08}.md"
        if not file.exists():
            inside = range(start, min(start + IN_A_FILE, passages))
            file.write_text("\n\n".join(f"## {which}\n\n{passage(which)}" for which in inside), "utf-8")


def ingest(index: UserIndex, folder: Path, record: Path, process: int) -> dict[str, float]:
    """What this took, and what earlier runs that were cut short had taken; the server's own work is counted in."""
    before: dict[str, float] = json.loads(record.read_text("utf-8")) if record.exists() else {}
    started, used = time.perf_counter(), time.process_time() + cpu_of(process)
    done = 0.0

    def told(path: Path, count: int, total: int) -> None:
        nonlocal done
        done += total if count == total else 0
        if count == total:
            cost = time.process_time() + cpu_of(process) - used
            spent = {"passages": done, "seconds": time.perf_counter() - started, "cpu_seconds": cost}
            record.write_text(json.dumps({name: value + before.get(name, 0.0) for name, value in spent.items()}), "utf-8")
            _said(f"added {path.name}", started)

    with index.writer() as writer:
        writer.add([folder], told)
    final: dict[str, float] = json.loads(record.read_text("utf-8"))
    return final


def ingest_bare(collection: Any, seeded: Seeded, passages: int, process: int) -> dict[str, float]:
    started, used = time.perf_counter(), time.process_time() + cpu_of(process)
    there = collection.count()
    for start in range(there - there % WRITTEN, passages, WRITTEN):
        texts = [passage(which) for which in range(start, min(passages, start + WRITTEN))]
        ids = [str(number(text)) for text in texts]
        collection.upsert(ids, embeddings=seeded.embed_passages(texts), documents=texts, metadatas=[{"path": "x"}] * len(texts))
        _said(f"bare {start}", started)
    cost = time.process_time() + cpu_of(process) - used
    return {"passages": passages - there, "seconds": time.perf_counter() - started, "cpu_seconds": cost}


def compare(index: UserIndex, bare: Any, seeded: Seeded, passages: int, questions: int) -> dict[str, Any]:
    """The same questions to both, by turns, so that the noise of the machine falls on both; the first ten warm up."""
    ours, theirs, same = [], [], 0
    for which in np.random.default_rng(3).integers(0, passages, questions + 10).tolist():
        text = passage(which)
        vector = seeded.embed_queries([text])
        index.embedder = Fixed(seeded, vector)
        started = time.perf_counter()
        found = index.nearest(text, RESULTS)
        between = time.perf_counter()
        got = bare.query(query_embeddings=vector, n_results=RESULTS, include=["documents", "metadatas", "distances"])
        theirs.append(time.perf_counter() - between)
        ours.append(between - started)
        same += len({row.text for row in found} & {*got["documents"][0]})
    return {
        "aitoll": _quantiles(ours[10:]),
        "chroma": _quantiles(theirs[10:]),
        "same": same / (RESULTS * (questions + 10)),
    }


def recall(index: UserIndex, seeded: Seeded, passages: int, questions: int = 200) -> float:
    """Share of the truly nearest passages, by comparing with every vector, that the graph finds."""
    asked = np.random.default_rng(4).integers(0, passages, questions).tolist()
    vectors = seeded.embed_queries([passage(which) for which in asked])
    cosines, nearest = np.empty((questions, 0), np.float32), np.empty((questions, 0), int)
    for start in range(0, passages, WRITTEN):
        some = np.arange(start, min(start + WRITTEN, passages))
        held = seeded.embed_passages([passage(which) for which in some.tolist()])
        cosines = np.hstack([cosines, vectors @ held.T])
        nearest = np.hstack([nearest, np.tile(some, (questions, 1))])
        best = np.argsort(-cosines, axis=1)[:, :RESULTS]
        cosines, nearest = np.take_along_axis(cosines, best, 1), np.take_along_axis(nearest, best, 1)
    right = 0
    for which, vector, wanted in zip(asked, vectors, nearest, strict=True):
        index.embedder = Fixed(seeded, vector[None])
        right += len({number(row.text) for row in index.nearest(passage(which), RESULTS)} & {*wanted.tolist()})
    return right / (RESULTS * questions)


class Fixed:
    """Gives the question's vector at once, since only the store is measured."""

    def __init__(self, seeded: Seeded, vector: Vectors) -> None:
        self.fingerprint, self.dimension = seeded.fingerprint, seeded.dimension
        self._vector = vector[0]

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vector] * len(texts))

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self.embed_queries(texts)


def embedding(count: int = 2000) -> dict[str, float]:
    """Real passages: those of the library, again and again with another number where there are fewer."""
    embedder, _ = resolve(settings())
    if embedder is None:
        return {}
    texts = [one.text[language] for one in library() for language in ("fr", "en")]
    asked = [f"{texts[which % len(texts)]} {which // len(texts) or ''}".strip() for which in range(count)]
    started, used = time.perf_counter(), time.process_time()
    for start in range(0, count, 64):
        embedder.embed_passages(asked[start : start + 64])
    return {"passages": count, "seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - used}


def memory_of_a_reader(home: Path, passages: int) -> float:
    """MB of a fresh process that has asked one question."""
    command = [sys.executable, __file__, "--passages", str(passages), "--home", str(home), "--read"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    megabytes: float = json.loads(done.stdout)["memory_mb"]
    return megabytes


def _quantiles(seconds: list[float]) -> dict[str, float]:
    return {"p50_ms": float(np.quantile(seconds, 0.5)) * 1e3, "p99_ms": float(np.quantile(seconds, 0.99)) * 1e3}


def _size_mb(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def _said(what: str, started: float) -> None:
    print(f"{time.perf_counter() - started:8.0f} s  {what}", file=sys.stderr, flush=True)


# The run


def measure(asked: argparse.Namespace, home: Path) -> dict[str, Any]:
    seeded = Seeded(asked.passages)
    write_files(home / "files", asked.passages)
    with served(home / "server") if asked.server else contextlib.nullcontext(("", 0)) as (url, process):
        chroma = Chroma(url or None)
        index = UserIndex(chroma, Shelf(home), seeded)
        told: dict[str, Any] = {"ingest": ingest(index, home / "files", home / "ingest.json", process)}
        client: Any = chroma.server() if url else chroma.folder(home / "bare")
        if asked.one_collection:
            bare = chroma.find(client, chroma.name_of("passages", seeded.fingerprint))
        else:
            graph: Any = {"hnsw": HNSW}
            bare = client.get_or_create_collection("bare", configuration=graph, embedding_function=None)
            told["ingest_bare"] = ingest_bare(bare, seeded, asked.passages, process)
        told |= compare(index, bare, seeded, asked.passages, asked.questions)
        told["recall"] = recall(index, seeded, asked.passages)
        if url:
            told["memory_mb"] = resident_mb(process)
    told["disk_mb"] = _size_mb(home / ("server" if asked.server else "documents"))
    if not asked.server:
        told["disk_bare_mb"] = _size_mb(home / "bare")
        told["memory_mb"] = memory_of_a_reader(home, asked.passages)
    told["embedding"] = embedding()
    return told


def read_once(home: Path, passages: int) -> None:
    index = UserIndex(Chroma(), Shelf(home), Seeded(passages))
    assert index.nearest(passage(0), RESULTS)
    print(json.dumps({"memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--server", action="store_true", help="on a Chroma server, started for it")
    parser.add_argument("--one-collection", action="store_true", help="with --server: ask Chroma for the same collection")
    parser.add_argument("--home", type=Path, help="a folder to keep; left out: one that is removed")
    parser.add_argument("--report", action="store_true", help="write docs/measured/store-<passages>.md")
    parser.add_argument("--read", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.read:
        read_once(asked.home, asked.passages)
        return
    started = time.perf_counter()
    with contextlib.nullcontext(asked.home) if asked.home else tempfile.TemporaryDirectory() as home:
        told = measure(asked, Path(home))
    told |= {"dimension": DIMENSION, "in_a_cluster": IN_A_CLUSTER, "results": RESULTS}
    told["duration_s"] = time.perf_counter() - started
    print(shown(asked, told))
    if asked.report:
        place = ROOT / "docs" / "measured" / f"store-{asked.passages}.md"
        place.parent.mkdir(exist_ok=True)
        place.write_text(shown(asked, told) + "\n", "utf-8")


if __name__ == "__main__":
    main()
