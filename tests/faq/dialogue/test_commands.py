"""Short messages: numbers of buttons, and words that mean something only after a certain reply."""

import pytest

from faq.dialogue.commands import (
    FIXED_COMMANDS_ORDER,
    fitting_command,
    fixed_commands,
    fixed_key,
    is_number,
    typed_choice,
)
from faq.dialogue.model import Choice, State
from faq.matching.wordings import FIXED_COMMANDS, load_wordings
from faq.text.syllables import words
from tests.faq.small import ROOT

WORDINGS = load_wordings(ROOT / "nlu_data")
CHOICES = (Choice("A", {"entry": "a"}), Choice("B", {"entry": "b"}))

NUMBERS = {
    "1": 0, "2": 1, "3": 2, "4": 3, "số 2": 1, "so 2": 1, "chọn 3": 2, "cái thứ hai": 1, "câu 1": 0, "ý 2": 1,
    "mục số 2 nha": 1, "nút thứ nhất ạ": 0, "phương án 2": 1, "lựa chọn 3 đi": 2, "ô 2": 1, "hai": 1, "Ba ạ": 2,
    "số bốn": 3, "thứ tư": 3, "đầu tiên": 0, "cái đầu": 0, "cái đầu tiên đó": 0, "mục cuối": 3, "cuối cùng": 3, "2.": 1,
    "(2)": 1, " 2 ": 1, "SỐ 2": 1,
}  # fmt: skip
NO_NUMBERS = [
    "", "ở đâu", "o dau", "đâu", "cưới", "Nhật", "nhất", "từ", "22", "113", "0912", "2 người", "hai đứa nhỏ", "số mấy",
    "thứ", "chọn", "1 2", "hai ba", "một bản sao", "2 triệu", "năm ngoái", "²", "٣",
]  # fmt: skip


@pytest.mark.parametrize(("text", "place"), NUMBERS.items(), ids=NUMBERS)
def test_a_typed_number_means_a_button(text: str, place: int) -> None:
    assert typed_choice(text, 4) == place
    assert is_number(text)


@pytest.mark.parametrize("text", NO_NUMBERS, ids=repr)
def test_other_words_are_no_number(text: str) -> None:
    assert typed_choice(text, 4) is None
    assert not is_number(text)


@pytest.mark.parametrize(("text", "count"), [("3", 2), ("0", 4), ("9", 4), ("số năm", 4), ("1", 0), ("cuối cùng", 0)])
def test_a_number_that_was_not_offered_is_still_a_number(text: str, count: int) -> None:
    assert typed_choice(text, count) is None
    assert is_number(text)


@pytest.mark.parametrize(
    ("text", "key"),
    [("Dạ tiếp đi ạ", "tiep"), ("tiếp theo nha em", "tiep theo"), ("dạ", "da"), ("có ạ", "co"), ("👍", "👍"), ("", ""),
     ("KHÔNG PHẢI", "khong phai"), ("dạ thưa vâng", "vang"), ("xong rồi", "xong"),
     ("dạ em cảm ơn ạ", "em cam on"), ("cảm ơn", "cam on"), ("đúng rồi cảm ơn em", "dung"), ("ok cam on", "ok")],
)  # fmt: skip
def test_polite_words_around_a_command_change_nothing(text: str, key: str) -> None:
    assert fixed_key(text) == key


def test_every_wording_of_a_fixed_command_is_known_with_and_without_marks() -> None:
    table = fixed_commands(WORDINGS)
    for intent in FIXED_COMMANDS:
        for text in WORDINGS[intent]:
            assert intent in table[fixed_key(text)]
            assert not words(text) or intent in table[fixed_key(f"Dạ {text.upper()} ạ")]


def test_each_fixed_command_has_its_place_in_the_order() -> None:
    assert set(FIXED_COMMANDS_ORDER) == set(FIXED_COMMANDS)
    assert len(FIXED_COMMANDS_ORDER) == len(FIXED_COMMANDS)


FITS = {
    "a yes confirms only a deletion": ({"confirm"}, State(awaiting="delete"), "confirm"),
    "a yes without a deletion is nothing": ({"confirm"}, State("a"), None),
    "right confirms before it praises": ({"confirm", "feedback_good"}, State("a", awaiting="delete"), "confirm"),
    "right praises an answer": ({"confirm", "feedback_good"}, State("a"), "feedback_good"),
    "praise needs an answer": ({"feedback_good"}, State(), None),
    "blame needs an answer": ({"feedback_bad"}, State(), None),
    "a no denies only a deletion": ({"deny"}, State(), None),
    "none of these needs buttons": ({"none_of_these"}, State("a"), None),
    "none of these before blame": ({"none_of_these", "feedback_bad"}, State("a", choices=CHOICES), "none_of_these"),
    "next goes on in steps": ({"next_step"}, State("a", step=1), "next_step"),
    "again needs a step": ({"repeat_step"}, State("a"), None),
    "the menu is always there": ({"menu"}, State(), "menu"),
    "nothing fits nothing": (set(), State("a", step=1), None),
}


@pytest.mark.parametrize(("intents", "state", "wanted"), FITS.values(), ids=FITS)
def test_a_command_must_fit_the_last_reply(intents: set[str], state: State, wanted: str | None) -> None:
    assert fitting_command(frozenset(intents), state, has_steps=False) == wanted


def test_next_begins_the_steps_of_an_answer_that_has_some() -> None:
    assert fitting_command(frozenset({"next_step"}), State("a"), has_steps=True) == "next_step"
    assert fitting_command(frozenset({"next_step"}), State("a"), has_steps=False) is None
