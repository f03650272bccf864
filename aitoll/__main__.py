"""The `aitoll` command and `python -m aitoll`."""

from __future__ import annotations

import sys


def main(argv: list[str] | None = None) -> int:
    from aitoll.agent.interfaces.question import main as run

    return run(argv)


if __name__ == "__main__":
    sys.exit(main())
