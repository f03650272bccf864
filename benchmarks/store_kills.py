"""Kills an addition at any point, again and again, and looks whether anything was lost or doubled.

    python benchmarks/store_kills.py --rounds 60

Each round changes some files, starts an addition in another process, kills it (SIGKILL) after a time drawn between nothing and
what a whole addition takes, reads what is left, runs the addition again to its end, and compares every passage with the files.
The graph is settled every 40 rows and each change announced, so that the kills fall on those too.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from aitoll.knowledge.documents import read_document
from aitoll.knowledge.shelf import Shelf
from aitoll.knowledge.stem_vectors import StemVectors
from aitoll.knowledge.store import Chroma
from aitoll.knowledge.user_files import found
from aitoll.knowledge.user_index import UserIndex

FILES, PASSAGES = 6, 40
ADD = """
import sys, time
from aitoll.knowledge import user_session, user_writer
user_session.LOOSE, user_session.PAUSE, user_session.LEFT, user_writer.BATCH = 40, 0.0, 0, 8
from aitoll.knowledge import store
sys.stdout.write("go\\n"); sys.stdout.flush()
started = time.perf_counter()
store.add([sys.argv[1]])
print(time.perf_counter() - started)
"""


def change(folder: Path, chance: random.Random, turn: int) -> None:
    """Writes some files anew: passages stay, go and come."""
    for number in range(FILES):
        if turn == 0 or chance.random() < 0.5:
            held = [which for which in range(PASSAGES * 2) if chance.random() < 0.5]
            text = "\n\n".join(
                f"## Pump {which}\n\nPump {which} of hall {number} feeds row {which * 7} in week {which % 9}." for which in held
            )
            (folder / f"{number}.md").write_text(text, "utf-8")


def start(home: Path, folder: Path) -> subprocess.Popen[str]:
    surroundings = {**os.environ, "AITOLL_HOME": str(home), "AITOLL_EMBEDDINGS": "lexical"}
    child = subprocess.Popen([sys.executable, "-c", ADD, str(folder)], env=surroundings, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "go\n"
    return child


def whole(home: Path, folder: Path) -> float:
    """Runs an addition to its end; the seconds it took."""
    said, _ = start(home, folder).communicate(timeout=600)
    return float(said)


def wrong(home: Path, folder: Path, *, ended: bool) -> list[str]:
    """What does not agree with the files: passages lost, doubled, left over, or not found by their vector."""
    index = UserIndex(Chroma(), Shelf(home), StemVectors())
    held = [row for page in index.passages() for row in page]
    files = {str(row.about["path"]): row.about["whole"] for row in index.files()}
    faults = [f"{len(held) - len({row.id for row in held})} doubled"] if len(held) != len({row.id for row in held}) else []
    if not ended:
        return faults  # more may be there or missing, as long as it can be read and is mended by the next addition
    wanted = {extract.id: extract for path, _ in found([folder]) for extract in read_document(path).extracts}
    faults += [f"lost {id}" for id in wanted.keys() - {row.id for row in held}]
    faults += [f"left over {row.id}" for row in held if row.id not in wanted]
    faults += [f"{path} is not whole" for path, done in files.items() if not done]
    for extract in wanted.values():
        near = {row.id for row in index.nearest(f"{extract.heading}. {extract.text}", 5)}
        faults += [] if extract.id in near else [f"not found by its vector: {extract.id}"]
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    chance, faults, cut = random.Random(asked.seed), list[str](), 0
    with tempfile.TemporaryDirectory() as place:
        home, folder = Path(place) / "home", Path(place) / "files"
        folder.mkdir()
        change(folder, chance, 0)
        takes = whole(home, folder)
        for turn in range(1, asked.rounds + 1):
            change(folder, chance, turn)
            child = start(home, folder)
            time.sleep(chance.uniform(0, takes))
            child.send_signal(signal.SIGKILL)
            cut += child.wait() == -signal.SIGKILL
            faults += [f"round {turn}, killed: {what}" for what in wrong(home, folder, ended=False)]
            takes = max(0.5, (takes + whole(home, folder)) / 2)
            faults += [f"round {turn}, ended: {what}" for what in wrong(home, folder, ended=True)]
            print(f"round {turn}: {len(faults)} faults so far", file=sys.stderr, flush=True)
    print("\n".join([*faults, f"{asked.rounds} rounds, {cut} of them cut short, {len(faults)} faults"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
