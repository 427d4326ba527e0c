"""The verifier: from the members' scores to one honest probability per candidate."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from faq.matching.features import Floats
from faq.matching.members import Scores

#: Candidates looked at; the right entry is among them in 97 % of validation questions.
DEPTH = 6
FEATURES = (
    "fused",
    "fused_gap",
    "knn",
    "knn_gap",
    "svm",
    "svm_gap",
    "bm25_share",
    "bm25_per_idf",
    "coverage",
    "known_share",
    "negative_gap",
    "log_length",
    "is_first",
    "best_is_near",
)

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Verifier:
    """Logistic regression over standardised candidate features."""

    mean: Floats
    spread: Floats
    weights: Floats
    bias: float

    def probabilities(self, features: Matrix) -> Matrix:
        """Give the chance that each row's candidate is the right one."""
        logits = ((features - self.mean) / self.spread) @ self.weights + self.bias
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -500, 500))))  # exp overflows at 710


def top_candidates(scores: Scores, depth: int = DEPTH) -> list[int]:
    """Give the best class numbers by fused score; ties by number."""
    fused = scores.fused
    order = np.lexsort((np.arange(len(fused)), -fused))
    return [int(number) for number in order[:depth]]


def candidate_features(scores: Scores, candidates: Sequence[int]) -> Matrix:
    """Describe each candidate by the values named in :data:`FEATURES`."""
    fused = scores.fused
    picked = np.array(candidates)
    top_bm25 = max(float(scores.bm25.max(initial=0.0)), 1e-6)
    columns = [
        fused[picked],
        _gap(fused, picked),
        scores.knn[picked],
        _gap(scores.knn, picked),
        scores.svm[picked],
        _gap(scores.svm, picked),
        scores.bm25[picked] / top_bm25,
        scores.bm25[picked] / (1.0 + scores.length),
        scores.coverage[picked],
        np.full(len(picked), scores.known_share),
        scores.knn[picked] - scores.negative,
        np.full(len(picked), log(1 + scores.length)),
        (np.arange(len(picked)) == 0).astype(float),
        np.full(len(picked), float(scores.knn.max(initial=0.0))),
    ]
    return np.asarray(np.stack(columns, axis=1), np.float64)


def _gap(values: Floats, picked: NDArray[np.int64]) -> Floats:
    """Distance of each picked value to the best other value."""
    if len(values) < 2:
        return np.zeros(len(picked), np.float32)
    second, first = np.partition(values, -2)[-2:]
    best_other = np.where(values[picked] == first, second, first)
    return np.asarray(values[picked] - best_other, np.float32)
