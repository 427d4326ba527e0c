"""Probabilities of candidates: between 0 and 1, rising with the score, honest on what was learnt."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.matching.index import Snapshot
from faq.matching.members import Scores
from faq.matching.trials import fit_verifier
from faq.matching.verifier import DEPTH, FEATURES, Verifier, candidate_features, top_candidates
from tests.faq.small import small_snapshot

FUSED, GAP = FEATURES.index("fused"), FEATURES.index("fused_gap")
rows = st.lists(st.floats(-20, 20), min_size=len(FEATURES), max_size=len(FEATURES))
SCORES = Scores(
    svm=np.array([0.5, -0.5, -2.0, 0.1], "f4"), knn=np.array([1.2, 0.4, 0.0, 0.7], "f4"),
    bm25=np.array([4.0, 1.0, 0.0, 2.0], "f4"), coverage=np.array([1.0, 0.5, 0.0, 0.5], "f4"),
    negative=0.3, known_share=0.8, length=5,
)  # fmt: skip


@given(rows)
@settings(max_examples=60, deadline=None)
def test_probabilities_lie_between_0_and_1(row: list[float]) -> None:
    (chance,) = small_snapshot().index.verifier.probabilities(np.array([row]))

    assert 0 <= chance <= 1


@given(rows, st.floats(0.01, 5))
@settings(max_examples=60, deadline=None)
def test_a_candidate_that_scores_more_is_not_less_likely(row: list[float], more: float) -> None:
    """The gap to the best other candidate grows with the score."""
    better = list(row)
    better[FUSED] += more
    better[GAP] += more
    first, second = small_snapshot().index.verifier.probabilities(np.array([row, better]))

    assert first <= second


def test_the_score_weighs_positively(small: Snapshot) -> None:
    weights = dict(zip(FEATURES, small.index.verifier.weights, strict=True))

    assert weights["fused"] > 0
    assert weights["negative_gap"] > 0


def test_extreme_values_give_no_warning(small: Snapshot) -> None:
    with np.errstate(all="raise"):
        chances = small.index.verifier.probabilities(np.array([[1e4] * len(FEATURES), [-1e4] * len(FEATURES)]))

    assert np.all((chances >= 0) & (chances <= 1))


def test_candidates_are_ordered_by_score_and_then_by_number() -> None:
    same = Scores(*(np.zeros(9, "f4") for _ in range(4)), negative=0.0, known_share=0.0, length=1)

    assert top_candidates(SCORES) == [0, 3, 1, 2]
    assert top_candidates(same) == list(range(DEPTH))
    assert top_candidates(SCORES, 2) == [0, 3]


def test_features_describe_a_candidate() -> None:
    table = candidate_features(SCORES, [0, 3])
    first, second = (dict(zip(FEATURES, row, strict=True)) for row in table)
    fused = SCORES.fused

    assert table.shape == (2, len(FEATURES))
    assert (first["fused"], first["knn"], first["svm"]) == pytest.approx((fused[0], 1.2, 0.5))
    assert first["fused_gap"] == pytest.approx(fused[0] - fused[3])
    assert second["fused_gap"] == pytest.approx(fused[3] - fused[0])
    assert (first["bm25_share"], second["bm25_share"]) == pytest.approx((1.0, 0.5))
    assert (first["negative_gap"], second["negative_gap"]) == pytest.approx((0.9, 0.4))
    assert (first["is_first"], second["is_first"]) == (1.0, 0.0)
    assert first["best_is_near"] == second["best_is_near"] == pytest.approx(1.2)


def test_an_index_of_one_class_has_no_gaps() -> None:
    one = replace(SCORES, **{name: getattr(SCORES, name)[:1] for name in ("svm", "knn", "bm25", "coverage")})
    row = dict(zip(FEATURES, candidate_features(one, [0])[0], strict=True))

    assert row["fused_gap"] == row["knn_gap"] == row["svm_gap"] == 0


def test_fitting_learns_what_tells_right_from_wrong() -> None:
    generator = np.random.default_rng(7)
    features = generator.normal(size=(400, len(FEATURES)))
    is_right = features[:, FUSED] + 0.3 * generator.normal(size=400) > 0
    verifier: Verifier = fit_verifier(features, is_right, np.ones(400))
    chances = verifier.probabilities(features)

    assert ((chances > 0.5) == is_right).mean() > 0.85
    assert abs(chances.mean() - is_right.mean()) < 0.05  # calibrated as a whole
    assert int(np.abs(verifier.weights).argmax()) == FUSED
