"""BM25 of a folded question against the pooled questions and answer of each class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from faq.matching.features import Floats, Vector
from faq.matching.postings import Postings, postings_of_vectors, rebuild_columns

K1 = 1.2  # saturation of repeated words (nlu.md, "Features and members")
B = 0.6  # weight of the class's length


@dataclass(frozen=True)
class Bm25:
    """Weighted word counts of all classes; the BM25 weights are worked out on first use.

    Attributes:
        words: Folded words in the order of their rows.
        counts: Rows are words, columns are classes.
    """

    words: tuple[str, ...]
    counts: Postings

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """Row number of each word."""
        return {word: row for row, word in enumerate(self.words)}

    @cached_property
    def idf(self) -> Floats:
        """Rarity of each word."""
        frequency = np.diff(self.counts.starts)
        rarity = np.log(1 + (self.counts.width - frequency + 0.5) / (frequency + 0.5))
        return np.asarray(rarity, np.float32)

    @cached_property
    def _weights(self) -> Postings:
        lengths = np.bincount(self.counts.columns, self.counts.values, self.counts.width)
        norm = K1 * (1 - B + B * lengths / max(float(lengths.mean()), 1e-6))
        damped = self.counts.values * (K1 + 1) / (self.counts.values + norm[self.counts.columns])
        rarity = np.repeat(self.idf, np.diff(self.counts.starts))
        return replace(self.counts, values=(rarity * damped).astype(np.float32))

    @cached_property
    def _presence(self) -> Postings:
        return replace(self.counts, values=np.ones_like(self.counts.values))

    def query(self, folded: Sequence[str]) -> Vector:
        """Give the known words of a question as a vector of ones."""
        rows = sorted({self.rows[word] for word in folded if word in self.rows})
        return Vector(np.array(rows, np.int32), np.ones(len(rows), np.float32))

    def scores(self, query: Vector) -> Floats:
        """Score every class."""
        return self._weights.scores(query)

    def coverage(self, query: Vector) -> Floats:
        """Give, per class, the share of the question's rarity that the class's words cover, in [0, 1]."""
        rarity = self.idf[query.terms]
        return self._presence.scores(Vector(query.terms, rarity)) / np.float32(max(float(rarity.sum()), 1e-6))

    def known_share(self, folded: Sequence[str]) -> float:
        """Give the share of a question's rarity that lies in words of the index, in [0, 1]."""
        unique = set(folded)
        known = sum(float(self.idf[self.rows[word]]) for word in unique if word in self.rows)
        unknown = float(self.idf.max(initial=1.0)) * sum(1 for word in unique if word not in self.rows)
        return known / (known + unknown) if unique else 0.0


def fit_bm25(documents: Sequence[Mapping[str, float]]) -> Bm25:
    """Count one weighted bag of folded words per class."""
    words = tuple(sorted({word for document in documents for word in document}))
    rows = {word: row for row, word in enumerate(words)}
    return Bm25(words, postings_of_vectors([_vector(document, rows) for document in documents], len(words)))


def rebuild_bm25(base: Bm25, keep: Sequence[int], documents: Mapping[int, Mapping[str, float]], width: int) -> Bm25:
    """Replace the documents of some classes.

    Args:
        base: The fitted statistics.
        keep: New class number of each old class, -1 for those that go.
        documents: Word bags of the new or changed classes, by new class number.
        width: New number of classes.
    """
    new = sorted({word for document in documents.values() for word in document} - base.rows.keys())
    words = (*base.words, *new)
    rows = {word: row for row, word in enumerate(words)}
    added = {number: _vector(document, rows) for number, document in documents.items()}
    return Bm25(words, rebuild_columns(base.counts, keep, added, len(words), width))


def _vector(document: Mapping[str, float], rows: Mapping[str, int]) -> Vector:
    ordered = sorted(document, key=rows.__getitem__)
    return Vector(
        np.array([rows[word] for word in ordered], np.int32), np.array([document[word] for word in ordered], np.float32)
    )
