"""Measures and writes the scorecard: `make scorecard`, `make scorecard-short`, `make scorecard-long PART=fuzz`.

python -m benchmarks.card                the parts that are not long, kept, and the page written
python -m benchmarks.card truth speed    these parts
python -m benchmarks.card --short        fewer cases, printed, nothing written; fails where a target got worse than it is kept
python -m benchmarks.card --page         only the page and the README's block, from what is kept
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.card.page import REASONS, write
from benchmarks.card.parts import BY_NAME, PARTS
from benchmarks.card.results import keep, kept, run


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="*", choices=[*BY_NAME, []], help="left out: all that are not long")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--page", action="store_true")
    given = parser.parse_args()
    chosen = [BY_NAME[name] for name in given.part] or [part for part in PARTS if not part.long]
    missed = []
    for part in () if given.page else chosen:
        print(f"\n{part.area}: {part.name}", flush=True)
        before = kept(part)
        found = run(part, given.short)
        print("\n".join(figure.line() for figure in found.figures), f"\n({found.seconds:.0f} s)", flush=True)
        if given.short:
            usual = {figure.name: figure for figure in before.figures} if before else {}
            missed += [figure.name for figure in found.figures if figure.worse_than(usual.get(figure.name))]
        else:
            missed += [figure.name for figure in found.figures if figure.met is False and figure.name not in REASONS]
            keep(found)
    if not given.short:
        write()
    what = "worse than the kept card" if given.short else "missed without a reason"
    print(f"\n{what}: {', '.join(missed) or 'none'}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
