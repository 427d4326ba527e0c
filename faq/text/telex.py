"""Keystrokes that an input method left undecoded: Telex ``dduwowcj`` and VNI ``d9uo7c5`` -> ``được``."""

import re
from collections.abc import Sequence

from faq.text.syllables import is_syllable, split_tone

_TELEX_TONES = {"s": "1", "f": "2", "r": "3", "x": "4", "j": "5"}
_VOWELS = "aăâeêioôơuưy"
_CIRCUMFLEX = {"a": "â", "e": "ê", "o": "ô"}
_HORN = {"o": "ơ", "u": "ư"}
_BREVE = {"a": "ă"}
_VNI_SHAPES = {"6": _CIRCUMFLEX, "7": _HORN, "8": _BREVE}
_VNI_SHAPE = re.compile(r"[a-zđ]+[1-9][a-z1-9]*")
# A digit among letters ("to6i") or a shape with its tone ("ma65t"): nobody numbers things so.
_VNI_INSIDE = re.compile(r"[6-9][a-z1-5]|[1-5][a-z]")
#: Fewer words with a digit only at the end, or few among many, may be numbered things: "lop6", "bằng a1, a2".
_VNI_TOKENS_NEEDED = 3
_VNI_SHARE_NEEDED = 0.5


def decode_telex(word: str) -> str | None:
    """Decode one token typed in Telex.

    Returns:
        Its tone key, or None when the keystrokes give no Vietnamese syllable with marks.
    """
    letters, tone = "", ""
    for index, char in enumerate(word):
        has_vowel = any(letter in _VOWELS for letter in letters)
        if char in _TELEX_TONES and has_vowel:
            tone = _TELEX_TONES[char]
        elif char == "w":
            letters = _telex_horn(letters)
        elif char in _CIRCUMFLEX and _is_second(char, word[:index]):
            letters = _shape_last(letters, {char: _CIRCUMFLEX[char]}) or letters
        elif char == "d" and letters.startswith("d"):
            letters = "đ" + letters[1:]
        else:
            letters += char
    key = _checked(letters, tone)
    return key if key != word else None


def decode_vni(word: str) -> str | None:
    """Decode one token typed in VNI; result as for :func:`decode_telex`.

    None as well when a digit finds no letter to mark: "p7" is a ward, "t7" a Saturday.
    """
    if not looks_vni(word):
        return None
    letters: str | None = ""
    tone = ""
    for char in word:
        if letters is None:
            return None
        if char in "12345":
            tone = char
        elif char == "9":
            letters = "đ" + letters[1:] if letters.startswith("d") else None
        elif char in _VNI_SHAPES:
            letters = _vni_shape(letters, char)
        else:
            letters += char
    return _checked(letters, tone) if letters is not None else None


def looks_vni(word: str) -> bool:
    """Tell whether a token has the shape of VNI keystrokes (letters, then digits among letters)."""
    return bool(_VNI_SHAPE.fullmatch(word))


def is_vni(tokens: Sequence[str]) -> bool:
    """Tell whether a message was typed in VNI, so that digits in its words are keystrokes, not numbers."""
    decoded = [token for token in tokens if looks_vni(token) and decode_vni(token)]
    if any(_VNI_INSIDE.search(token) for token in decoded):
        return True
    return len(decoded) >= max(_VNI_TOKENS_NEEDED, _VNI_SHARE_NEEDED * len(tokens))


def _checked(letters: str, tone: str) -> str | None:
    letters = letters.replace("ưo", "ươ")  # "ngu7oi2": one horn typed for the pair
    key = letters + tone
    return key if split_tone(key)[0] == letters and is_syllable(key) else None


def _is_second(char: str, typed: str) -> bool:
    """Whether a vowel repeats one of the same vowel group ("aa", "ieue"); in "hoso" and "data" it begins another."""
    return char in typed[len(typed.rstrip(_VOWELS)) :]


def _telex_horn(letters: str) -> str:
    if "uo" in letters or "ưo" in letters:
        return _pair_horn(letters)
    if letters.endswith("ua") and not letters.startswith("qu"):
        return letters[:-2] + "ưa"  # "chuaw": the horn of chưa typed at the end
    return _shape_last(letters, _HORN | _BREVE) or letters + "ư"


def _vni_shape(letters: str, digit: str) -> str | None:
    if digit == "7" and "uo" in letters:
        return _pair_horn(letters)
    return _shape_last(letters, _VNI_SHAPES[digit])


def _pair_horn(letters: str) -> str:
    return letters.replace("uo", "ươ").replace("ưo", "ươ")


def _shape_last(letters: str, shapes: dict[str, str]) -> str | None:
    """Mark the last letter that takes one of the shapes; None when there is none."""
    for index in range(len(letters) - 1, -1, -1):
        if letters[index] in shapes:
            return letters[:index] + shapes[letters[index]] + letters[index + 1 :]
    return None
