"""What a comparison comes to: which is highest, which lowest, and by what ratio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitoll.agent.texts import label_of, sentence, with_range
from aitoll.tools.compare import ratio
from aitoll.tools.facts import row

if TYPE_CHECKING:
    from aitoll.agent.ledger import Ledger
    from aitoll.agent.rules.running import Outcome, Result
    from aitoll.tools.estimate import Estimate

#: columns that tell how a published value was measured; values of two kinds are no like for like
KINDS = {"models": ("cost_kind", "energy_scope", "water_scope"), "inference": ("boundary",)}


def verdicts(outcome: Outcome, ledger: Ledger) -> list[str]:
    """One sentence for each quantity that was worked out for several things."""
    groups: dict[tuple[str, str, str], list[Result]] = {}
    for result in outcome.answered:
        main = result.estimates[0]
        bill = result.call.tool in BILLS and len(outcome.answered) == len(BILLS)
        groups.setdefault(("", "", main.unit) if bill else (result.call.tool, main.name, main.unit), []).append(result)
    several = [found for found in groups.values() if len({one.call.subject for one in found}) > 1]
    return [*(_verdict(found, ledger) for found in several), *(text for result in outcome.answered if (text := _of_bases(result, ledger)))]


#: two bills of the same chips, and two bases of one result, which a question sets against each other
BILLS = ("training_cost", "gpu_budget")
BASES = (("cluster_total_cost", "rental_cost"), ("amortised_cost", "rental_cost"))


def _of_bases(result: Result, ledger: Ledger) -> str:
    """Renting against owning, where one calculator gives both."""
    named = {found.name: found for found in result.estimates}
    pair = next(((named[one], named[other]) for one, other in BASES if one in named and other in named), None)
    if pair is None:
        return ""
    low, high = sorted(pair, key=lambda found: found.value)
    times = ratio(high, low)
    ledger.add(times, label_of(high, ledger.language), "detail")
    shown = with_range(times.value, times.low, times.high, "1", ledger.language)
    names = {"most": label_of(high, ledger.language), "least": label_of(low, ledger.language)}
    text = sentence("verdict_bases", ledger.language, **names, ratio=shown)
    return f"{text} {sentence('verdict_overlap', ledger.language)}" if _overlap(low, high) else text


def _verdict(results: list[Result], ledger: Ledger) -> str:
    from aitoll.agent.rules.wording import capital

    ordered = sorted(results, key=lambda result: result.estimates[0].value)
    least, most = ordered[0], ordered[-1]
    low, high = least.estimates[0], most.estimates[0]
    names = {"label": capital(label_of(high, ledger.language)), "most": most.call.subject, "least": least.call.subject}
    if low.value <= 0 or low.value == high.value:
        return sentence("verdict_same" if low.value == high.value else "verdict_zero", ledger.language, **names)
    times = ratio(high, low)
    ledger.add(times, most.call.subject, "detail")
    shown = sentence("verdict_of", ledger.language, **names, ratio=with_range(times.value, times.low, times.high, "1", ledger.language))
    doubts = [key for key, holds in (("verdict_overlap", _overlap(low, high)), ("verdict_unlike", _unlike(low, high))) if holds]
    return " ".join([shown, *(sentence(key, ledger.language) for key in doubts)])


def _overlap(low: Estimate, high: Estimate) -> bool:
    return low.high is None or high.low is None or (low.high >= high.low and not low.low == low.high == high.low)


def _unlike(low: Estimate, high: Estimate) -> bool:
    """A published value beside a computed one, or two that were measured differently."""
    return low.published != high.published or _kind(low) != _kind(high)


def _kind(found: Estimate) -> list[str]:
    leaf = next(found.leaves())
    table, _, rest = leaf.row.partition("/")
    cells = row(table, rest.partition("/")[0]) if table in KINDS else {}
    return [cells.get(column, "") for column in KINDS.get(table, ())]
