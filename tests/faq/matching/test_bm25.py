"""BM25 against the textbook formula, word by word."""

from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.matching.bm25 import K1, B, Bm25, fit_bm25, rebuild_bm25

WORDS = ["khai", "sinh", "tam", "tru", "ho", "chieu", "phi"]
bags = st.dictionaries(st.sampled_from(WORDS), st.sampled_from([0.3, 0.6, 1.0, 2.0, 5.3]), max_size=5)
questions = st.lists(st.sampled_from([*WORDS, "la"]), max_size=6)
SOME: list[dict[str, float]] = [{"khai": 2.0, "sinh": 1.0}, {"tam": 1.0, "tru": 3.3}, {"khai": 1.0, "tu": 1.0}, {}]


def rarity(bags: list[dict[str, float]], word: str) -> float:
    holding = sum(word in bag for bag in bags)
    return log(1 + (len(bags) - holding + 0.5) / (holding + 0.5))


def reference(bags: list[dict[str, float]], question: list[str]) -> list[float]:
    lengths = [sum(bag.values()) for bag in bags]
    mean = max(sum(lengths) / len(bags), 1e-6)
    known = {word for bag in bags for word in bag}
    return [
        sum(
            rarity(bags, word) * bag[word] * (K1 + 1) / (bag[word] + K1 * (1 - B + B * length / mean))
            for word in set(question) & known
            if word in bag
        )
        for bag, length in zip(bags, lengths, strict=True)
    ]


@given(st.lists(bags, min_size=1, max_size=5), questions)
@settings(max_examples=50, deadline=None)
def test_scores_follow_the_formula(documents: list[dict[str, float]], question: list[str]) -> None:
    index = fit_bm25(documents)

    assert index.scores(index.query(question)) == pytest.approx(reference(documents, question), abs=1e-4)


@given(st.lists(bags, min_size=1, max_size=5), questions)
@settings(max_examples=40, deadline=None)
def test_coverage_is_the_share_of_rarity_that_a_class_covers(
    documents: list[dict[str, float]], question: list[str]
) -> None:
    index = fit_bm25(documents)
    known = [word for word in set(question) if word in index.rows]
    whole = sum(rarity(documents, word) for word in known)
    shares = [sum(rarity(documents, word) for word in known if word in bag) / (whole or 1) for bag in documents]

    coverage = index.coverage(index.query(question))

    assert coverage == pytest.approx(shares, abs=1e-4)
    assert np.all((coverage >= 0) & (coverage <= 1 + 1e-5))


@pytest.mark.parametrize(
    ("question", "share"), [(["khai", "sinh"], 1.0), (["xyz"], 0.0), ([], 0.0)], ids=["known", "unknown", "empty"]
)
def test_known_share_tells_how_familiar_a_question_is(question: list[str], share: float) -> None:
    assert fit_bm25(SOME).known_share(question) == pytest.approx(share)


def test_an_unknown_word_counts_as_much_as_the_rarest_known_one() -> None:
    assert fit_bm25(SOME).known_share(["sinh", "xyz"]) == pytest.approx(0.5)


def test_a_word_of_a_class_adds_to_its_score_only() -> None:
    index = fit_bm25(SOME)

    assert index.scores(index.query(["tru"])).tolist()[0::2] == [0.0, 0.0]
    assert index.scores(index.query(["tru"]))[1] > 0


def test_repeated_words_of_a_question_count_once() -> None:
    index = fit_bm25(SOME)

    assert np.array_equal(index.scores(index.query(["khai", "khai"])), index.scores(index.query(["khai"])))


@given(st.lists(bags, min_size=2, max_size=5), bags, questions)
@settings(max_examples=40, deadline=None)
def test_rebuilding_scores_like_fitting_again(
    documents: list[dict[str, float]], changed: dict[str, float], question: list[str]
) -> None:
    """The first class goes, the second changes, the others move to the front."""
    keep = [-1, -1, *range(len(documents) - 2)]
    width = len(documents) - 1
    rebuilt = rebuild_bm25(fit_bm25(documents), keep, {width - 1: changed}, width)
    scratch = fit_bm25([*documents[2:], changed])

    assert scores(rebuilt, question) == pytest.approx(scores(scratch, question), abs=1e-4)


def scores(index: Bm25, question: list[str]) -> list[float]:
    found: list[float] = index.scores(index.query(question)).tolist()
    return found
