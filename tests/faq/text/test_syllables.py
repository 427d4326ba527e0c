"""Tones, marks and the shapes of Vietnamese syllables."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.text.syllables import fold, fold_key, is_syllable, is_unmarked, split_tone, tone_key, words

UNHURRIED = settings(deadline=None)  # a busy machine is no fault

KEYS = {
    "old_placement": ("hoà", "hoa2"),
    "new_placement": ("hòa", "hoa2"),
    "old_y": ("thuỷ", "thuy3"),
    "new_y": ("thủy", "thuy3"),
    "old_e": ("khoẻ", "khoe3"),
    "new_e": ("khỏe", "khoe3"),
    "two_marks": ("được", "đươc5"),
    "level": ("không", "không"),
    "unmarked": ("khong", "khong"),
    "number": ("1022", "1022"),
    "typed_digit": ("a1", "a1'"),
    "form": ("ct01", "ct01'"),
    "high_digit": ("c06", "c06"),
    "marked_with_digit": ("mức2", "mưc2'1"),
}
FOLDED = {
    "no_tone": ("không", "khong"),
    "tone": ("đươc5", "duoc"),
    "number": ("15", "15"),
    "licence": ("a1'", "a1"),
    "form": ("ct01'", "ct01"),
    "level_two": ("mưc2'1", "muc2"),
    "loan": ("vneid", "vneid"),
}
SYLLABLES = (
    "nghiêng khuya quỳnh quýt quốc giếng gì gìn giặc khuỷu thuở xoong moóc oằn uy y ký kẻ cả nghỉ ghế gà ngoèo "
    "chuếch tuyết quẹt duy hươu ưa"
).split()
NO_SYLLABLES = "vneid taxi zalo otp khoong coong nhaapj hồc mứp kậu cẻ ngẻ gé hoso đ a1 muc2 facebook ngh".split()


@pytest.mark.parametrize(("word", "key"), KEYS.values(), ids=KEYS)
def test_the_tone_stands_behind_the_syllable(word: str, key: str) -> None:
    assert tone_key(word) == key
    assert tone_key(unicodedata.normalize("NFD", word)) == key


@pytest.mark.parametrize(("key", "folded"), FOLDED.values(), ids=FOLDED)
def test_a_key_folds_without_losing_a_typed_digit(key: str, folded: str) -> None:
    assert fold_key(key) == folded


@pytest.mark.parametrize("word", SYLLABLES)
def test_it_is_a_syllable(word: str) -> None:
    assert is_syllable(tone_key(word))


@pytest.mark.parametrize("word", NO_SYLLABLES)
def test_it_is_no_syllable(word: str) -> None:
    assert not is_syllable(tone_key(word))


@pytest.mark.parametrize("word", SYLLABLES)
def test_a_syllable_without_marks_is_one_too(word: str) -> None:
    assert is_syllable(fold(word))


def test_every_word_of_the_answer_base_with_marks_on_it_is_mostly_a_syllable(questions: tuple[str, ...]) -> None:
    marked = {word for question in questions for word in words(question) if not is_unmarked(tone_key(word))}
    strange = {word for word in marked if not is_syllable(tone_key(word))}

    assert len(strange) < 0.03 * len(marked), sorted(strange)


def test_words_are_letters_and_digits_in_lower_case() -> None:
    assert words("Cấp lại CCCD, phí 20.000đ (CT01)?") == ["cấp", "lại", "cccd", "phí", "20", "000đ", "ct01"]


@UNHURRIED
@given(st.sampled_from(SYLLABLES))
def test_folding_a_word_and_folding_its_key_agree(word: str) -> None:
    letters, _ = split_tone(tone_key(word))

    assert fold(letters) == fold(word) == fold_key(tone_key(word))


@UNHURRIED
@given(st.text(max_size=40))
def test_folding_is_total_and_stable(text: str) -> None:
    once = fold(text)

    assert fold(once) == once


@UNHURRIED
@given(st.text(st.characters(categories=["Ll", "Nd"]) | st.sampled_from("áàảãạđươ12345"), min_size=1, max_size=30))
def test_a_key_has_at_most_one_tone_and_folds_like_its_word(word: str) -> None:
    (word,) = words(unicodedata.normalize("NFC", word))[:1] or ["a"]

    assert fold_key(tone_key(word)) == fold(word)
