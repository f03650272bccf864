"""A real language model over the questions of the bank: what it plans, what the reader gets, and which MCP tool it would choose.

    OPENAI_BASE_URL=… AITOLL_MODEL=… python benchmarks/real_model.py                 # any endpoint
    python benchmarks/real_model.py --gguf model.gguf --python venv/bin/python       # a small one on this machine, with llama-cpp-python

`--planner model auto` runs the questions once in each, `--questions 60` takes so many, the same ones each time, in equal parts of each
kind and language, `--choose 150` so many for the choice of a tool. `--lines FILE` keeps one line of JSON for each question.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter, defaultdict
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aitoll.agent.answer import Answer
    from aitoll.agent.llm.work import Work
    from tests.questions.bank import Entry

ROOT = Path(__file__).parent.parent
PLANNED = ("computed", "looked_up", "several", "inverse", "conversations", "facts", "clarify", "invalid", "not_found", "off_topic")
COMPUTED = ("computed", "looked_up", "several", "inverse")
PATIENT_S = "150"  # a small model on two cores is slow, and that is not what is measured
HOST = "You help a user. Choose the one tool that answers the question, and call it."


@contextmanager
def endpoint(gguf: str | None, python: str) -> Iterator[None]:
    """The one of the surroundings, or a small model that runs as long as this."""
    if gguf is None:
        yield
        return
    command = [python, str(ROOT / "tests/peers/llm/small_model.py"), gguf]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        os.environ |= {"OPENAI_BASE_URL": process.stdout.readline().strip(), "OPENAI_API_KEY": "none", "AITOLL_MODEL": Path(gguf).stem}
        try:
            yield
        finally:
            process.stdin.close()


def taken(entries: Iterable[Entry], most: int) -> list[Entry]:
    """Questions of every kind and language in turn, by the hash of their ids."""
    groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda one: hashlib.sha256(one.id.encode()).hexdigest()):
        groups[entry.kind, entry.lang].append(entry)
    rounds = itertools.zip_longest(*(groups[key] for key in sorted(groups)))
    return [entry for entry in itertools.chain.from_iterable(rounds) if entry is not None][:most]


# What the model plans, and what the reader gets


def judged(entry: Entry) -> dict[str, Any]:
    """One question: the model's own part and the final answer, both by the judge of the bank."""
    from aitoll.agent.check import check
    from aitoll.agent.conversations import InMemory
    from tests.questions.judge import judge

    works: list[tuple[Work, str]] = []
    memory, started = InMemory(), time.perf_counter()
    with listened_to(works):
        found = [_answer(turn, memory) for turn in entry.turns][-1]
    seconds = time.perf_counter() - started
    work, fault = works[-1] if works else (None, "")
    return {
        "id": entry.id,
        "kind": entry.kind,
        "asked": work is not None,
        "planned": work is not None and not _routing(judge(entry, planned(work))),
        "worded": found.model != "rules",
        "final": judge(entry, found),
        "breaches": len(check(found.text, found.figures, found.citations, entry.turns, found.language)),
        "fault": fault,
        "seconds": round(seconds, 2),
    }


def _answer(question: str, memory: Any) -> Answer:
    from aitoll.agent.ask import answer

    return answer(question, memory)


@contextmanager
def listened_to(works: list[tuple[Work, str]]) -> Iterator[None]:
    """Keeps what each turn gathered, and why it ended, if it did not end in words."""
    from aitoll.agent.llm import turn

    talk = turn._talk

    def kept(work: Work, at: Any) -> Any:
        fault = talk(work, at)
        works.append((work, fault.reason if fault else ""))
        return fault

    turn._talk = kept
    try:
        yield
    finally:
        turn._talk = talk


def planned(work: Work) -> Answer:
    """What the model's own calls are worth, in the deterministic words: no help of the rules."""
    from aitoll.agent.ask import _answer as answer_of
    from aitoll.agent.conversations import InMemory
    from aitoll.agent.llm.composing import deterministic
    from aitoll.agent.llm.refusing import refused
    from aitoll.agent.rules.turn import Turn

    nothing = Turn(work.reading.question, work.language, "failed", "-", steps=work.outcome.steps)
    return answer_of(work.turn or refused(work) or deterministic(work) or nothing, "-", InMemory(), 0.0)


def _routing(faults: list[str]) -> list[str]:
    """Status, calls, figures and topics; words are another matter."""
    return [fault for fault in faults if not fault.startswith(("text ", "no citation of", "language"))]


def over(entries: list[Entry], planner: str, lines: Any) -> None:
    from aitoll.agent.llm.breaker import breaker
    from aitoll.settings import settings

    os.environ |= {"AITOLL_PLANNER": planner, "AITOLL_TIMEOUT_S": PATIENT_S}
    settings.cache_clear()
    breaker.cache_clear()
    started, rows = time.perf_counter(), []
    for entry in entries:
        rows.append({"planner": planner, **judged(entry)})
        print(json.dumps(rows[-1], ensure_ascii=False), file=lines, flush=True)
    asked = [row for row in rows if row["asked"]]
    print(f"\nAITOLL_PLANNER={planner}: {len(rows)} questions in {time.perf_counter() - started:.0f} s")
    _share("the model was asked", asked, rows)
    _share("of these, it planned rightly by itself", [row for row in asked if row["planned"]], asked)
    _share("of these, its words were shown", [row for row in asked if row["worded"]], asked)
    _share("of these words, rightly by the bank", [row for row in asked if row["worded"] and not row["final"]], _worded(asked))
    _share("answers that are right in the end", [row for row in rows if not row["final"]], rows)
    print(f"  numbers shown that break the law: {sum(row['breaches'] for row in rows)}")
    print(f"  seconds of a question that it was asked: median {median([row['seconds'] for row in asked] or [0]):.1f}")
    print(f"  why the rules finished: {dict(Counter(row['fault'] or 'declined' for row in asked if not row['worded']).most_common())}")
    for kind in PLANNED:
        of_kind = [row for row in rows if row["kind"] == kind]
        if of_kind:
            own, final = (sum(bool(row[name]) for row in of_kind) for name in ("planned", "worded"))
            right = sum(not row["final"] for row in of_kind)
            print(f"    {kind:14} planned {own:3}, worded {final:3}, right in the end {right:3} of {len(of_kind)}")


def _worded(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["worded"]]


def _share(said: str, part: list[Any], whole: list[Any]) -> None:
    print(f"  {said}: {len(part)} of {len(whole)}{f' ({len(part) / len(whole):.0%})' if whole else ''}")


# Which tool of the MCP server it would choose


def choices(entries: list[Entry]) -> None:
    """From the whole list, as a host shows it: names and descriptions. `ask` is never wrong, only less direct."""
    listed = asyncio.run(tools())
    tally: Counter[str] = Counter()
    missed: Counter[tuple[str, str]] = Counter()
    started = time.perf_counter()
    for entry in entries:
        wanted, got = expected(entry), choice(entry.turns[0], listed)
        sort = "the calculator that answers" if got in wanted else "ask" if got == "ask" else "another"
        tally[sort] += 1
        missed.update([(min(wanted), got)] if sort == "another" else [])
    size = sum(len(json.dumps([name, said])) for name, said in listed.items())
    print(f"\nOne of {len(listed)} MCP tools ({size} characters): {len(entries)} questions in {time.perf_counter() - started:.0f} s")
    for sort in ("the calculator that answers", "ask", "another"):
        print(f"  {sort}: {tally[sort]} ({tally[sort] / len(entries):.0%})")
    print("  missed most: " + "; ".join(f"{got} for {wanted} {n}" for (wanted, got), n in missed.most_common(8)))


async def tools() -> dict[str, str]:
    from mcp.client import Client

    from aitoll.agent.interfaces.mcp_server import server

    async with Client(server()) as client:
        return {tool.name: tool.description or "" for tool in (await client.list_tools()).tools}


def expected(entry: Entry) -> set[str]:
    """The calculators that the rules run for it, which the judge of the bank has found right."""
    from aitoll.agent.rules.planning import plan
    from aitoll.agent.rules.reading import read

    return {call.tool for call in plan(read(entry.turns[0])).calls} | ({"compare"} if entry.kind == "several" else set())


def choice(question: str, listed: dict[str, str]) -> str:
    nothing = {"type": "object", "properties": {}, "additionalProperties": False}
    body = {
        "model": os.environ["AITOLL_MODEL"],
        "messages": [{"role": "system", "content": HOST}, {"role": "user", "content": question}],
        "tools": [
            {"type": "function", "function": {"name": name, "description": said, "parameters": nothing}} for name, said in listed.items()
        ],
        "tool_choice": "required",
        "temperature": 0,
    }
    request = urllib.request.Request(
        f"{os.environ['OPENAI_BASE_URL']}/chat/completions",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {os.environ.get('OPENAI_API_KEY', 'none')}"},
    )
    with urllib.request.urlopen(request, timeout=float(PATIENT_S)) as response:
        message = json.load(response)["choices"][0]["message"]
    calls = message.get("tool_calls") or [{"function": {"name": "nothing"}}]
    return str(calls[0]["function"]["name"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gguf")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--planner", nargs="*", default=["model", "auto"], choices=["model", "auto"])
    parser.add_argument("--kinds", nargs="*", default=PLANNED, choices=PLANNED)
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--rounds", type=int, help="model calls of one answer at most, for a machine on which each takes half a minute")
    parser.add_argument("--choose", type=int, default=100)
    parser.add_argument("--held-out", action="store_true", help="questions that nobody looked at while rules and descriptions were written")
    parser.add_argument("--lines", default=os.devnull)
    given = parser.parse_args()
    from aitoll.agent.llm import graph
    from tests.questions.bank import bank

    known = [entry for entry in bank() if entry.held_out == given.held_out and entry.kind in PLANNED]
    with tempfile.TemporaryDirectory() as home, endpoint(given.gguf, given.python), Path(given.lines).open("a", encoding="utf-8") as lines:
        os.environ["AITOLL_HOME"] = home
        if given.rounds:
            graph.MOST_MODEL_CALLS = given.rounds
        print(f"{os.environ['AITOLL_MODEL']}; Python {sys.version.split()[0]}, {os.cpu_count()} cores")
        if given.choose:
            choices(taken((entry for entry in known if entry.kind in COMPUTED and expected(entry)), given.choose))
        for planner in given.planner if given.questions else []:
            over(taken((entry for entry in known if entry.kind in given.kinds), given.questions), planner, lines)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
