"""Careless typing, made on purpose: to train the verifier and to measure what noise costs."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType

from faq.text.syllables import fold

_NEIGHBOURS = {
    "a": "sqz",
    "b": "vgn",
    "c": "xvd",
    "d": "sfe",
    "e": "wrd",
    "g": "fhb",
    "h": "gjn",
    "i": "uok",
    "k": "jli",
    "l": "ko",
    "m": "n",
    "n": "bmh",
    "o": "ipl",
    "p": "o",
    "q": "wa",
    "r": "etf",
    "s": "adx",
    "t": "ryg",
    "u": "yij",
    "v": "cbf",
    "x": "zcs",
    "y": "tuh",
}
_TELEX_MARKS = {"\u0301": "s", "\u0300": "f", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
_TELEX_LETTERS = {"ă": "aw", "â": "aa", "đ": "dd", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw"}
_TEENCODE = {
    "không": "ko",
    "được": "dc",
    "gì": "j",
    "vậy": "z",
    "rồi": "r",
    "bao nhiêu": "bn",
    "như thế nào": "ntn",
    "làm sao": "ls",
    "mật khẩu": "mk",
    "tài khoản": "tk",
    "hồ sơ": "hs",
    "căn cước": "cccd",
    "điện thoại": "dt",
    "người": "ng",
    "biết": "bit",
    "với": "vs",
    "cũng": "cx",
    "đăng ký": "dk",
    "giấy phép lái xe": "gplx",
    "khai sinh": "ks",
    "bảo hiểm y tế": "bhyt",
    "trực tuyến": "onl",
    "dịch vụ công": "dvc",
    "mình": "mk",
}


def plain(text: str, _: Random | None = None) -> str:
    """Leave the text as it is."""
    return text


_WORD = re.compile(r"\w+")
_LONG_FORM = re.compile(r"\b(?:" + "|".join(sorted(_TEENCODE, key=len, reverse=True)) + r")\b")


def unmark(text: str, _: Random | None = None) -> str:
    """Write without marks: ``đăng ký`` -> ``dang ky``."""
    return fold(text)


def half_unmark(text: str, random: Random) -> str:
    """Leave out the marks of about half of the words."""
    return " ".join(fold(word) if random.random() < 0.5 else word for word in text.split())


def typos(text: str, random: Random, rate: float = 0.06) -> str:
    """Make single-letter slips: a neighbouring key, a missing, doubled or swapped letter.

    Args:
        text: What was meant.
        random: Decides where; the same seed gives the same slips.
        rate: Slips per letter; 0.06 is about one slip in four words.
    """
    letters = list(text)
    for index, letter in enumerate(letters):
        if not letter.isalpha() or random.random() >= rate:
            continue
        kind = random.randrange(4)
        if kind == 0:
            letters[index] = random.choice(_NEIGHBOURS.get(fold(letter), letter))
        elif kind == 1:
            letters[index] = ""
        elif kind == 2:
            letters[index] = letter * 2
        elif index + 1 < len(letters) and letters[index + 1].isalpha():
            letters[index], letters[index + 1] = letters[index + 1], letter
    return "".join(letters)


def teencode(text: str, _: Random | None = None) -> str:
    """Use the short forms of chat."""
    return _LONG_FORM.sub(lambda match: _TEENCODE[match.group()], text.lower())


def telex(text: str, _: Random | None = None) -> str:
    """Write the raw Telex keystrokes: ``được`` -> ``dduwowcj``."""
    return _WORD.sub(lambda match: _telex_word(match.group()), unicodedata.normalize("NFC", text.lower()))


def mixed(text: str, random: Random) -> str:
    """Everything at once, as one tired person types: teencode, half the marks, some slips."""
    return typos(half_unmark(teencode(text), random), random, 0.04)


def _telex_word(word: str) -> str:
    tone, letters = "", ""
    for char in unicodedata.normalize("NFD", word):
        if char in _TELEX_MARKS:
            tone = _TELEX_MARKS[char]
        else:
            letters += char
    plain = "".join(_TELEX_LETTERS.get(char, char) for char in unicodedata.normalize("NFC", letters))
    return plain + tone


Noise = Callable[[str, Random], str]
#: The noise forms of the benchmark, by name.
FORMS: Mapping[str, Noise] = MappingProxyType(
    {
        "clean": plain,
        "no_marks": unmark,
        "teencode": teencode,
        "typos": typos,
        "telex": telex,
        "mixed": mixed,
    }
)
