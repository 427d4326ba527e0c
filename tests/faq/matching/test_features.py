"""Vectors of questions: three views, norm one, only known n-grams."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.matching.features import VIEW_WEIGHTS, Vector, Vectoriser, fit_vectoriser, grams
from faq.text.lexicon import Lexicon
from faq.text.normalise import Normalised, normalise

WORDS = ["khai sinh", "tạm trú", "hòa", "vneid", "quên mật khẩu", "ở đâu", "đăng ký", "mất", "cccd"]
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)


def read(text: str) -> Normalised:
    return normalise(text, Lexicon())


def fitted(*questions: str, base: Vectoriser | None = None, fewest: int = 1) -> Vectoriser:
    return fit_vectoriser([read(question) for question in questions], base, fewest)


def term_values(vectoriser: Vectoriser, vector: Vector) -> dict[str, float]:
    return {vectoriser.terms[term]: float(value) for term, value in zip(vector.terms, vector.values, strict=True)}


def test_a_question_is_seen_in_three_views() -> None:
    assert set(grams(read("Hòa giải"))) == {
        "w:hoa2", "w:giai3", "w:hoa2 giai3",
        "f:hoa", "f:giai", "f:hoa giai",
        "c: ho", "c:hoa", "c:oa ", "c: hoa", "c:hoa ",
        "c: gi", "c:gia", "c:iai", "c:ai ", "c: gia", "c:giai", "c:iai ",
    }  # fmt: skip


def test_both_places_of_a_tone_mark_give_the_same_vector() -> None:
    vectoriser = fitted("hòa giải", "hoà giải")

    assert set(grams(read("hòa"))) == set(grams(read("hoà")))
    assert np.array_equal(vectoriser.vector(read("hòa")).values, vectoriser.vector(read("hoà")).values)


def test_marks_change_only_the_marked_view() -> None:
    marked, unmarked = set(grams(read("tạm trú"))), set(grams(read("tam tru")))

    assert {gram[0] for gram in marked ^ unmarked} == {"w"}


@given(texts, st.lists(texts, min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_a_vector_has_norm_one_and_rising_terms(question: str, known: list[str]) -> None:
    vector = fitted(*known).vector(read(question))

    assert np.all(np.diff(vector.terms) > 0)
    assert np.all(vector.values > 0)
    if len(vector.terms):
        assert np.linalg.norm(vector.values) == pytest.approx(1, abs=1e-5)


def test_each_view_has_its_share_of_the_squared_length() -> None:
    vectoriser = fitted("đăng ký tạm trú")
    vector = vectoriser.vector(read("đăng ký tạm trú"))
    shares = dict.fromkeys(VIEW_WEIGHTS, 0.0)
    for term, value in term_values(vectoriser, vector).items():
        shares[term[0]] += value**2

    whole = sum(VIEW_WEIGHTS.values())
    assert shares == pytest.approx({view: weight / whole for view, weight in VIEW_WEIGHTS.items()}, abs=1e-5)


def test_unknown_ngrams_are_ignored() -> None:
    vectoriser = fitted("tạm trú", "đăng ký")
    alone, beside = vectoriser.vector(read("tạm trú")), vectoriser.vector(read("tạm trú xyz"))

    assert np.array_equal(alone.terms, beside.terms)
    assert np.array_equal(alone.values, beside.values)


def test_a_question_of_unknown_ngrams_gives_the_zero_vector() -> None:
    vector = fitted("tạm trú").vector(read("xyz"))

    assert len(vector.terms) == len(vector.values) == 0


def test_a_repeated_word_counts_less_than_twice() -> None:
    vectoriser = fitted("tạm trú", "khai sinh")
    once = term_values(vectoriser, vectoriser.vector(read("tạm khai")))
    twice = term_values(vectoriser, vectoriser.vector(read("tạm tạm khai")))

    ratio = twice["f:tam"] / twice["f:khai"]
    assert once["f:tam"] / once["f:khai"] < ratio < 2 * once["f:tam"] / once["f:khai"]


def test_rare_ngrams_weigh_more() -> None:
    vectoriser = fitted("đăng ký tạm trú", "đăng ký khai sinh", "đăng ký xe")
    values = term_values(vectoriser, vectoriser.vector(read("đăng ký xe")))

    assert values["f:xe"] > values["f:ky"]


def test_ngrams_of_too_few_questions_get_no_number() -> None:
    vectoriser = fitted("tạm trú", "tạm vắng", fewest=2)

    assert "f:tam" in vectoriser.terms
    assert "f:tru" not in vectoriser.terms


@given(st.lists(texts, min_size=1, max_size=4), st.lists(texts, max_size=4))
@settings(max_examples=40, deadline=None)
def test_a_base_keeps_its_numbers_and_frequencies(old: list[str], new: list[str]) -> None:
    base = fitted(*old)
    grown = fitted(*new, base=base)

    assert grown.terms[: len(base)] == base.terms
    assert np.array_equal(grown.idf[: len(base)], base.idf)
    assert len(set(grown.terms)) == len(grown) == len(grown.idf)
    assert {gram for text in new for gram in grams(read(text))} <= set(grown.terms)


def test_fitting_does_not_depend_on_the_order_of_questions() -> None:
    first, second = fitted("tạm trú", "khai sinh", "hộ chiếu"), fitted("hộ chiếu", "tạm trú", "khai sinh")

    assert first.terms == second.terms
    assert np.array_equal(first.idf, second.idf)
