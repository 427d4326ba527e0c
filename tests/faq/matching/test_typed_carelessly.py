"""The same question in other code points, and with characters nobody sees (faults.md 40 and 41)."""

import re
import unicodedata
from collections.abc import Callable

import pytest

from faq.dialogue.decide import Decider
from faq.dialogue.model import Inbound, State
from faq.matching.index import Snapshot
from faq.matching.ranker import Ranker
from faq.text.canonical import canonical
from tests.faq.small import DAY, golden_questions

#: Beside the golden questions: words whose tone mark has two places, and words that noise hits hardest.
QUESTIONS = [row.text for row in golden_questions()] + [
    "tài khoản vneid bị khóa rồi mở sao, quên mật khẩu",
    "thủy triều dâng cháy nhà cứu với",
    "hủy hồ sơ đã nộp trực tuyến, tra cứu ở đâu",
    "tòa án cần bản sao chứng thực điện tử là gì",
    "đăng ký tạm trú cho người thuê, chủ nhà hoà thuận",
    "làm hộ chiếu cho quý bà quá tuổi",
]
_PLACES = {"òa": "oà", "óa": "oá", "ỏa": "oả", "õa": "oã", "ọa": "oạ", "òe": "oè", "óe": "oé", "ỏe": "oẻ", "õe": "oẽ",
           "ọe": "oẹ", "ùy": "uỳ", "úy": "uý", "ủy": "uỷ", "ũy": "uỹ", "ụy": "uỵ"}  # fmt: skip


def _swap(text: str, places: dict[str, str]) -> str:
    return re.sub("|".join(places) + r"\b", lambda found: places[found.group()], text)


def _new_tones(text: str) -> str:
    return _swap(text, _PLACES)


def _old_tones(text: str) -> str:
    return _swap(text, {new: old for old, new in _PLACES.items()})


def _half_decomposed(text: str) -> str:
    return " ".join(unicodedata.normalize(("NFC", "NFD")[place % 2], word) for place, word in enumerate(text.split()))


def _full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text).replace(" ", "\u3000")


def _between(mark: str) -> Callable[[str], str]:
    def put(text: str) -> str:
        return mark + mark.join(text) + mark

    return put


FORMS: dict[str, Callable[[str], str]] = {
    "NFD": lambda text: unicodedata.normalize("NFD", text),
    "NFKD": lambda text: unicodedata.normalize("NFKD", text),
    "half NFC half NFD": _half_decomposed,
    "tone mark on the second vowel": _new_tones,
    "tone mark on the first vowel": _old_tones,
    "upper case": str.upper,
    "title case": str.title,
    "upper case NFD": lambda text: unicodedata.normalize("NFD", text.upper()),
    "doubled blanks": lambda text: "  " + text.replace(" ", "   ") + "  ",
    "non-breaking blanks": lambda text: text.replace(" ", "\u00a0"),
    "narrow and wide blanks": lambda text: text.replace(" ", "\u202f\u2003"),
    "tabs": lambda text: text.replace(" ", "\t"),
    "full width": _full_width,
    "zero-width space": _between("\u200b"),
    "zero-width joiners": _between("\u200c\u200d"),
    "byte order marks": _between("\ufeff"),
    "soft hyphens": _between("\u00ad"),
    "word joiners": _between("\u2060"),
    "direction overrides": lambda text: f"\u202e{text}\u202c\u2066{text[:0]}\u2069",
    "tag characters": _between("\U000e0041\U000e007f"),
    "variation selectors": _between("\ufe0f"),
    "question marks behind": lambda text: text + "???",
}


def test_the_questions_have_tone_marks_to_move() -> None:
    assert sum(_new_tones(text) != text for text in QUESTIONS) >= 4
    assert sum(_old_tones(text) != text for text in QUESTIONS) >= 1


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_the_same_entry_is_found(small: Snapshot, form: Callable[[str], str]) -> None:
    """As it comes from a platform, and as the connectors store it."""
    ranker = Ranker(small)
    wanted = [ranker.rank(text, DAY).candidates[0] for text in QUESTIONS]

    assert [ranker.rank(canonical(form(text)), DAY).candidates[0] for text in QUESTIONS] == wanted
    assert [ranker.rank(form(text), DAY).candidates[0] for text in QUESTIONS] == wanted


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_the_stored_text_is_composed_and_visible(form: Callable[[str], str]) -> None:
    for text in QUESTIONS:
        stored = canonical(form(text))

        assert unicodedata.is_normalized("NFC", stored)
        assert not any(unicodedata.category(char) in ("Cf", "Cc", "Co", "Cn") for char in stored)


HOSTILE: dict[str, Callable[[str], str]] = {
    "500 marks on one letter": lambda text: text[0] + "\u0301" * 500 + text[1:],
    "marks on every letter": lambda text: "".join(char + "\u0336\u0489" for char in text),
    "Cyrillic homoglyphs": lambda text: text.translate(str.maketrans("aeocpx", "аеосрх")),
    "Greek homoglyphs": lambda text: text.translate(str.maketrans("ovk", "ονκ")),
    "mathematical letters": lambda text: "".join(
        chr(0x1D41A + ord(char) - 97) if "a" <= char <= "z" else char for char in text
    ),
    "a family emoji": lambda text: f"👨‍👩‍👧‍👦 {text} 👨‍👩‍👧‍👦",
    "flags": lambda text: f"{text} 🇻🇳🇻🇳",
    "a lone surrogate": lambda text: f"{text} \ud83d",
}


@pytest.mark.parametrize("form", HOSTILE.values(), ids=HOSTILE)
def test_hostile_characters_never_lead_to_another_entry(small: Snapshot, form: Callable[[str], str]) -> None:
    """The same entry, buttons, or an honest "not known"."""
    ranker = Ranker(small)
    decider = Decider(ranker, lambda text: False)
    for row in golden_questions():
        decision = decider.decide(Inbound(canonical(form(row.text))), State(), DAY)
        targets = {target.entry for target in decision.targets}

        assert targets <= set(row.entries), (row.text, decision)
