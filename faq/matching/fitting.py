"""Fitting the members; needs scikit-learn, which answering does not."""

import warnings
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from faq.matching.bm25 import fit_bm25
from faq.matching.features import Floats, Ints, Vector, Vectoriser
from faq.matching.members import Linear, Members, Question, documents
from faq.matching.postings import Postings, postings_of_dense, postings_of_vectors
from faq.text.normalise import Normalised

#: Smaller weights change no ranking and triple the file (nlu.md).
SMALLEST_WEIGHT = 1e-3
#: Questions of other classes a border is fitted against: the most similar ones. Measured on 16,039 questions of
#: 481 classes: the same accuracy as against all of them in a quarter of the time (docs/nlu/selector.md).
NEAREST_OTHERS = 1500
TOLERANCE = 0.05  # the same ranking as 0.001 in two thirds of the time
_WORKERS = 2
#: liblinear draws from one random state for the whole process: two fits at a time would never be the same again.
_liblinear = Lock()


def fit_borders(vectors: Sequence[Vector], owners: Ints, size: int, height: int) -> Linear:
    """Fit one border per class against the questions most like its own.

    Args:
        vectors: One per question.
        owners: Class number of each question.
        size: Number of classes; one without questions gets weight 0 and the bias -1.
        height: Number of terms.
    """
    dense, bias = np.zeros((height, size), np.float32), np.full(size, -1.0, np.float32)
    for number, weights, offset in fit_some_borders(vectors, owners, np.unique(owners).tolist(), height):
        dense[:, number], bias[number] = weights, offset
    return Linear(postings_of_dense(dense, SMALLEST_WEIGHT), bias)


def fit_some_borders(
    vectors: Sequence[Vector], owners: Ints, wanted: Sequence[int], height: int
) -> Iterable[tuple[int, Floats, float]]:
    """Fit the borders of some classes; yields (class number, weights, bias)."""
    rows = _sparse_rows(vectors, height)

    def fit(number: int) -> tuple[int, Floats, float]:
        return number, *_fit_one(rows, owners == number)

    with ThreadPoolExecutor(_WORKERS) as pool:
        yield from pool.map(fit, wanted)


def _fit_one(rows: Any, is_own: NDArray[np.bool_]) -> tuple[Floats, float]:
    likeness = rows @ np.asarray(rows[is_own].mean(axis=0)).ravel()
    likeness[is_own] = np.inf
    count = int(is_own.sum()) + NEAREST_OTHERS
    picked = np.argsort(-likeness, kind="stable")[:count]
    model = _fit(rows[picked], is_own[picked].astype(np.int32), "balanced")
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])


def fit_linear(vectors: Sequence[Vector], labels: Ints, size: int, height: int) -> Linear:
    """Fit a plain one-against-the-rest classifier over a few classes (three or more)."""
    model = _fit(_sparse_rows(vectors, height), labels, None)
    dense, bias = np.zeros((height, size), np.float32), np.full(size, -1.0, np.float32)
    dense[:, model.classes_] = model.coef_.T
    bias[model.classes_] = model.intercept_
    return Linear(postings_of_dense(dense, SMALLEST_WEIGHT), bias)


def _fit(rows: Any, labels: Ints, class_weight: str | None) -> LinearSVC:
    model = LinearSVC(C=1.0, tol=TOLERANCE, class_weight=class_weight, random_state=0)
    with _liblinear, warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 1,000 rounds suffice; quality is what is checked
        return model.fit(rows, labels)


def _sparse_rows(vectors: Sequence[Vector], height: int) -> Any:
    starts = np.cumsum([0, *(len(vector.terms) for vector in vectors)])
    values = np.concatenate([vector.values for vector in vectors])
    columns = np.concatenate([vector.terms for vector in vectors])
    return csr_matrix((values, columns, starts), shape=(len(vectors), height))


def columns_of(postings: Postings) -> list[Vector]:
    """Turn a matrix back into its column vectors."""
    rows = np.repeat(np.arange(len(postings.starts) - 1, dtype=np.int32), np.diff(postings.starts))
    order = np.argsort(postings.columns, kind="stable")
    cuts = np.searchsorted(postings.columns[order], np.arange(1, postings.width))
    return [
        Vector(terms, values)
        for terms, values in zip(np.split(rows[order], cuts), np.split(postings.values[order], cuts), strict=True)
    ]


def fit_members(
    questions: Sequence[Question],
    answers: Sequence[Normalised],
    negatives: Sequence[Normalised],
    vectoriser: Vectoriser,
) -> Members:
    """Fit all members.

    Args:
        questions: Every wording of every class.
        answers: The answer text of each class, by class number.
        negatives: Questions that belong to no class.
        vectoriser: Fitted on all of them.
    """
    questions = sorted(questions, key=lambda question: question.owner)
    owners = np.array([question.owner for question in questions], np.int32)
    vectors = [vectoriser.vector(question.text) for question in questions]
    return Members(
        vectoriser=vectoriser,
        svm=fit_borders(vectors, owners, len(answers), len(vectoriser)),
        nearest=postings_of_vectors(vectors, len(vectoriser)),
        owners=owners,
        bm25=fit_bm25(documents(questions, answers)),
        negatives=postings_of_vectors([vectoriser.vector(text) for text in negatives], len(vectoriser)),
        size=len(answers),
    )
