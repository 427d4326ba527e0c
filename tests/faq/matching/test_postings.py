"""Sparse matrices read by row: the same figures as dense ones, and rebuilding as good as building."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from faq.matching.features import Vector
from faq.matching.fitting import columns_of
from faq.matching.postings import Postings, postings_of_dense, postings_of_vectors, rebuild_columns

HEIGHT, MORE = 7, 3
numbers = st.floats(-4, 4, width=32).filter(lambda value: abs(value) > 1e-3)


def vectors(height: int) -> st.SearchStrategy[Vector]:
    cells = st.dictionaries(st.integers(0, height - 1), numbers, max_size=height)
    return cells.map(lambda row: Vector(np.array(sorted(row), np.int32), np.array([row[k] for k in sorted(row)], "f4")))


def dense(postings: Postings) -> NDArray[np.float32]:
    """Read a matrix cell by cell, by nothing but the meaning of its attributes."""
    height = len(postings.starts) - 1
    matrix = np.zeros((height, postings.width), np.float32)
    for row in range(height):
        for place in range(postings.starts[row], postings.starts[row + 1]):
            matrix[row, postings.columns[place]] += postings.values[place]
    return matrix


def dense_of(columns: list[Vector], height: int) -> NDArray[np.float32]:
    matrix = np.zeros((height, len(columns)), np.float32)
    for number, column in enumerate(columns):
        matrix[column.terms, number] = column.values
    return matrix


@given(st.lists(vectors(HEIGHT), max_size=6), vectors(HEIGHT + MORE))
@settings(max_examples=50, deadline=None)
def test_scores_equal_a_dense_product(columns: list[Vector], query: Vector) -> None:
    """Terms of the query beyond the matrix, as after a publication, count nothing."""
    matrix = dense_of(columns, HEIGHT)
    asked = np.zeros(HEIGHT + MORE, np.float32)
    asked[query.terms] = query.values

    scores = postings_of_vectors(columns, HEIGHT).scores(query)

    assert scores.dtype == np.float32
    assert scores == pytest.approx(asked[:HEIGHT] @ matrix, abs=1e-4)


@given(st.lists(vectors(HEIGHT), max_size=6))
@settings(max_examples=40, deadline=None)
def test_vectors_come_back_as_columns(columns: list[Vector]) -> None:
    postings = postings_of_vectors(columns, HEIGHT)

    assert np.array_equal(dense(postings), dense_of(columns, HEIGHT))
    if columns:
        back = columns_of(postings)
        assert [found.terms.tolist() for found in back] == [column.terms.tolist() for column in columns]
        assert [found.values.tolist() for found in back] == [column.values.tolist() for column in columns]


def test_small_cells_of_a_dense_matrix_are_left_out() -> None:
    matrix = np.array([[0.5, -0.001], [0.0, -2.0]], np.float32)

    assert dense(postings_of_dense(matrix, 0.01)).tolist() == [[0.5, 0.0], [0.0, -2.0]]


@st.composite
def rebuilds(draw: st.DrawFn) -> tuple[list[Vector], list[int], dict[int, Vector], int]:
    """Give old columns, the new number of each or -1, new columns by number, and the new width."""
    old = draw(st.lists(vectors(HEIGHT), max_size=6))
    stays = [draw(st.booleans()) for _ in old]
    new = draw(st.lists(vectors(HEIGHT + MORE), max_size=4))
    width = sum(stays) + len(new)
    order = draw(st.permutations(range(width)))
    left = iter(order)
    keep = [next(left) if stay else -1 for stay in stays]
    return old, keep, {next(left): column for column in new}, width


@given(rebuilds())
@settings(max_examples=50, deadline=None)
def test_rebuilding_equals_building_from_scratch(case: tuple[list[Vector], list[int], dict[int, Vector], int]) -> None:
    old, keep, added, width = case
    whole = {**{new: old[place] for place, new in enumerate(keep) if new >= 0}, **added}
    scratch = postings_of_vectors([whole[number] for number in range(width)], HEIGHT + MORE)

    rebuilt = rebuild_columns(postings_of_vectors(old, HEIGHT), keep, added, HEIGHT + MORE, width)

    assert np.array_equal(rebuilt.starts, scratch.starts)
    assert np.array_equal(dense(rebuilt), dense(scratch))
    assert rebuilt.width == scratch.width
    assert (rebuilt.columns.dtype, rebuilt.values.dtype) == (scratch.columns.dtype, scratch.values.dtype)
