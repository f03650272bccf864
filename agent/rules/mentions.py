"""Rows that a question names: of the tables, of the operators of sites, of the price tables of APIs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.names import Mention
    from aitoll.agent.rules.reading import Reading
    from aitoll.agent.rules.slots import Slots


def put_sold(found: Slots, reading: Reading, told: bool) -> None:
    """Models at an API: where tokens are spoken of, or where no table of training or of use has the name."""
    from aitoll.agent.rules.api_names import find_api_models, is_of_family

    if not (told or reading.strangers or found.ambiguous or (reading.has("cost") and is_of_family(reading.folded))):
        return
    for sold in find_api_models(reading.question):
        inside = [mention for mention in reading.names if mention.start < sold.end and sold.start < mention.end]
        unknown = all(mention.others or mention.end < sold.end for mention in inside if mention.table in ("models", "inference"))
        if told or unknown:
            found.api_models += [sold.id] if sold.id not in found.api_models else []
            found.sold += [reading.question[sold.start : sold.end]] if unknown else []
            gone = {mention.id for mention in inside if mention.others}
            found.models = [id for id in found.models if id not in gone]
            found.ambiguous = [options for options in found.ambiguous if options[1] not in gone]


def put_name(found: Slots, reading: Reading, mention: Mention) -> None:
    rows = _rows(found, mention.table)
    named = [mention.id] if mention.table == "facilities" else [id for table, id in mention.also if table == "facilities"]
    found.operators += [id for id in named[:1] if id not in found.operators]
    if mention.table == "facilities" and not _is_site(reading, mention):
        return
    if mention.id not in rows:
        rows.append(mention.id)
    sites = [id for table, id in mention.also if table == "facilities"]
    if sites and mention.table == "grids" and _is_site(reading, mention):
        found.sites.append(sites[0])
    if mention.others:
        found.ambiguous.append((mention.table, mention.id, *mention.others))


def _rows(found: Slots, table: str) -> list[str]:
    return {
        "accelerators": found.chips,
        "models": found.models,
        "grids": found.places,
        "facilities": found.sites,
        "inference": found.systems,
    }[table]


_TELLS = deferred(r"annonc|publi|declar|report|announc|disclos|stat|given|donne|communiqu|chiffr|estim|claim|avanc")
_SITED = frozenset(("at", "chez", "on", "in", "dans", "a", "sur", "d'", "au", "aux", "from", "by", "par"))


def _is_site(reading: Reading, mention: Mention) -> bool:
    """ "at Google", "chez OVH", "on AWS": an operator is a site only where the run is said to stand; "announced by Meta" is no site."""
    words = reading.folded[max(0, mention.start - 24) : mention.start].split()
    return bool(words) and words[-1] in _SITED and not (words[-1] in ("by", "par") and _TELLS.match(words[-2] if words[1:] else ""))
