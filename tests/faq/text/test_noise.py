"""Careless typing is made on purpose, and the same seed makes the same slips."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.text.noise import FORMS, half_unmark, mixed, teencode, telex, typos, unmark

UNHURRIED = settings(deadline=None)  # a busy machine is no fault

SENTENCE = "Tôi không nhớ mật khẩu, được cấp lại ở đâu?"
MADE = {
    "unmark": (unmark, "toi khong nho mat khau, duoc cap lai o dau?"),
    "teencode": (teencode, "tôi ko nhớ mk, dc cấp lại ở đâu?"),
    "telex": (telex, "tooi khoong nhows maatj khaaur, dduwowcj caaps laij owr ddaau?"),
}
WORD_BORDERS = {
    "inside_a_word": ("gìn giữ vàng", "gìn giữ vàng"),
    "longest": ("bao nhiêu", "bn"),
    "upper_case": ("KHÔNG", "ko"),
}


@pytest.mark.parametrize(("make", "expected"), MADE.values(), ids=MADE)
def test_a_form_is_made_word_by_word(make: Callable[[str], str], expected: str) -> None:
    assert make(SENTENCE) == expected


@pytest.mark.parametrize(("text", "expected"), WORD_BORDERS.values(), ids=WORD_BORDERS)
def test_short_forms_replace_whole_words(text: str, expected: str) -> None:
    assert teencode(text) == expected


@pytest.mark.parametrize("form", FORMS)
@UNHURRIED
@given(text=st.text(st.sampled_from("aăâbcđeêghiôơưtuựồ ?,"), max_size=60), seed=st.integers(0, 99))
def test_the_same_seed_makes_the_same_text(form: str, text: str, seed: int) -> None:
    assert FORMS[form](text, Random(seed)) == FORMS[form](text, Random(seed))


def test_no_rate_means_no_slip() -> None:
    assert typos(SENTENCE, Random(1), 0.0) == SENTENCE


def test_a_higher_rate_means_more_slips() -> None:
    few, many = (typos(SENTENCE * 20, Random(1), rate) for rate in (0.02, 0.3))

    assert sum(a != b for a, b in zip(few, SENTENCE * 20, strict=False)) > 0
    assert len(set(many.split()) & set(SENTENCE.split())) < len(set(few.split()) & set((SENTENCE * 20).split()))


def test_about_half_of_the_words_lose_their_marks() -> None:
    words = half_unmark(" ".join(["được"] * 400), Random(1)).split()

    assert 150 < words.count("duoc") < 250
    assert words.count("duoc") + words.count("được") == 400


def test_a_tired_person_does_everything_at_once() -> None:
    assert mixed(SENTENCE, Random(3)) != mixed(SENTENCE, Random(4))
    assert "không" not in mixed(SENTENCE, Random(3))


def test_clean_is_what_was_written() -> None:
    assert FORMS["clean"](SENTENCE, Random(1)) == SENTENCE
