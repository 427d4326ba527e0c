"""A question is understood however it was typed, and nothing it says is lost on the way."""

import time
import unicodedata
from collections.abc import Callable
from random import Random
from statistics import median

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from faq.privacy.kinds import PLACEHOLDERS
from faq.text.lexicon import Lexicon
from faq.text.noise import telex, unmark
from faq.text.normalise import Normalised, normalise
from faq.text.spelling import Speller

UNHURRIED = settings(deadline=None)  # a busy machine is no fault

SENTENCES = {
    "no_marks": ("toi quen mat khau vneid", "toi quen mat khau vneid"),
    "capitals": ("TÔI QUÊN MẬT KHẨU VNEID", "toi quen mat khau vneid"),
    "teencode": ("k bit dk ks cho be o dau z", "khong biet dang ky khai sinh cho be o dau vay"),
    "teencode_marked": ("qên mk vneid r, lm s giờ", "quen mat khau vneid roi lam sao gio"),
    "telex": ("toi queen maatj khaaur vneid", "toi quen mat khau vneid"),
    "telex_whole": ("ddawng kys tamj trus owr ddaau", "dang ky tam tru o dau"),
    "telex_mixed": ("khoong ddawng nhaapj đươcj vneid", "khong dang nhap duoc vneid"),
    "vni": ("to6i que6n ma65t kha63u", "toi quen mat khau"),
    "vni_whole": ("d9a8ng ky1 ta5m tru1 o73 d9a6u", "dang ky tam tru o dau"),
    "drawn_out": ("quênnn mật khẩuuuu rồiiii", "quen mat khau roi"),
    "doubled": ("tôii quênn mậtt khẩuu", "toi quen mat khau"),
    "run_together": ("nophosotructuyen o dau", "nop ho so truc tuyen o dau"),
    "run_together_short": ("quenmatkhau vneid", "quen mat khau vneid"),
    "run_together_marked": ("đăngkýkhaisinh", "dang ky khai sinh"),
    "slip": ("nop ho so truc tuyn, quen mat kahu", "nop ho so truc tuyen quen mat khau"),
    "slip_in_a_name": ("passcodee vneidd gmaill", "passcode vneid gmail"),
    "regional": ("nộp hồ sơ online ở mô rứa", "nop ho so truc tuyen o dau rua"),
    "regional_south": ("vô cổng hổng được, mần sao", "vao cong khong duoc lam sao"),
    "old_name": ("đổi bằng lái tốn nhiêu", "doi giay phep lai xe bao nhieu tien"),
    "emoji": ("quên mật khẩu 😭😭 👨\u200d👩\u200d👧 🇻🇳 2️⃣", "quen mat khau 2"),
    "styled_letters": ("𝗾𝘂𝗲̂𝗻 𝗺𝗮̣̂𝘁 𝗸𝗵𝗮̂̉𝘂 𝘷𝘯𝘦𝘪𝘥", "quen mat khau vneid"),
    "wrong_name": ("vietneid vnied vn eid v neid", "vneid vneid vneid vneid"),
    "address": ("dichvucong.gov.vn bị lỗi", "dichvucong gov vn bi loi"),
    "wards": ("lam cccd o p7 vung tau t7 co lam k", "lam can cuoc o p7 vung tau t7 co lam khong"),
    "long_name": ("Trung tâm Phục vụ hành chính công phường Tam Thắng", "trung tam hanh chinh cong phuong tam thang"),
    "only_signs": ("?!... 😀", ""),
    "nothing": ("", ""),
}
KEYS = {
    "tones": ("hòa hoà thủy thuỷ khỏe khoẻ", ("hoa2", "hoa2", "thuy3", "thuy3", "khoe3", "khoe3")),
    "marks": ("Được cấp lại", ("đươc5", "câp1", "lai5")),
    "numbers": ("phí 20.000đ, mức 2", ("phi1", "20", "000đ", "mưc1", "2")),
    "licences": ("bằng A1, A2, giấy A4", ("băng2", "a1'", "a2'", "giây1", "a4'")),
    "short_forms_stay_whole": ("cccd pccc kkkk", ("căn", "cươc1", "phong2", "chay1", "chưa4", "chay1", "kkkk")),
    "placeholder": ("[họ tên] quên [mã bí mật]", ("quên",)),
    "brackets_of_the_resident": ("[lỗi 500] vneid", ("lôi4", "500", "vneid")),
}
STAY = (
    "taxi vneid passcode sms otp c06 ct01 ct07 zalo facebook gmail iphone samsung momo video virus nfc qr pdf usb lv2 h29 "
    "tk01a 1022 19000368"
).split()


@pytest.mark.parametrize(("typed", "read"), SENTENCES.values(), ids=SENTENCES)
def test_a_sentence_is_read(lexicon: Lexicon, speller: Speller, typed: str, read: str) -> None:
    assert " ".join(normalise(typed, lexicon, speller).folded) == read


@pytest.mark.parametrize(("typed", "keys"), KEYS.values(), ids=KEYS)
def test_marks_and_numbers_are_kept(lexicon: Lexicon, typed: str, keys: tuple[str, ...]) -> None:
    assert normalise(typed, lexicon).keys == keys


@pytest.mark.parametrize("word", STAY)
@pytest.mark.parametrize("with_speller", [False, True], ids=["training", "answering"])
def test_a_name_stays_as_typed(lexicon: Lexicon, speller: Speller, word: str, with_speller: bool) -> None:
    found = normalise(f"mở {word.upper()} giúp tôi", lexicon, speller if with_speller else None)

    assert found.folded == ("mo", word, "giup", "toi")


def test_a_short_name_of_the_city_is_written_out(lexicon: Lexicon, speller: Speller) -> None:
    assert normalise("tphcm", lexicon, speller).folded == ("thanh", "pho", "ho", "chi", "minh")
    assert normalise("tphcm", Lexicon(), speller).folded == ("tphcm",)


def test_words_with_marks_are_not_pulled_to_the_answer_base(lexicon: Lexicon, speller: Speller) -> None:
    assert not speller.knows("ngoeo")
    assert normalise("ngoằn ngoèo", lexicon, speller).folded == ("ngoan", "ngoeo")


def test_what_masking_left_says_nothing(lexicon: Lexicon) -> None:
    for placeholder in PLACEHOLDERS.values():
        assert normalise(f"quên {placeholder} rồi", lexicon).folded == ("quen", "roi"), placeholder


def _old_tones(text: str) -> str:
    pairs = ("òa oà", "óa oá", "ỏa oả", "ọa oạ", "òe oè", "ỏe oẻ", "ủy uỷ", "úy uý", "ụy uỵ", "ùy uỳ")
    for new, old in (pair.split() for pair in pairs):
        text = text.replace(new, old)
    return text


def _between_letters(sign: str) -> Callable[[str], str]:
    return sign.join


DRESSES: dict[str, Callable[[str], str]] = {
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "half_decomposed": lambda text: unicodedata.normalize("NFD", text[: len(text) // 2]) + text[len(text) // 2 :],
    "old_tones": _old_tones,
    "capitals": str.upper,
    "doubled_blanks": lambda text: text.replace(" ", "  "),
    "no_break_blanks": lambda text: text.replace(" ", "\u00a0"),
    "full_width": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "zero_width": _between_letters("\u200b"),
    "joiners": _between_letters("\u200d"),
    "byte_order_marks": _between_letters("\ufeff"),
    "soft_hyphens": _between_letters("\u00ad"),
    "direction_marks": lambda text: f"\u202e\u2067{text}\u202c\u200f",
    "tag_characters": lambda text: text + "\U000e0061\U000e0062\U000e007f",
    "emoji": lambda text: f"😭 {text} 🙏🏽",
}


@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES)
def test_other_code_points_are_the_same_question(
    lexicon: Lexicon, speller: Speller, questions: tuple[str, ...], dress: Callable[[str], str]
) -> None:
    sample = Random(40).sample(questions, 200)
    differ = [text for text in sample if normalise(dress(text), lexicon, speller) != normalise(text, lexicon, speller)]

    assert differ == []


@pytest.mark.parametrize("mark", ["\u0316", "\u0307", "\u0489", "\u0301"], ids=["below", "dot", "millions", "sắc"])
def test_marks_piled_on_a_letter_hide_no_word(lexicon: Lexicon, mark: str) -> None:
    assert normalise(f"q{mark * 500}uên mật khẩu", lexicon).folded == ("quen", "mat", "khau")


def test_telex_left_undecoded_reads_like_the_sentence(
    lexicon: Lexicon, speller: Speller, questions: tuple[str, ...]
) -> None:
    sample = Random(41).sample(questions, 400)
    same = [text for text in sample if normalise(telex(text), lexicon, speller).folded == _read(text, lexicon, speller)]

    assert len(same) > 0.9 * len(sample)


def _read(text: str, lexicon: Lexicon, speller: Speller) -> tuple[str, ...]:
    return normalise(text, lexicon, speller).folded


def test_a_second_reading_changes_nothing(lexicon: Lexicon, speller: Speller, questions: tuple[str, ...]) -> None:
    """Words that lose the marks which told them apart ("hỏng" and "hông") are all that may differ."""
    sample = Random(42).sample(questions, 3000)
    texts = [*sample, *map(unmark, sample)]
    read = [_read(text, lexicon, speller) for text in texts]
    changed = [tokens for tokens in read if _read(" ".join(tokens), lexicon, speller) != tokens]

    assert len(changed) < 0.005 * len(read), changed


@UNHURRIED
@given(st.text(max_size=80) | st.text("aáàeêghikmnoôuưvxy đd1269?.,\n\u0301\u0323\u200b😀[]", max_size=80))
@example("\ud800")
@example("\u0345\u0130ß")
@example("[số")
@example("a1" + "a" * 60 + "0")
def test_every_text_is_read_without_an_error(lexicon: Lexicon, speller: Speller, text: str) -> None:
    found = normalise(text, lexicon, speller)

    assert isinstance(found, Normalised)
    assert len(found.keys) == len(found.folded)
    assert all(found.keys)
    assert all(found.folded)
    assert found == normalise(text, lexicon, speller)


def test_a_hostile_message_is_read_in_good_time(lexicon: Lexicon, speller: Speller) -> None:
    hostile = [
        "a" * 1000,
        "ho so " * 170,
        "hoso" * 250,
        "a1" * 500,
        "a1" + "b" * 990 + "!",
        "d9a6u" * 200,
        "é" * 1000,
        "a\u0301" * 500,
        "[số " * 250,
        ",a" * 500,
        "quenmatkhau" * 90,
        ("quenmatkhau" * 5 + " ") * 18,
    ]
    for text in hostile:
        begun = time.process_time()
        normalise(text, lexicon, speller)

        assert time.process_time() - begun < 0.1, text[:20]


#: Milliseconds; DESIGN 8 gives understanding 3 ms a message in all. Measured on the build machine: 0.10.
MEDIAN_LIMIT = 0.3


def test_a_sentence_of_twelve_words_is_read_in_a_third_of_a_millisecond(
    lexicon: Lexicon, speller: Speller, questions: tuple[str, ...]
) -> None:
    more = {f"{word}{letter}": 1 for word in list(speller.unigrams)[:400] for letter in "qw"}
    large = Speller({**more, **speller.unigrams}, speller.bigrams)
    typed = [unmark(text) for text in questions if len(text.split()) == 12][:300]
    assert len(large.unigrams) >= 2000

    assert min(median(_seconds(text, lexicon, large) for text in typed) for _ in range(3)) * 1000 < MEDIAN_LIMIT


def _seconds(text: str, lexicon: Lexicon, speller: Speller) -> float:
    begun = time.thread_time()
    normalise(text, lexicon, speller)
    return time.thread_time() - begun
