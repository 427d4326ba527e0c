"""Whether a confidence of 80 % is right in 80 of 100 cases."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Questions whose best guess has a confidence in [low, high); the last bin holds 1.0 too.

    Attributes:
        confidence: Mean confidence of its questions.
        right: Share of them whose best guess is right.
    """

    low: float
    high: float
    count: int
    confidence: float
    right: float


def reliability(confidences: Sequence[float], hits: Sequence[bool], bins: int = BINS) -> list[Bin]:
    """Group best guesses by confidence; bins without questions are left out.

    Args:
        confidences: Confidence of each best guess, in [0, 1].
        hits: Whether it is right.
        bins: Number of bins of equal width.
    """
    values, right = np.asarray(confidences, float), np.asarray(hits, float)
    places = np.minimum((values * bins).astype(int), bins - 1)
    return [
        Bin(
            place / bins,
            (place + 1) / bins,
            int(inside.sum()),
            float(values[inside].mean()),
            float(right[inside].mean()),
        )
        for place in range(bins)
        for inside in (places == place,)
        if inside.any()
    ]


def expected_error(table: Sequence[Bin]) -> float:
    """Give the expected calibration error: the mean gap between confidence and truth, by questions, in [0, 1]."""
    total = sum(row.count for row in table)
    return sum(row.count * abs(row.confidence - row.right) for row in table) / total if total else 0.0
