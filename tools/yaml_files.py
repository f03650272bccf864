"""Files written by hand in YAML, read at start from what they were turned into: that takes a twentieth of the time.

`python -m aitoll.tools.yaml_files` makes the copies anew after a change; a copy of another text than there is, is not used.
"""

from __future__ import annotations

import hashlib
import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

#: read at the start of every question
COPIED = ("agent/rules/lexicon", "agent/rules/units", "agent/rules/words", "agent/texts/en", "agent/texts/fr", "agent/texts/notes")


def parse(text: str) -> Any:
    """YAML by the C reader where it is built in: it is ten times as fast."""
    import yaml

    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 (both are safe loaders)


def read(name: str) -> Any:
    """What a file of the package holds, by its path without the ending."""
    written = _file(f"{name}.yaml").read_text("utf-8")
    try:
        copy = json.loads(_file(f"{name}.json").read_text("utf-8"))
    except FileNotFoundError:
        return parse(written)
    return copy["holds"] if copy["digest"] == _digest(written) else parse(written)


def copy_of(name: str) -> str:
    """The text of the copy: a digest of the original, and what it holds."""
    written = _file(f"{name}.yaml").read_text("utf-8")
    return json.dumps({"digest": _digest(written), "holds": parse(written)}, ensure_ascii=False, separators=(",", ":")) + "\n"


def _file(path: str) -> Traversable:
    return files("aitoll").joinpath(*path.split("/"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def main() -> int:
    for name in COPIED:
        Path(str(_file(f"{name}.json"))).write_text(copy_of(name), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
