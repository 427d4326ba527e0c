"""The three members that score every class for a question: linear SVM, nearest variants, BM25.

A class is an entry, a procedure, or a command of the dialogue (a wish for a person, a ward look-up).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from faq.matching.bm25 import Bm25
from faq.matching.features import Floats, Ints, Vector, Vectoriser
from faq.matching.postings import Postings
from faq.text.normalise import Normalised

#: Weight of an entry's best, second and third nearest variant.
NEAREST_WEIGHTS = np.array([1.0, 0.3, 0.09], np.float32)
#: Only the nearest variants of all are grouped by entry; the rest cannot reach the candidates.
NEAREST_LOOKED_AT = 400
#: An answer's words count less than the words people ask with.
ANSWER_WEIGHT = 0.3


@dataclass(frozen=True)
class Question:
    """One wording, ready for matching, and the number of the class it belongs to."""

    text: Normalised
    owner: int


@dataclass(frozen=True)
class Linear:
    """One-against-the-rest linear classifier."""

    weights: Postings
    bias: Floats

    def scores(self, query: Vector) -> Floats:
        """Give the signed distance to every class border."""
        return self.weights.scores(query) + self.bias


@dataclass(frozen=True)
class Scores:
    """What the members say of one question: one value per class, and facts about the question."""

    svm: Floats
    knn: Floats
    bm25: Floats
    coverage: Floats
    negative: float
    known_share: float
    length: int

    @property
    def fused(self) -> Floats:
        """The order in which candidates are taken; weights fitted on the validation set (docs/nlu/selector.md)."""
        top = max(float(self.bm25.max(initial=0.0)), 1e-6)
        return np.asarray(np.clip(self.svm + 1, 0, 2) + 0.3 * self.knn + 0.1 * self.bm25 / top, np.float32)


@dataclass(frozen=True)
class Members:
    """Everything needed to score a question.

    Attributes:
        owners: Class number of each column of ``nearest``, in rising order.
        size: Number of classes.
    """

    vectoriser: Vectoriser
    svm: Linear
    nearest: Postings
    owners: Ints
    bm25: Bm25
    negatives: Postings
    size: int

    def score(self, question: Normalised) -> Scores:
        """Score all classes for one question."""
        query = self.vectoriser.vector(question)
        bag = self.bm25.query(question.folded)
        return Scores(
            svm=self.svm.scores(query),
            knn=self._knn(query),
            bm25=self.bm25.scores(bag),
            coverage=self.bm25.coverage(bag),
            negative=float(self.negatives.scores(query).max(initial=0.0)),
            known_share=self.bm25.known_share(question.folded),
            length=len(question.folded),
        )

    def _knn(self, query: Vector) -> Floats:
        likeness = self.nearest.scores(query)
        count = min(NEAREST_LOOKED_AT, len(likeness))
        near = np.argpartition(-likeness, count - 1)[:count] if count else np.zeros(0, np.int64)
        order = near[np.lexsort((-likeness[near], self.owners[near]))]
        owners, ranked = self.owners[order], likeness[order]
        rank = np.arange(len(owners)) - np.searchsorted(owners, owners)
        best = rank < len(NEAREST_WEIGHTS)
        weighted = ranked[best] * NEAREST_WEIGHTS[rank[best]]
        return np.bincount(owners[best], weighted, self.size).astype(np.float32)


def documents(questions: Sequence[Question], answers: Sequence[Normalised]) -> list[Mapping[str, float]]:
    """Pool the words of each class: its questions in full, its answer at :data:`ANSWER_WEIGHT`."""
    bags: list[Counter[str]] = [Counter() for _ in answers]
    for bag, answer in zip(bags, answers, strict=True):
        for word in answer.folded:
            bag[word] += ANSWER_WEIGHT  # type: ignore[assignment]  # Counter is typed for whole counts
    for question in questions:
        bags[question.owner].update(question.text.folded)
    return [dict(bag) for bag in bags]
