"""The questions of tests/questions, answered without a model: how many are right, and what must not change a plan."""

from __future__ import annotations

import collections
import itertools

import pytest

from aitoll.agent.rules.planning import plan
from aitoll.agent.rules.reading import read
from aitoll.tools.registry import CALCULATORS
from tests.questions.bank import Entry, bank, fresh, is_held_out
from tests.questions.changes import pairs
from tests.questions.generate import covered, generated
from tests.questions.judge import faults, same
from tests.questions.names import named

#: the share that must be right; the facts hang on what the library's search finds
LEAST = {
    "computed": 0.98, "looked_up": 0.93, "several": 0.98, "compared": 0.98, "inverse": 0.98, "conversations": 0.98, "facts": 0.85,
    "clarify": 0.98, "invalid": 0.98, "not_found": 0.98, "off_topic": 0.98, "on_topic": 0.98, "generated": 0.98,
}  # fmt: skip
#: calculators that questions are generated for, but few of whose inputs, which are an expert's
SPARSE = {"utilisation", "amortised_cost", "cost_bases", "development_cost", "cluster_power", "cluster_budget", "footprint"}
SAME_PLAN, SAME_TWIN, SAME_NAME, COVERED = 0.99, 0.99, 0.99, 0.6
FRESH = 0.95  # of what was written after the rules
Call = tuple[str, dict[str, object]]
Calls = list[Call]


def _open(kind: str) -> list[Entry]:
    return [entry for entry in (*bank(), *generated()) if entry.kind == kind and not entry.held_out]


@pytest.mark.parametrize("kind", LEAST)
def test_questions_of_each_kind_are_answered_right(kind: str) -> None:
    entries = _open(kind)
    failures = {f"{entry.id} {' => '.join(entry.turns)}": found for entry in entries if (found := faults(entry))}
    assert len(failures) <= (1 - LEAST[kind]) * len(entries), "\n".join(f"{name}\n    {found}" for name, found in failures.items())


def test_questions_written_after_the_rules_are_answered_right() -> None:
    failures = {f"{entry.id} {' => '.join(entry.turns)}": found for entry in fresh() if (found := faults(entry))}
    assert len(failures) <= (1 - FRESH) * len(fresh()), "\n".join(f"{name}\n    {found}" for name, found in failures.items())


def test_the_bank_is_large_and_in_both_languages() -> None:
    by_language = {lang: sum(entry.lang == lang for entry in bank()) for lang in ("fr", "en")}
    assert len(bank()) >= 600
    assert min(by_language.values()) >= 0.45 * len(bank())
    assert all(sum(entry.kind == kind for entry in bank()) >= 150 for kind in ("off_topic", "on_topic"))


def test_ids_are_unique_and_choose_what_is_held_out() -> None:
    entries = [*bank(), *generated()]
    assert len({entry.id for entry in entries}) == len(entries)
    assert [entry.id for entry in entries if entry.held_out != is_held_out(entry.id)] == []


def test_the_inputs_of_every_calculator_are_generated() -> None:
    fields = {(name, field) for name, found in CALCULATORS.items() if name not in SPARSE for field in found.inputs.model_fields}
    missing = fields - {(name, field) for name, given in covered().items() for field in given}
    assert covered().keys() == CALCULATORS.keys()
    assert len(missing) <= (1 - COVERED) * len(fields), sorted(missing)


def test_an_english_question_and_its_french_twin_call_the_same() -> None:
    twins = collections.defaultdict(list)
    for entry in generated():
        twins[entry.id[:-3]].append(entry)
    told = [[(entry.turns[0], _calls(entry.turns[0])) for entry in pair] for pair in twins.values()]
    different = [pair for pair in told if not _same_calls(pair[0][1], pair[1][1])]
    assert len(different) <= (1 - SAME_TWIN) * len(told), "\n".join(f"{one}\n    {other}" for one, other in different)


@pytest.mark.slow
def test_what_must_not_matter_changes_no_plan() -> None:
    bases = [entry for entry in (*bank(), *generated()) if entry.lang != "any" and len(entry.turns) == 1]
    told = [(name, entry.turns[0], changed) for entry in bases for name, changed in pairs(entry.turns[0], entry.lang)]
    assert len(told) >= 5000
    different = [f"{name}: {question} -> {changed}" for name, question, changed in told if not _same_plan(question, changed)]
    assert len(different) <= (1 - SAME_PLAN) * len(told), _sampled(different, len(told))


@pytest.mark.slow
def test_every_name_of_every_table_is_understood() -> None:
    told = [*named()]
    unread = [f"{name}: {question}" for slot, name, ids, _, question in told if not _reads(question, slot, ids)]
    assert len(unread) <= (1 - SAME_NAME) * len(told), _sampled(unread, len(told))


def _sampled(failures: list[str], count: int) -> str:
    return f"{len(failures)} of {count}\n" + "\n".join(itertools.islice(failures, 0, None, 1 + len(failures) // 100))


def _calls(question: str) -> Calls:
    """Calculators and what they are given, short of what was not said."""
    made = plan(read(question))
    return [(call.tool, {name: value for name, value in call.arguments.items() if value not in (None, False)}) for call in made.calls]


def _same_plan(question: str, changed: str) -> bool:
    return plan(read(question)).kind == plan(read(changed)).kind and _same_calls(_calls(question), _calls(changed))


def _same_calls(one: Calls, other: Calls) -> bool:
    return len(one) == len(other) and all(map(_same_call, one, other))


def _same_call(one: Call, other: Call) -> bool:
    return one[0] == other[0] and one[1].keys() == other[1].keys() and all(same(one[1][name], other[1][name]) for name in one[1])


def _reads(question: str, slot: str, ids: list[str]) -> bool:
    """One of the rows is taken, or asked about where the name means several."""
    made = plan(read(question))
    return any(call.arguments.get(slot) in ids for call in made.calls) or bool({*made.options} & {*ids})


def test_no_question_of_the_bank_is_asked_twice() -> None:
    asked = collections.Counter(tuple(entry.turns) for entry in bank())
    assert [turns for turns, count in asked.items() if count > 1] == []
