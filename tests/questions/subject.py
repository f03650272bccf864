"""Draws the line between questions on our subject and off it: python -m tests.questions.subject

Regularised logistic regression over subject_train.jsonl into knowledge/vectors/; what subject_test.jsonl then shows is printed.
Both were written by who had read the articles and not the rules; the tests hold the line to what it shows there.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aitoll.knowledge.store import look_up, store
from aitoll.knowledge.subject import likely, line_file, odds

if TYPE_CHECKING:
    from aitoll.knowledge.embeddings import Embedder

HERE = Path(__file__).parent
HELD_BACK = 1e-4  # how much a direction of the embedding costs
HELD_BACK_SCORE = 1e-3
ROUNDS = 50


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / f"subject_{name}.jsonl").read_text("utf-8").splitlines()]


def best_score(row: dict[str, Any]) -> float:
    found = look_up(row["text"], language=row["lang"], limit=1, within="library").found
    return found[0].score if found else 0.0


def regression(given: np.ndarray, on: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Weights of the columns and, last, of the constant: Newton's method, either side weighing the same in all."""
    given = np.c_[given, np.ones(len(given))]
    cost, weights = np.r_[cost, 1e-6], np.zeros(given.shape[1])
    share = np.where(on, 0.5 / on.sum(), 0.5 / (~on).sum())
    for _ in range(ROUNDS):
        held = 1 / (1 + np.exp(-given @ weights))
        slope = given.T @ (share * (held - on)) + cost * weights
        bend = (given * (share * held * (1 - held))[:, None]).T @ given + np.diag(cost)
        step = np.linalg.solve(bend, slope)
        weights = weights - step
        if np.abs(step).max() < 1e-7:
            break
    return weights


def draw(embedder: Embedder, known: list[dict[str, Any]]) -> None:
    vectors = embedder.embed_queries([row["text"] for row in known])
    middle = vectors.mean(axis=0)
    scores = np.array([odds(best_score(row)) for row in known])
    cost = np.r_[np.full(vectors.shape[1], HELD_BACK), HELD_BACK_SCORE * scores.var()]
    weights = regression(np.c_[vectors - middle, scores], np.array([row["on"] for row in known]), cost)
    along, bias = weights[:-2], weights[-1] - weights[:-2] @ middle
    with Path(str(line_file(embedder.fingerprint))).open("wb") as file:
        np.savez_compressed(file, along=along.astype(np.float32), score_and_bias=np.array([weights[-2], bias], dtype=np.float32))


def told(known: list[dict[str, Any]]) -> list[float]:
    return [likely(row["text"], best_score(row)) or 0.0 for row in known]


def main() -> int:
    embedder = store().embedder
    if embedder is None:
        print("the model that ships does not run here", file=sys.stderr)
        return 1
    draw(embedder, rows("train"))
    known = rows("test")
    likelihoods = told(known)
    for least in (0.05, 0.1, 0.2, 0.3, 0.5, 0.7):
        kept = [(row["on"], value >= least) for row, value in zip(known, likelihoods, strict=True)]
        ours = sum(on for on, _ in kept)
        missed = sum(on and not taken for on, taken in kept)
        wrong = sum(taken and not on for on, taken in kept)
        print(f"{least}: {missed} of {ours} on the subject below, {wrong} of {len(kept) - ours} off it above")
    return 0


if __name__ == "__main__":
    sys.exit(main())
