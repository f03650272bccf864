"""Everything that can go wrong, as a tree. An interface shows the French or English text of the code.

AitollError
├── InvalidInput     a value that cannot be: names the field, the value and what would do
├── UnknownName      a row that no table has: names the near ones
├── MissingInput     a needed piece without a defensible default: names what would complete it
├── OutOfScope       not a question about what AI costs
├── DataFault        a table, a text or the bibliography is incomplete (ours to mend)
├── StoreFault       the knowledge store cannot be read or written
└── DocumentFault    a user's document cannot be taken in
"""

from __future__ import annotations

from typing import Any, ClassVar


class AitollError(Exception):
    """Base of all: keeps its facts as attributes, builds its English message from them."""

    code: ClassVar[str] = "error"
    template: ClassVar[str] = "{detail}"

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.template.format(**facts))

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["facts"][name]
        except KeyError:
            raise AttributeError(name) from None


class InvalidInput(AitollError):
    """field, value, allowed (what would do, in words)."""

    code = "invalid"
    template = "{field}: {value} cannot be; {allowed}"


class UnknownName(AitollError):
    """table, name, near (list of known names)."""

    code = "unknown_name"

    def __init__(self, *, table: str, name: str, near: list[str]) -> None:
        self.facts = {"table": table, "name": name, "near": near}
        offer = f"; did you mean {', '.join(near)}?" if near else ""
        Exception.__init__(self, f"{table}: no row named {name!r}{offer}")


class MissingInput(AitollError):
    """calculator, needs (names of inputs: all of them where `every` is true, else any one, or a pair written "gpus and hours")."""

    code = "missing"

    def __init__(self, *, calculator: str, needs: list[str], every: bool = False) -> None:
        self.facts = {"calculator": calculator, "needs": needs, "every": every}
        wanted = " and ".join(needs) if every or len(needs) == 1 else f"one of {', '.join(needs)}"
        Exception.__init__(self, f"{calculator}: needs {wanted}")


class OutOfScope(AitollError):
    code = "out_of_scope"
    template = "not a question about what AI costs"


class DataFault(AitollError):
    """table, row, column, reason."""

    code = "data"
    template = "{table}: row {row!r}, column {column!r}: {reason}"


class StoreFault(AitollError):
    """detail: what could not be done, and what still works."""

    code = "store"


class DocumentFault(AitollError):
    """path, reason."""

    code = "document"
    template = "{path}: {reason}"
