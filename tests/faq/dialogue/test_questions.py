"""Several questions, bare aspects and corrections."""

import re
import time

import pytest

from faq.dialogue import commands, decide, model, questions
from faq.dialogue.questions import corrected, is_bare, split_questions, what_about
from faq.text.syllables import fold, words

SPLIT = {
    "một câu hỏi thôi mà": ["một câu hỏi thôi mà"],
    "khai sinh ở đâu? hộ chiếu bao nhiêu tiền?": ["khai sinh ở đâu", "hộ chiếu bao nhiêu tiền"],
    "khai sinh ở đâu; hộ chiếu bao nhiêu": ["khai sinh ở đâu", "hộ chiếu bao nhiêu"],
    "khai sinh ở đâu\nhộ chiếu bao nhiêu": ["khai sinh ở đâu", "hộ chiếu bao nhiêu"],
    "khai sinh ở đâu, ngoài ra hộ chiếu bao nhiêu": ["khai sinh ở đâu", "hộ chiếu bao nhiêu"],
    "khai sinh o dau voi lai ho chieu bao nhieu": ["khai sinh o dau", "ho chieu bao nhieu"],
    "chào em. đăng ký tạm trú ở đâu?": ["chào em. đăng ký tạm trú ở đâu?"],  # the greeting is too short to be one
    "vào dichvucong.gov.vn nộp hồ sơ": ["vào dichvucong.gov.vn nộp hồ sơ"],  # no blank behind these dots
    "???": ["???"],
    "": [""],
}
BARE = ["hết bao nhiêu tiền?", "bao lâu", "ở đâu vậy em", "cần giấy tờ gì", "rồi nộp ở đâu", "theo luật nào", "giá sao",
        "can gi nua", "làm trực tuyến sao", "mấy tháng có sổ"]  # fmt: skip
NOT_BARE = ["", "dạ", "không", "được không", "thôi", "sao vậy", "thế à", "cái gì", "hộ chiếu bao nhiêu tiền", "vneid ở đâu",
            "ở đâu " * 7]  # fmt: skip
CORRECTED = {
    "không, ý tôi là tạm trú": "tạm trú", "ko phải, tôi hỏi về Tạm trú": None, "không phải, tôi hỏi về Tạm trú": "Tạm trú",
    "nhầm rồi, ý em là hộ chiếu": "hộ chiếu", "y toi la tam tru": "tam tru", "tôi hỏi tạm trú": "tạm trú", "tạm trú": None,
    "ý tôi là": None, "": None,
}  # fmt: skip
ABOUT = {
    "còn khai tử thì sao": "khai tử", "con khai tu thi sao": "khai tu", "Thế còn tạm trú?": "tạm trú", "khai tử": None,
    "vậy còn hộ chiếu thế nào ạ": "hộ chiếu", "còn": None, "": None, "the con tam tru": "tam tru", "con ho chieu": None,
    "con tôi thì sao": None, "Con tôi mới đẻ, khai sinh thế nào": None, "Côn Đảo thì sao": None, "còn nữa không": "nữa không",
    "còn nợ tiền phạt thì có bị chặn đăng kiểm không": None,
}  # fmt: skip


@pytest.mark.parametrize(("text", "pieces"), SPLIT.items(), ids=repr)
def test_a_message_is_cut_into_its_questions(text: str, pieces: list[str]) -> None:
    assert split_questions(text) == pieces


@pytest.mark.parametrize("text", BARE)
def test_a_message_that_names_nothing_is_bare(text: str) -> None:
    assert is_bare([fold(word) for word in words(text)])


@pytest.mark.parametrize("text", NOT_BARE, ids=repr)
def test_a_message_that_names_something_or_asks_nothing_is_not(text: str) -> None:
    assert not is_bare([fold(word) for word in words(text)])


@pytest.mark.parametrize(("text", "meant"), CORRECTED.items(), ids=repr)
def test_a_correction_says_what_was_meant(text: str, meant: str | None) -> None:
    assert corrected(text) == meant


@pytest.mark.parametrize(("text", "thing"), ABOUT.items(), ids=repr)
def test_a_follow_up_turns_to_another_thing_with_its_marks(text: str, thing: str | None) -> None:
    assert what_about(text) == thing


PATTERNS = {
    f"{module.__name__}.{name}": value
    for module in (commands, decide, model, questions)
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern)
}
HOSTILE = ["con " * 250, "khong, " * 143, "chon so " * 125, "a" * 1000, "? " * 500, "[" * 1000, "[a" * 500, "con a thi sao " * 70,
           "ngoài ra " * 111, "khong" + ", " * 497, "1" * 1000]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_no_pattern_is_slow_on_hostile_text(pattern: re.Pattern[str]) -> None:
    """CPU time, so that a busy machine changes nothing (faults.md 38)."""
    for text in HOSTILE:
        start = time.process_time()
        pattern.search(text)
        pattern.match(text + "!")

        assert time.process_time() - start < 0.05, text[:20]


def test_the_patterns_are_all_there() -> None:
    assert len(PATTERNS) >= 6
