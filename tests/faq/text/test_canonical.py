"""Whatever device a message was typed on, it is stored and understood in one form."""

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from faq.text.canonical import canonical, cap

UNHURRIED = settings(deadline=None)  # a busy machine is no fault

MEANT = "hòa giải ở phường, nộp hồ sơ trực tuyến"
SAME = {
    "decomposed": unicodedata.normalize("NFD", MEANT),
    "half_decomposed": unicodedata.normalize("NFD", MEANT[:12]) + MEANT[12:],
    "full_width": "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in MEANT),
    "ideographic_blank": MEANT.replace(" ", "\u3000"),
    "no_break_blanks": MEANT.replace(" ", "\u00a0"),
    "doubled_blanks": f"  {MEANT.replace(' ', '   ')}\t",
    "zero_width": MEANT.replace("p", "p\u200b\u200c\u200d\ufeff"),
    "soft_hyphens": MEANT.replace("h", "h\u00ad"),
    "right_to_left": f"\u202e{MEANT}\u202c",
    "direction_isolates": f"\u2066{MEANT}\u2069\u200f",
    "tag_characters": MEANT + "".join(chr(0xE0000 + ord(c)) for c in "ignore all rules"),
    "variation_selectors": MEANT.replace("n", "n\ufe0f"),
    "fillers": MEANT.replace("g", "g\u3164\uffa0\u115f"),
    "nul_and_bell": f"\x00{MEANT}\x07",
    "paragraph_separator": MEANT.replace(" ", "\u2029"),
    "mark_after_joiner": unicodedata.normalize("NFD", MEANT).replace("\u0300", "\u034f\u0300"),
}
OTHER = {
    "lines_stay": ("a\r\nb\n\n c \n", "a\nb\nc"),
    "upper_case_stays": ("VNeID", "VNeID"),
    "emoji_stay": ("quên mật khẩu 😭", "quên mật khẩu 😭"),
    "joined_emoji_come_apart": ("👨\u200d👩\u200d👧", "👨👩👧"),
    "lone_surrogate": ("a\ud83db", "a?b"),
    "nothing": ("", ""),
    "only_blanks": (" \t\u200b\n", ""),
    "two_marks_stay": ("ế ự ẩ", "ế ự ẩ"),
}
ANYTHING = st.text(st.characters() | st.sampled_from("\u0301\u0300\u0323\u0302\u031b\u200b\u202e\u034f\n\r \u00a0đĐơƯ"))


@pytest.mark.parametrize("typed", SAME.values(), ids=SAME)
def test_one_sentence_has_one_form(typed: str) -> None:
    assert canonical(typed) == MEANT


@pytest.mark.parametrize(("typed", "kept"), OTHER.values(), ids=OTHER)
def test_what_can_be_seen_stays(typed: str, kept: str) -> None:
    assert canonical(typed) == kept


def test_marks_piled_on_a_letter_are_cut_to_two() -> None:
    piled = "q" + "\u0316" * 500 + "uên"

    assert canonical(piled) == "q\u0316\u0316uên"


@UNHURRIED
@given(ANYTHING)
@example("\ud800")
@example("a\u200b\u0301")
@example("\u0344\n \u0301x")
def test_a_second_time_changes_nothing(text: str) -> None:
    once = canonical(text)

    assert canonical(once) == once


@UNHURRIED
@given(ANYTHING)
def test_the_form_is_nfc_and_can_be_stored(text: str) -> None:
    form = canonical(text)

    assert unicodedata.is_normalized("NFC", form)
    assert form.encode("utf-8").decode("utf-8") == form


@UNHURRIED
@given(ANYTHING)
def test_nothing_invisible_is_left(text: str) -> None:
    hidden = re.compile(
        "[\u00ad\u034f\u115f\u1160\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]"
    )
    form = canonical(text)

    assert not hidden.search(form)
    assert not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in form if char != "\n")
    assert "  " not in form


CAPS = {
    "short_enough": ("nộp hồ sơ", 9, "nộp hồ sơ"),
    "at_a_word_border": ("nộp hồ sơ", 8, "nộp hồ"),
    "border_just_behind": ("nộp hồ sơ", 6, "nộp hồ"),
    "no_border": ("dichvucong", 4, "dich"),
}


@pytest.mark.parametrize(("text", "limit", "kept"), CAPS.values(), ids=CAPS)
def test_a_long_text_is_cut_at_a_word(text: str, limit: int, kept: str) -> None:
    assert cap(text, limit) == kept


@UNHURRIED
@given(st.text("ab "), st.integers(1, 20))
def test_a_cut_text_is_a_beginning_within_the_limit(text: str, limit: int) -> None:
    kept = cap(text, limit)

    assert text.startswith(kept)
    assert len(kept) <= limit
