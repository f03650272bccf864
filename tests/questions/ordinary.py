"""Everyday words that a slip would turn into one of ours: from lists of common words to agent/rules/ordinary.txt.

python -m tests.questions.ordinary common-words.txt, one word a line; run again when the vocabulary of the rules has grown.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from aitoll.agent.rules import spelling
from aitoll.agent.rules.fold import fold

KEPT = frozenset(("lama",))  # as common as it is, here it is a model


def ordinary(words: list[str]) -> list[str]:
    folded = {fold(word.strip()) for word in words}
    plain = (word for word in folded if re.fullmatch("[a-z]{4,24}", word) and word not in KEPT)
    return sorted(word for word in plain if not spelling.is_known(word) and spelling._nearest(word))


def main() -> int:
    target = Path(str(spelling.__file__)).with_name("ordinary.txt")
    known = target.read_text("utf-8").split()
    found = ordinary(Path(sys.argv[1]).read_text("utf-8").split())
    target.write_text("\n".join(sorted({*known, *found} - KEPT)) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
