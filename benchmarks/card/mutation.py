"""Changes at random to what is fuzzed: characters that parsers stumble over, pieces of other inputs, repetitions, cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

#: separators and signs of numbers, units, marks of hidden, joined and reversed text, and the marks of Markdown, HTML and JSON
PIECES = (
    *" ,.'-±%€$()\n\t09ekM/[]{}<>\"\\`*_#|:;!?&=~^",
    *("\u202f", "\u00a0", "\u200b", "\u202e", "\ud83d", "💧", "ÿ", "İ", "ﬁ", "①", "٣", "½", "²³", "\0", "\x1b"),
    *("×10", "/h", "Wh", "1e999", "-0", "[1]", "&lt;", "<!--", "-->", "```", "](", "<b>", "</p>", "null", "NaN", "{{", "}}", "${"),
)
LONGEST = 10_000
BYTES = (b"\0", b"\xff", b"\xfe\xff", b"\x80", b"\xc3", b"\r\n", b"%", b"<", b"[", b"{", b'"', b"obj", b"endobj", b"stream", b"99999999999")


def mutated(text: str, others: list[str], random: Random) -> str:
    for _ in range(random.randint(1, 12)):
        at = random.randrange(len(text) + 1)
        text = random.choice(CHANGES)(text, at, others, random)
    return text[:LONGEST]


def _piece(text: str, at: int, _others: list[str], random: Random) -> str:
    return text[:at] + random.choice(PIECES) * random.choice((1, 1, 2, 50, 2000)) + text[at:]


def _cut(text: str, at: int, _others: list[str], random: Random) -> str:
    return text[:at] + text[at + random.randint(1, 8) :]


def _character(text: str, at: int, _others: list[str], random: Random) -> str:
    return text[:at] + chr(random.choice((random.randrange(32, 0x2FFF), random.randrange(0x1F300, 0x1FAFF)))) + text[at:]


def _spliced(text: str, at: int, others: list[str], random: Random) -> str:
    return text[:at] + random.choice(others)[: random.randint(1, 200)] + text[at:]


def _repeated(text: str, at: int, _others: list[str], random: Random) -> str:
    return text[: at or 1] * random.choice((1, 2, 3, 30))


def _number(text: str, at: int, _others: list[str], random: Random) -> str:
    return text[:at] + str(random.getrandbits(random.choice((4, 20, 64, 400)))) + text[at:]


def _swapped(text: str, at: int, _others: list[str], random: Random) -> str:
    end = at + random.randint(1, 40)
    return text[end:] + text[at:end] + text[:at]


CHANGES = (_piece, _piece, _cut, _character, _spliced, _repeated, _number, _swapped)


def bent(held: bytes, random: Random) -> bytes:
    """A file with some of its bytes changed, cut, doubled or replaced."""
    for _ in range(random.randint(1, 10)):
        at = random.randrange(len(held) + 1)
        end = at + random.randint(0, 30)
        with_what = random.choice(
            (random.choice(BYTES), bytes([random.randrange(256)]), held[at:end] * 3, b"", str(random.getrandbits(40)).encode())
        )
        held = held[:at] + with_what + held[end if random.random() < 0.5 else at :]
    return held[: random.randrange(len(held) + 1)] if random.random() < 0.1 else held
