"""A sparse matrix read by row: from each term to the columns it touches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faq.matching.features import Floats, Ints, Vector


@dataclass(frozen=True)
class Postings:
    """Rows are terms, columns are questions or entries.

    Attributes:
        starts: Row number -> first position in ``columns``; one longer than the number of rows.
        columns: Column numbers.
        values: Their values.
        width: Number of columns.
    """

    starts: Ints
    columns: Ints
    values: Floats
    width: int

    def scores(self, query: Vector) -> Floats:
        """Multiply a query vector with the matrix; result has one value per column."""
        inside = query.terms < len(self.starts) - 1
        begins, ends = self.starts[query.terms[inside]], self.starts[query.terms[inside] + 1]
        spans = [slice(begin, end) for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]
        if not spans:
            return np.zeros(self.width, np.float32)
        columns = np.concatenate([self.columns[span] for span in spans])
        weights = np.concatenate([self.values[span] for span in spans])
        weights = weights * np.repeat(query.values[inside], ends - begins)
        return np.bincount(columns, weights, self.width).astype(np.float32)


def postings_of_vectors(vectors: Sequence[Vector], height: int) -> Postings:
    """Invert question vectors: column i is ``vectors[i]``."""
    terms = np.concatenate([vector.terms for vector in vectors]) if vectors else np.zeros(0, np.int32)
    values = np.concatenate([vector.values for vector in vectors]) if vectors else np.zeros(0, np.float32)
    columns = np.repeat(np.arange(len(vectors), dtype=np.int32), [len(vector.terms) for vector in vectors])
    order = np.argsort(terms, kind="stable")
    return Postings(_starts(terms, height), columns[order], values[order], len(vectors))


def postings_of_dense(matrix: NDArray[np.float32], smallest: float) -> Postings:
    """Keep the cells of a dense (terms x columns) matrix whose size is at least ``smallest``."""
    rows, columns = np.nonzero(np.abs(matrix) >= smallest)
    values = matrix[rows, columns].astype(np.float32)
    return Postings(_starts(rows.astype(np.int32), len(matrix)), columns.astype(np.int32), values, matrix.shape[1])


def _starts(rows: Ints, height: int) -> Ints:
    counts = np.bincount(rows, minlength=height)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def rebuild_columns(
    base: Postings, keep: Sequence[int], added: Mapping[int, Vector], height: int, width: int
) -> Postings:
    """Drop, renumber and add columns.

    Args:
        base: The matrix so far.
        keep: New number of each old column, -1 for those that go.
        added: New columns by number.
        height: New number of rows; new rows go behind the old ones.
        width: New number of columns.
    """
    numbers = np.array(keep, np.int32)[base.columns]
    rows = np.repeat(np.arange(len(base.starts) - 1, dtype=np.int32), np.diff(base.starts))
    stays = numbers >= 0
    all_rows = np.concatenate([rows[stays], *(vector.terms for vector in added.values())])
    new_columns = [np.full(len(vector.terms), number, np.int32) for number, vector in added.items()]
    columns = np.concatenate([numbers[stays], *new_columns])
    values = np.concatenate([base.values[stays], *(vector.values for vector in added.values())])
    order = np.argsort(all_rows, kind="stable")
    return Postings(_starts(all_rows, height), columns[order], values[order], width)
