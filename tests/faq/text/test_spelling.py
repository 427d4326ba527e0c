"""Slips and missing blanks are repaired to words the answer base uses, or left alone."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from faq.text.noise import typos
from faq.text.spelling import LONGEST_SPLIT, Speller, count_words

UNHURRIED = settings(deadline=None)  # a busy machine is no fault

TEXTS = [
    text.split()
    for text in (
        "quen mat khau vneid lam sao",
        "mat khau vneid bi khoa",
        "nop ho so truc tuyen o dau",
        "nop ho so truc tuyen the nao",
        "ho so bi tra lai",
        "dang ky khai sinh cho con",
        "le phi cap can cuoc bao nhieu",
        "o dau cap can cuoc",
        "nop o dau",
        "gui ma otp cho ai",
        "giay phep lai xe",
    )
]
SMALL = Speller(*count_words(TEXTS))
REPAIRS = {
    "missing_letter": ("khu", "mat", "vneid", "khau"),
    "swapped": ("kahu", "mat", "", "khau"),
    "doubled": ("khauu", "mat", "", "khau"),
    "neighbour_key": ("vmeid", "khau", "", "vneid"),
    "loan_word": ("vneidd", "", "", "vneid"),
    "context": ("hp", "", "", "hp"),
    "known": ("khau", "", "", "khau"),
    "number": ("2026", "", "", "2026"),
    "short_form": ("dkkd", "", "", "dkkd"),
    "mixed": ("ct01", "", "", "ct01"),
    "strange": ("facebook", "", "", "facebook"),
    "empty": ("", "", "", ""),
}
RUN_TOGETHER = {
    "two": ("matkhau", "mat khau"),
    "whole": ("nophosotructuyen", "nop ho so truc tuyen"),
    "three": ("quenmatkhau", "quen mat khau"),
    "with_a_name": ("quenmatkhauvneid", "quen mat khau vneid"),
    "short_pair": ("hoso", "ho so"),
    "one_letter": ("odau", "o dau"),
    "with_otp": ("nhapotp", "nhap otp"),
}
STAY = ["instagram", "microsoft", "playstation", "minecraft", "netflix", "garena"]


@pytest.mark.parametrize(("word", "before", "after", "meant"), REPAIRS.values(), ids=REPAIRS)
def test_one_slip_is_repaired(word: str, before: str, after: str, meant: str) -> None:
    assert SMALL.repair(word, before, after) == (meant,)


@pytest.mark.parametrize(("word", "meant"), RUN_TOGETHER.values(), ids=RUN_TOGETHER)
def test_missing_blanks_are_put_back(speller: Speller, word: str, meant: str) -> None:
    assert speller.repair(word, "", "") == tuple(meant.split())


@pytest.mark.parametrize("word", STAY)
def test_a_foreign_name_is_not_cut_to_pieces(speller: Speller, word: str) -> None:
    assert speller.repair(word, "", "") == (word,)


def test_the_word_beside_it_decides_between_two_readings() -> None:
    speller = Speller({"khau": 9, "thau": 9, "mat": 9, "dau": 9}, {"mat khau": 9, "dau thau": 9})

    assert speller.repair("hau", "mat", "") == ("khau",)
    assert speller.repair("hau", "dau", "") == ("thau",)


def test_a_word_that_is_too_long_is_left_alone() -> None:
    word = "ho" * (LONGEST_SPLIT // 2) + "so"

    assert SMALL.repair(word, "", "") == (word,)


def test_an_empty_speller_repairs_nothing() -> None:
    empty = Speller({}, {})

    assert empty.repair("khau", "mat", "") == ("khau",)
    assert empty.split("matkhau") == ()


def test_words_and_pairs_are_counted_in_a_fixed_order() -> None:
    assert count_words([["nop", "ho", "so"], ["ho", "so"]]) == (
        {"ho": 2, "nop": 1, "so": 2},
        {"ho so": 2, "nop ho": 1},
    )
    assert list(count_words(TEXTS)[0]) == sorted({word for text in TEXTS for word in text})


@UNHURRIED
@given(st.text("abcdeghiklmnopqrstuvxy", max_size=20), st.sampled_from(["", "mat", "ho"]), st.sampled_from(["", "so"]))
def test_a_repair_gives_known_words_or_the_word_itself(word: str, before: str, after: str) -> None:
    repaired = SMALL.repair(word, before, after)

    assert repaired == (word,) or all(SMALL.knows(part) for part in repaired)


@UNHURRIED
@given(st.lists(st.sampled_from(sorted(SMALL.unigrams)), min_size=2, max_size=8))
def test_a_cut_loses_no_letter(parts: list[str]) -> None:
    assert "".join(SMALL.split("".join(parts))) in {"".join(parts), ""}


def test_most_slips_in_usual_words_are_repaired(speller: Speller) -> None:
    random = Random(1)
    usual = sorted(
        (word for word in speller.unigrams if word.isalpha() and len(word) > 4), key=speller.unigrams.__getitem__
    )
    typed = [(word, typos(word, random, 0.2)) for word in usual[-250:]]
    slips = [(word, slip) for word, slip in typed if OSA.distance(word, slip) == 1 and not speller.knows(slip)]
    repaired = [word for word, slip in slips if speller.repair(slip, "", "") == (word,)]

    assert len(slips) > 60
    assert len(repaired) > 0.7 * len(slips)
