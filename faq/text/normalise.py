"""From what a person typed to the tokens the matcher compares."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from faq.text.canonical import MARKS, canonical
from faq.text.lexicon import Lexicon, expand, replace_phrases
from faq.text.spelling import Speller
from faq.text.syllables import fold, fold_key, is_syllable, is_unmarked, tone_key, words
from faq.text.telex import decode_telex, decode_vni, is_vni

_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_DOUBLED = re.compile(r"([^\W\d_])\1")
_SHORTEST_UNDOUBLED = 3  # letters; "add" is no "ad"
_VOWEL = re.compile("[aeiouy]")
# What masking left, "[số điện thoại]", says nothing about the question; other brackets are the resident's.
_PLACEHOLDER = re.compile(r"\[(?:số|mã|họ|ngày|biển|địa|dãy|email)[^\[\]\n]{0,30}\]")
# A phrase does not reach over a pause: "doan qua, doi ma khac" is not qua đời. A dot inside "gov.vn" is no pause.
_PAUSE = re.compile(r"[,;:!?()\"“”]|\.(?=\s|$)|\n|\s[-–]\s")
_BORDER = ","
_STRAY_MARK = re.compile(f"[{MARKS}]")  # decoration: no letter of Vietnamese is left decomposed by NFKC

_OTHER_SCRIPT = re.compile("[\u0370-\u052f]")  # Greek and Cyrillic
_LOOKALIKES = str.maketrans(
    "авекмнорстухіѕјһԁԛԝАВЕКМНОРСТУХІЅЈαινκορτυχΑΒΕΗΙΚΜΝΟΡΤΥΧ",
    "abekmhopctyxisjhdqwABEKMHOPCTYXISJaivkoptuxABEHIKMNOPTYX",
)


@dataclass(frozen=True)
class Normalised:
    """One message as tokens.

    Attributes:
        keys: Tone keys in order ("hoa2").
        folded: The same tokens without marks.
    """

    keys: tuple[str, ...]
    folded: tuple[str, ...]


def normalise(text: str, lexicon: Lexicon, speller: Speller | None = None) -> Normalised:
    """Undo what keyboards and habits did to a question.

    Letters repeated three times, Telex and VNI leftovers, abbreviations, regional words and, with a
    speller, single slips and missing blanks are repaired. Applying it to its own output changes nothing
    that matters to matching.
    """
    tokens = _tokens(text, lexicon)
    tokens = expand(_decode(tokens, lexicon, speller), lexicon)
    if speller is not None:
        tokens = _respell(tokens, lexicon, speller)
    keys = tuple(token for token in replace_phrases(tokens, lexicon) if token != _BORDER)
    return Normalised(keys, tuple(fold_key(key) for key in keys))


def _tokens(text: str, lexicon: Lexicon) -> list[str]:
    text = unicodedata.normalize("NFKC", _latin(_PLACEHOLDER.sub(" ", canonical(text)))).lower()
    parts = [words(part) for part in _PAUSE.split(_STRAY_MARK.sub("", text))]
    tokens = [token for part in parts if part for token in (*part, _BORDER)]
    return [_shorten(token, lexicon) for token in tokens] if _REPEATED.search(text) else tokens


def _latin(text: str) -> str:
    """Read letters of other scripts that look like ours as ours; a Cyrillic "а" hides a word from every list."""
    return unicodedata.normalize("NFD", text).translate(_LOOKALIKES) if _OTHER_SCRIPT.search(text) else text


def _shorten(token: str, lexicon: Lexicon) -> str:
    """Write ``quênnn`` as ``quên``, but leave ``cccd`` and ``pccc``: a drawn-out word has a vowel or is known."""
    if tone_key(token) in lexicon.abbreviations:
        return token
    short = _REPEATED.sub(r"\1", token)
    is_word = _VOWEL.search(fold(short)) or (len(short) > 1 and tone_key(short) in lexicon.abbreviations)
    return short if is_word else token


def _decode(tokens: Sequence[str], lexicon: Lexicon, speller: Speller | None) -> list[str]:
    has_vni = is_vni(tokens)
    return [(decode_vni(token) if has_vni else None) or _decode_one(token, lexicon, speller) for token in tokens]


def _decode_one(token: str, lexicon: Lexicon, speller: Speller | None) -> str:
    key = tone_key(token)
    if is_syllable(key) or key in lexicon.vocabulary or (speller is not None and speller.knows(token)):
        return key
    return decode_telex(token) or _undouble(token) or key


def _undouble(token: str) -> str | None:
    key = tone_key(_DOUBLED.sub(r"\1", token))
    return key if len(key) >= _SHORTEST_UNDOUBLED and is_syllable(key) else None


def _respell(tokens: Sequence[str], lexicon: Lexicon, speller: Speller) -> list[str]:
    folded = [fold_key(token) for token in tokens]
    result: list[str] = []
    for index, token in enumerate(tokens):
        before = folded[index - 1] if index else ""
        after = folded[index + 1] if index + 1 < len(folded) else ""
        repaired = (folded[index],) if _is_sound(token, lexicon) else speller.repair(folded[index], before, after)
        result.extend([token] if repaired == (folded[index],) else repaired)
    return result


def _is_sound(token: str, lexicon: Lexicon) -> bool:
    """Whether a token is meant as it stands: a word of the lists, or a syllable somebody put marks on."""
    return token in lexicon.vocabulary or (not is_unmarked(token) and is_syllable(token))
