"""Vietnamese syllables: tone, folding, and which letter strings can be one.

The tone of a syllable is kept as a digit behind it, so that both spellings of one sound are the
same token: ``hoà`` and ``hòa`` give ``hoa2``. Rimes after Đoàn Thiện Thuật, "Ngữ âm tiếng Việt".
"""

import re
import unicodedata
from functools import lru_cache

TONES = {"\u0301": "1", "\u0300": "2", "\u0309": "3", "\u0303": "4", "\u0323": "5"}  # sắc huyền hỏi ngã nặng
#: Stands behind a digit that was typed, so that "ct01" and the driving licence "a1" are not read as tones.
TYPED_DIGIT = "'"

_ONSETS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x".split()
# "oong" and "ooc" are left out: "khoong" and "coong" are the Telex keystrokes of không and công.
_RIMES = (
    "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en eng eo ep "
    "et ê êch êm ên ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu o oa oac oach oai oam "
    "oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong op ot ô ôc ôi ôm "
    "ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u ua uân uâng uât uây uc uê uêch uênh ui um un ung uơ uôc uôi uôm uôn uông "
    "uôt up ut uy uya uych uyên uyêt uynh uyt uyp uyn uyu ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu "
    "ưt ưu y yêm yên yêng yêt yêu"
).split()
_GI_RIMES = ("", "n", "m", "ch", "ên", "êt", "êng")  # gì, gìn, giếng: one i is written for two
_QU_RIMES = ("yn", "ynh", "ych", "yt", "yp")  # quỳnh, quýt
_RARE = ("xoong", "mooc")
_FRONT = ("e", "ê", "i")
_BEFORE_FRONT = {"c": False, "g": False, "ng": False, "gh": True, "ngh": True}  # cá, kẻ, gà, ghế, ngà, nghỉ
_WORD = re.compile(r"[^\W_]+")
_STOPPED = ("p", "t", "c", "ch")
_STOP_TONES = {"1", "5", ""}  # a syllable that ends in a stop carries only sắc or nặng
_TONE_DIGITS = frozenset(TONES.values())
#: Characters of the longest text that is remembered: words are, whole messages of residents are not.
_LONGEST_CACHED = 24


def words(text: str) -> list[str]:
    """Split text into lower-case runs of letters and digits."""
    return _WORD.findall(text.lower())


def tone_key(word: str) -> str:
    """Move the tone mark of a syllable behind it as a digit: ``hoà``, ``hòa`` -> ``hoa2``.

    A digit that was typed at the end keeps :data:`TYPED_DIGIT` behind it (``ct01`` -> ``ct01'``), numbers do not.
    """
    return _cached_tone_key(word) if len(word) <= _LONGEST_CACHED else _tone_key(word)


def fold(text: str) -> str:
    """Remove every mark: ``Đăng ký`` -> ``dang ky`` (lower case, đ -> d)."""
    return _cached_fold(text) if len(text) <= _LONGEST_CACHED else _fold(text)


def split_tone(key: str) -> tuple[str, str]:
    """Split a tone key into its letters and its tone digit ("" for the level tone)."""
    return (key[:-1], key[-1]) if key[-1:] in _TONE_DIGITS and not key.isdigit() else (key, "")


def fold_key(key: str) -> str:
    """Fold a tone key: drop its tone digit and every mark; typed digits stay."""
    return fold(split_tone(key)[0].removesuffix(TYPED_DIGIT))


def is_unmarked(key: str) -> bool:
    """Tell whether a tone key carries no tone and no mark, as in text typed without marks."""
    return key.isascii() and not split_tone(key)[1]


def is_syllable(key: str) -> bool:
    """Tell whether a tone key (or an unmarked word) can be a Vietnamese syllable."""
    letters, tone = split_tone(key)
    if letters not in _SYLLABLES:
        return not tone and letters in _FOLDED
    return tone in _STOP_TONES or not letters.endswith(_STOPPED)


def _tone_key(word: str) -> str:
    letters, tone = [], ""
    for char in unicodedata.normalize("NFD", word):
        if char in TONES:
            tone = TONES[char]
        else:
            letters.append(char)
    if letters and letters[-1] in _TONE_DIGITS and not word.isdigit():
        letters.append(TYPED_DIGIT)
    return unicodedata.normalize("NFC", "".join(letters)) + tone


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char)).replace("đ", "d")


_cached_tone_key = lru_cache(maxsize=65536)(_tone_key)
_cached_fold = lru_cache(maxsize=65536)(_fold)


def _spellings() -> set[str]:
    full = {*_RIMES, *_RARE}
    for onset in _ONSETS:
        full.update(onset + rime for rime in _RIMES if _can_follow(onset, rime))
    full.update("gi" + rime for rime in _GI_RIMES)
    full.update("qu" + rime for rime in _QU_RIMES)
    return full


def _can_follow(onset: str, rime: str) -> bool:
    if onset == "k":
        return rime.startswith((*_FRONT, "y"))
    is_front = rime.startswith(_FRONT)
    return _BEFORE_FRONT.get(onset, is_front) == is_front


_SYLLABLES = frozenset(_spellings())
_FOLDED = frozenset(fold(syllable) for syllable in _SYLLABLES)
