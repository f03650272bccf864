"""Models, chips, places, sites and systems in a question, found through the aliases of the tables themselves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice

from aitoll.agent.rules.fold import fold
from aitoll.agent.rules.vocabulary import small_words, word_lists
from aitoll.tools.facts import aliases, rows
from aitoll.tools.patterns import deferred

TABLES = ("accelerators", "models", "grids", "facilities", "inference")
#: kinds of grid rows whose own name is the name of a place; the others are reached by their aliases
PLACES = {"country", "territory", "us_state", "province", "aggregate", "region", "canadian_province", "ca_province"}
TOKEN = deferred(r"[a-z]+|\d+(?:\.\d+)*")
LONGEST = 8  # words of a name
MOST, MOST_WORDS = 40, 600  # names of one question, words in which they are looked for
BETWEEN = frozenset(" -./'()_,")


@dataclass(frozen=True)
class Mention:
    """A row of a table named in a text; `others` are rows that the same words may mean as well."""

    table: str
    id: str
    start: int
    end: int
    text: str
    others: tuple[str, ...] = ()
    also: tuple[tuple[str, str], ...] = ()  # rows of other tables by the same name


_TIMES = deferred(r"(?<=\d)x(?=[a-z]{1,3}\d)")


def plain(text: str) -> str:
    """ "Mixtral 8×7B" is "Mixtral 8x7B", and "8xH100" eight of the chip "H100"."""
    return _TIMES.sub(" ", fold(text).replace("×", "x"))


def key(text: str) -> tuple[str, ...]:
    """ "Llama-3.1-405B", "llama 3.1 405b" and "LLaMA3.1 405B" are one."""
    return tuple(TOKEN.findall(plain(text)))


Entry = tuple[str, str, str]  # table, row, spelling where case counts


@cache
def _by_beginning() -> dict[str, list[tuple[str, str, str]]]:
    """Aliases by their first two letters: only those that a question begins a word with are ever taken apart."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for table in TABLES:
        for id, cells in rows(table).items():
            for alias in names_of(table, cells):
                found.setdefault(fold(alias[:2]), []).append((alias, table, id))
    return found


@lru_cache(2048)
def index(beginning: str) -> dict[tuple[str, ...], list[Entry]]:
    """Alias, in tokens → the rows it may mean, for the aliases that begin so."""
    found: dict[tuple[str, ...], list[Entry]] = {}
    for alias, table, id in _by_beginning().get(beginning, ()):
        tokens = key(alias)
        if tokens and (table, id) not in [entry[:2] for entry in found.get(tokens, [])]:
            found.setdefault(tokens, []).append((table, id, alias if len(alias) <= 3 and alias.isalpha() else ""))
    return found


def rows_named(tokens: tuple[str, ...], beginning: str) -> list[Entry]:
    return index(beginning).get(tokens, [])


@cache
def families() -> frozenset[str]:
    """First words of the models' names: "gpt", "claude", "llama" …"""
    firsts = (key(cells["name"])[:1] for cells in rows("models").values())
    return frozenset(word for first in firsts for word in first if len(word) >= 3 and word not in small_words("everyday_names"))


def names_of(table: str, cells: dict[str, str]) -> list[str]:
    own = [cells["name"], cells.get("name_fr", "")] if table in ("accelerators", "models") or cells.get("kind") in PLACES else []
    # "Georgia (US)" and "Georgia (country)": which one is asked.
    bare = [name.split(" (")[0] for name in own if table == "grids" and " (" in name]
    return [name for name in (*own, *bare, *aliases(cells)) if name]


def find_names(text: str) -> list[Mention]:
    """Mentions, left to right, the longest first where they overlap."""
    folded = plain(text)
    tokens = [(match[0], match.start(), match.end()) for match in islice(TOKEN.finditer(folded), MOST_WORDS)]
    found: list[Mention] = []
    i = 0
    while i < len(tokens) and len(found) < MOST:
        mention = _at(text, folded, tokens, i)
        mention = mention or _demonym(text, folded, tokens[i])
        if mention is None:
            i += 1
            continue
        found.append(mention)
        while i < len(tokens) and tokens[i][1] < mention.end:
            i += 1
    return found


def _at(text: str, folded: str, tokens: list[tuple[str, int, int]], i: int) -> Mention | None:
    start = tokens[i][1]
    beginning = folded[start : start + 2]
    if tokens[i][0] not in _first_tokens(beginning):
        return None
    if start and folded[start - 1].isalnum() and not (folded[start - 1].isdigit() and tokens[i][0].isalpha()):
        return None
    reach = _reach(folded, tokens, i)
    for length in range(reach, 0, -1):
        end = tokens[i + length - 1][2]
        written = tuple(token for token, _, _ in tokens[i : i + length])
        entries = _entries(text, folded, start, end, written, beginning)
        if not entries and written[-1] == "s" and length > 1 and text[end - 1] == "s":  # "H100s"
            entries = _entries(text, folded, start, end - 1, written[:-1], beginning)
        if entries:
            return _mention(text, start, end + (folded[end : end + 1] == "s"), entries)
    return _family(text, folded, tokens, i, reach)


def _entries(text: str, folded: str, start: int, end: int, written: tuple[str, ...], beginning: str) -> list[Entry]:
    """Rows of this name, where it ends here: before no letter but a plural's."""
    plural = folded[end : end + 1] == "s" and not folded[end + 1 : end + 2].isalnum()
    if folded[end : end + 1].isalnum() and not plural:
        return []
    return [entry for entry in rows_named(written, beginning) if _spelt(text[start:end], entry[2])]


def _family(text: str, folded: str, tokens: list[tuple[str, int, int]], i: int, reach: int) -> Mention | None:
    """ "Llama 3.1", "Pythia": the beginning of several models' names, and no number after it that none of them has."""
    if (tokens[i][0],) not in _begun():
        return None
    for length in range(reach, 0, -1):
        ids = _begun().get(tuple(token for token, _, _ in tokens[i : i + length]), ())
        start, end = tokens[i][1], tokens[i + length - 1][2]
        if not ids or (length == 1 and folded[start:end] in small_words("no_families")) or folded[end : end + 1].isalpha():
            continue
        following = tokens[i + length][0] if i + length < len(tokens) else ""
        if following[:1].isdigit() and folded[end : tokens[i + length][1]] in ("", " ", "-"):
            return None
        return Mention("models", ids[0], start, end, text[start:end], ids[1:8])
    return None


_POWERED = deferred(r"electri|grid|power|mix|reseau|courant|energ|data ?cent|kwh|centre")


def _demonym(text: str, folded: str, token: tuple[str, int, int]) -> Mention | None:
    """ "French electricity", "le reseau polonais": the adjective of a country, beside the word for its current."""
    id = _demonyms().get(token[0])
    if id is None or not _POWERED.search(folded, max(0, token[1] - 24), token[2] + 24):
        return None
    return Mention("grids", id, token[1], token[2], text[token[1] : token[2]])


@cache
def _demonyms() -> dict[str, str]:
    return {word: id for id, words in word_lists("demonyms").items() for word in words if " " not in word and id in rows("grids")}


@cache
def _begun() -> dict[tuple[str, ...], tuple[str, ...]]:
    """Beginnings of the models' names → the models, the largest first."""
    found: dict[tuple[str, ...], list[str]] = {}
    sized = sorted(rows("models").items(), key=lambda item: -float(item[1]["params_total"] or 0))
    for id, cells in sized:
        words = key(cells["name"])
        for length in range(1, len(words)):
            if words[0] in families():
                found.setdefault(words[:length], []).append(id)
    return {words: tuple(ids) for words, ids in found.items()}


@lru_cache(2048)
def _first_tokens(beginning: str) -> frozenset[str]:
    return frozenset(tokens[0] for tokens in index(beginning))


def _reach(folded: str, tokens: list[tuple[str, int, int]], i: int) -> int:
    """How many words from here may be one name: only spaces, hyphens, dots and the like between them."""
    for length in range(1, min(LONGEST, len(tokens) - i)):
        gap = folded[tokens[i + length - 1][2] : tokens[i + length][1]]
        if len(gap) > 3 or not BETWEEN.issuperset(gap):
            return length
    return min(LONGEST, len(tokens) - i)


def _spelt(written: str, exact: str) -> bool:
    if exact:
        return written == exact
    if " " in written and written[1:2] == " " and written[0].isalpha():  # "a 100 million" is no A100
        return False
    return fold(written) not in small_words("everyday_names") or written[:1].isupper()


def _mention(text: str, start: int, end: int, entries: list[tuple[str, str, str]]) -> Mention:
    ordered = sorted(entries, key=lambda entry: TABLES.index(entry[0]))
    table, id, _ = ordered[0]
    others = tuple(other for kind, other, _ in ordered[1:] if kind == table)
    return Mention(table, id, start, end, text[start:end], others, tuple((kind, other) for kind, other, _ in ordered if kind != table))


@lru_cache(128)
def own_words(letter: str) -> frozenset[str]:
    """Words in the names that begin with this letter."""
    entries = (entry for beginning, found in _by_beginning().items() if beginning[:1] == letter for entry in found)
    return frozenset(word for alias, _, _ in entries for word in key(alias) if len(word) >= 3 and word.isalpha())
