"""Three views of a question as one sparse vector: marked words, unmarked words, letter n-grams."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from faq.text.normalise import Normalised

#: Numbered so that a snapshot built by another version of this file is refused.
FEATURE_SCHEMA = 4

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

_CHAR_SIZES = range(3, 5)
#: An n-gram of a single question teaches nothing and costs half of the table.
FEWEST_QUESTIONS = 2
#: Share of each view in the squared length of a vector (fitted on the validation set, docs/nlu/selector.md).
VIEW_WEIGHTS: Mapping[str, float] = {"w": 0.25, "f": 1.0, "c": 1.0}


@dataclass(frozen=True)
class Vector:
    """A sparse vector: term numbers in rising order, and their values (l2 norm 1, or all zero)."""

    terms: Ints
    values: Floats


@lru_cache(maxsize=32768)
def _char_grams(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    return tuple("c:" + padded[start : start + size] for size in _CHAR_SIZES for start in range(len(padded) - size + 1))


def _word_grams(view: str, tokens: Sequence[str]) -> Iterator[str]:
    yield from (f"{view}:{token}" for token in tokens)
    yield from (f"{view}:{first} {second}" for first, second in pairwise(tokens))


def grams(question: Normalised) -> Iterator[str]:
    """Yield every n-gram of a question, each with the letter of its view in front."""
    yield from _word_grams("w", question.keys)
    yield from _word_grams("f", question.folded)
    yield from chain.from_iterable(_char_grams(word) for word in question.folded)


class Vectoriser:
    """Sublinear TF-IDF over the n-grams of a fixed term list.

    Args:
        terms: All n-grams, in the order of their numbers.
        idf: Inverse document frequency of each.
    """

    def __init__(self, terms: Sequence[str], idf: Floats) -> None:
        self.terms = list(terms)
        self.idf = idf
        self._number = {term: number for number, term in enumerate(self.terms)}

    def __len__(self) -> int:
        return len(self.terms)

    def vector(self, question: Normalised) -> Vector:
        """Turn one question into a vector; n-grams outside the term list are ignored."""
        counts: dict[int, int] = {}
        for gram in grams(question):
            number = self._number.get(gram)
            if number is not None:
                counts[number] = counts.get(number, 0) + 1
        numbers = sorted(counts)
        weights = [(1.0 + log(counts[number])) * float(self.idf[number]) for number in numbers]
        return Vector(np.array(numbers, np.int32), self._balance(numbers, weights))

    def _balance(self, numbers: Sequence[int], weights: Sequence[float]) -> Floats:
        lengths = dict.fromkeys(VIEW_WEIGHTS, 0.0)
        views = [self.terms[number][0] for number in numbers]
        for view, weight in zip(views, weights, strict=True):
            lengths[view] += weight * weight
        whole = sum(VIEW_WEIGHTS[view] for view, length in lengths.items() if length)
        scale = {view: sqrt(VIEW_WEIGHTS[view] / whole / length) for view, length in lengths.items() if length}
        return np.array([weight * scale[view] for view, weight in zip(views, weights, strict=True)], np.float32)


def fit_vectoriser(
    questions: Sequence[Normalised], base: Vectoriser | None = None, fewest: int = FEWEST_QUESTIONS
) -> Vectoriser:
    """Count document frequencies and number the terms.

    Args:
        questions: All questions of the index.
        base: A vectoriser whose numbers and frequencies stay as they are; new terms go behind them.
        fewest: Questions an n-gram must occur in.
    """
    frequency: dict[str, int] = {}
    for question in questions:
        for gram in set(grams(question)):
            frequency[gram] = frequency.get(gram, 0) + 1
    old = base.terms if base else []
    known = set(old)
    new = sorted(gram for gram, count in frequency.items() if count >= fewest and gram not in known)
    idf = [log((1 + len(questions)) / (1 + frequency[gram])) + 1.0 for gram in new]
    start = base.idf if base else np.zeros(0, np.float32)
    return Vectoriser([*old, *new], np.concatenate([start, np.array(idf, np.float32)]))
