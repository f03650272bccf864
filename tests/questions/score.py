"""Pass rate of the banks, by kind and language, with the failures: python -m tests.questions.score [--held-out] [--kind KIND]…"""

from __future__ import annotations

import argparse
import collections
import sys
from typing import TYPE_CHECKING

from tests.questions.bank import KINDS, Entry, bank, fresh
from tests.questions.generate import generated
from tests.questions.judge import faults

if TYPE_CHECKING:
    from collections.abc import Iterable

Rates = dict[tuple[str, str], list[bool]]


def score(entries: Iterable[Entry]) -> tuple[Rates, list[tuple[Entry, list[str]]]]:
    """Right or wrong by kind and language, and what is wrong with the wrong ones."""
    rates: Rates = collections.defaultdict(list)
    failures = []
    for entry in entries:
        found = faults(entry)
        rates[entry.kind, entry.lang].append(not found)
        failures += [(entry, found)] if found else []
    return rates, failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--held-out", action="store_true", help="only what the rules were not written against; failures are not shown")
    parser.add_argument("--fresh", action="store_true", help="the questions that were written after the rules")
    parser.add_argument("--kind", action="append", choices=[*KINDS, "generated"])
    parser.add_argument("--quiet", action="store_true", help="only the rates")
    options = parser.parse_args()
    known = [entry for entry in (*bank(), *generated()) if entry.held_out == options.held_out]
    entries = [*fresh()] if options.fresh else known
    rates, failures = score(entry for entry in entries if not options.kind or entry.kind in options.kind)
    if not options.quiet and not options.held_out:
        for entry, found in failures:
            print(f"{entry.id} {' => '.join(entry.turns)}\n    " + "\n    ".join(found))
    for (kind, lang), right in sorted(rates.items()):
        print(f"{kind:14} {lang:4} {sum(right):5} of {len(right):5} {sum(right) / len(right):7.1%}")
    everything = [one for right in rates.values() for one in right]
    print(f"{'all':19} {sum(everything):5} of {len(everything):5} {sum(everything) / len(everything):7.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
