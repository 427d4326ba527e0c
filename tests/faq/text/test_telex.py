"""Keystrokes an input method left behind are read, names and numbers are not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.text.noise import telex
from faq.text.syllables import is_syllable, tone_key, words
from faq.text.telex import decode_telex, decode_vni, is_vni, looks_vni

UNHURRIED = settings(deadline=None)  # a busy machine is no fault

TELEX = {
    "dduwowcj": "được",
    "dduocwj": "được",
    "nooopj": "nộp",
    "noopj": "nộp",
    "nopj": "nọp",
    "maatj": "mật",
    "khaaur": "khẩu",
    "queen": "quên",
    "khoong": "không",
    "coong": "công",
    "tuyeens": "tuyến",
    "truwcj": "trực",
    "chuaw": "chưa",
    "chuwa": "chưa",
    "ddawng": "đăng",
    "kys": "ký",
    "nhieue": "nhiêu",
    "toio": "tôi",
    "hoawcj": "hoặc",
    "quoocs": "quốc",
    "đươcj": "được",
    "nguoiwf": "người",
    "ddaau": "đâu",
    "owr": "ở",
}
NOT_TELEX = [
    "vneid",
    "passcode",
    "sms",
    "otp",
    "zalo",
    "facebook",
    "gmail",
    "iphone",
    "samsung",
    "photo",
    "momo",
    "data",
    "hoso",
    "moto",
    "canada",
    "video",
    "tphcm",
    "toi",
    "quen",
    "x",
    "w2",
    "",
]
VNI = {
    "to6i": "tôi",
    "que6n": "quên",
    "ma65t": "mật",
    "kha63u": "khẩu",
    "d9uo7c5": "được",
    "d9u7o7c5": "được",
    "ngu7o7i2": "người",
    "ngu7oi2": "người",
    "d9a8ng": "đăng",
    "ky1": "ký",
    "o73": "ở",
    "le65": "lệ",
}
NOT_VNI = [
    "p7",
    "q7",
    "t7",
    "b2",
    "lv2",
    "tk1",
    "c06",
    "ct01",
    "covid19",
    "iphone6",
    "a0",
    "vneid2",
    "quan8x",
    "12",
    "abc",
]
SENTENCES = {
    "vni": ("to6i que6n ma65t kha63u", True),
    "vni_short": ("le65 phi1", True),
    "vni_tones": ("phi1 va2 gia1", True),
    "wards": ("p7 q1 vung tau o dau", False),
    "saturday": ("t7 co lam viec k", False),
    "joined": ("phuong7 vung tau", False),
    "licences": ("doi bang a1 sang a2 giay a4", False),
    "levels": ("lv1 khac lv2 cho nao", False),
    "forms": ("ct01 tk01 c06 nop o dau", False),
    "plain": ("toi quen mat khau", False),
    "empty": ("", False),
}


@pytest.mark.parametrize(("typed", "meant"), TELEX.items(), ids=TELEX)
def test_telex_keystrokes_are_read(typed: str, meant: str) -> None:
    assert decode_telex(typed) == tone_key(meant)


@pytest.mark.parametrize("word", NOT_TELEX)
def test_a_name_is_not_read_as_telex(word: str) -> None:
    assert decode_telex(word) is None


@pytest.mark.parametrize(("typed", "meant"), VNI.items(), ids=VNI)
def test_vni_keystrokes_are_read(typed: str, meant: str) -> None:
    assert decode_vni(typed) == tone_key(meant)


@pytest.mark.parametrize("word", NOT_VNI)
def test_a_numbered_thing_is_not_read_as_vni(word: str) -> None:
    assert decode_vni(word) is None


@pytest.mark.parametrize(("sentence", "expected"), SENTENCES.values(), ids=SENTENCES)
def test_a_message_is_vni_only_when_its_words_say_so(sentence: str, expected: bool) -> None:
    assert is_vni(words(sentence)) is expected


def test_every_syllable_of_the_answer_base_survives_telex(questions: tuple[str, ...]) -> None:
    syllables = {word for question in questions for word in words(question) if is_syllable(tone_key(word))}
    typed = {word: telex(word) for word in syllables}
    wrong = {word: keys for word, keys in typed.items() if keys != word and decode_telex(keys) != tone_key(word)}

    assert len(syllables) > 1000
    assert not wrong


def test_a_hostile_token_is_judged_at_once() -> None:
    assert not looks_vni("a1" + "a" * 5000 + "!")
    assert decode_vni("a1" + "b1" * 2000) is None


@UNHURRIED
@given(st.text("abcdefghijklmnopqrstuvwxyzđăâêôơư123456789", max_size=12))
def test_what_is_read_is_a_syllable(word: str) -> None:
    for decoded in (decode_telex(word), decode_vni(word)):
        assert decoded is None or is_syllable(decoded)
