"""Models named by what tells them from another of their family: "Llama 4 Maverick vs Scout", "and the 405B?", "DeepSeek … R1"."""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from aitoll.agent.rules.api_names import is_of_family
from aitoll.agent.rules.fold import fold
from aitoll.agent.rules.names import TOKEN, families, find_names, key, names_of
from aitoll.tools.facts import rows
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitoll.agent.rules.names import Mention

FAR = 120  # characters within which what a name leaves out may follow it
LONGEST, SHORT = 3, 90  # words of what tells a model; letters of a question that the one before makes whole
_WORDS = (
    r"and|or|vs\.?|versus|et|ou|contre|against|than|que|to|compared?|compares|with|of|that|the"
    r"|le|la|l'|celui|celle|for|pour|du|de|a|avec|version"
)
_LINK = deferred(rf"(?:'s)?\s*[,/&+:]?\s*(?:(?:{_WORDS})(?![a-z])[\s,]*){{0,5}}")
_BEFORE = deferred(r"(?:^|[\s'(])([a-z]{0,3}\d[\w.]{0,8}) (?:de |d'|of |from |by |chez )$")
_ENDS = deferred(r"\s*(?:[?!;:)]|[.,](?!\d)|$)")
_LED = deferred(r"(?:the|le|la|l'|version|model|modele|and|et|for|pour|with|avec|about|of|de)\s?(?:version )?$")


@cache
def _rest() -> dict[tuple[str, ...], dict[tuple[str, ...], str]]:
    """Beginning of a model's name → what may follow → the whole name."""
    found: dict[tuple[str, ...], dict[tuple[str, ...], str]] = {}
    for cells in rows("models").values():
        for name in names_of("models", cells):
            words = key(name)
            for length in range(1, len(words)):
                found.setdefault(words[:length], {}).setdefault(words[length:], name)
    return found


def completed(question: str, names: Sequence[Mention]) -> str:
    """The question with the family put before each name that leaves it out; the same text where there is none."""
    for mention in reversed([mention for mention in names if of_family(mention)]):
        later = [other.start for other in names if other.start >= mention.end]
        question = _led(_chained(question, mention, min([*later, len(question)])), mention)
    return question


def _led(question: str, mention: Mention) -> str:
    """ "R1 de DeepSeek", "the 405B of Llama 3.1": what tells the model stands before its family."""
    told = _BEFORE.search(fold(question[: mention.start]))
    tokens = key(told[1]) if told else ()
    known = key(mention.text)
    for begun in range(len(known), 0, -1):
        name = _rest().get(known[:begun], {}).get(tokens)
        if told and name and any(map(str.isdigit, told[1])):
            return question[: told.start(1)] + name + question[mention.end :]
    return question


def of_family(mention: Mention) -> bool:
    """A model, or a maker whose models are called by its name."""
    return mention.table == "models" or (mention.table in ("inference", "facilities") and key(mention.text)[0] in families())


def _chained(question: str, mention: Mention, limit: int) -> str:
    folded, known, end = fold(question), key(mention.text), mention.end
    while link := _LINK.match(folded, end, limit):
        found = _told(folded, link.end(), limit, known, bare=bool(link[0].strip(" ")))
        if found is None or not link[0].strip():
            break
        start, last, name = found
        start = mention.start if ":" in link[0] and end == mention.end else start  # "Llama 4: Maverick" names one model
        question = question[:start] + name + question[last:]
        folded, limit, end = fold(question), limit + len(name) - (last - start), start + len(name)
    return _apart(question, mention, end, limit) if mention.others or mention.table != "models" else question


def _apart(question: str, mention: Mention, end: int, limit: int) -> str:
    """ "What did DeepSeek say R1 cost?": a number with its letter, that only the family's name makes whole."""
    folded = fold(question)
    for token in TOKEN.finditer(folded, end, min(limit, end + FAR)):
        found = _told(folded, token.start(), limit, key(mention.text), bare=False)
        if found and any(map(str.isdigit, folded[found[0] : found[1]])) and folded[found[0] - 1] == " ":
            return question[: found[0]] + found[2] + question[found[1] :]
    return question


def _told(folded: str, start: int, limit: int, known: tuple[str, ...], *, bare: bool) -> tuple[int, int, str] | None:
    """What stands here, if a name that begins as the known one does ends so; a digit alone only where nothing follows it."""
    tokens = list(islice(TOKEN.finditer(folded, start, limit), LONGEST))
    if not tokens or tokens[0].start() != start:
        return None
    for length in range(len(tokens), 0, -1):
        last = tokens[length - 1].end()
        told = tuple(token[0] for token in tokens[:length])
        if folded[last : last + 1].isalnum() or (told[0].isdigit() and len(told) == 1 and not (bare and _ENDS.match(folded, last))):
            continue
        for begun in range(len(known), 0, -1):
            name = _rest().get(known[:begun], {}).get(told)
            if name and (begun > 1 or len(known) <= 2 or not told[0].isalpha()):
                return start, last, name
    return None


def continued(question: str, models: Sequence[str]) -> str:
    """A short question after one on a model: "and the 405B?" with the whole name."""
    if len(question) > SHORT or not models:
        return question
    folded = fold(question)
    if is_of_family(folded) or any(of_family(mention) for mention in find_names(question)):
        return question
    for id in models:
        known = key(rows("models").get(id, {}).get("name", ""))
        for token in TOKEN.finditer(folded):
            led = bool(_LED.search(folded[: token.start()])) or not token.start()
            found = _told(folded, token.start(), len(folded), known, bare=True) if led else None
            if found and known:
                return question[: found[0]] + found[2] + question[found[1] :]
    return question
