"""Canonical text: one code-point form for what people send, whatever device they typed it on."""

import re
import unicodedata

# Characters that are invisible in a chat: zero-width, soft hyphen, direction marks and overrides, variation
# selectors, fillers, annotations, tag characters. They break matching (faults.md 41). Default_Ignorable of Unicode.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_BLANKS = re.compile(r"[^\S\n]+")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
#: Marks that stand on the letter before them, as the inside of a character class.
MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
# A Vietnamese letter carries at most two marks (ế, ự); more on one letter is decoration.
_MARK_RUN = re.compile(f"([{MARKS}]{{2}})[{MARKS}]+")


def canonical(text: str) -> str:
    """Give the one form in which a message is stored and understood.

    Args:
        text: Anything a platform delivered, including NFD, zero-width and control characters,
            full-width letters and lone surrogates.

    Returns:
        NFC text without invisible or control characters, blanks collapsed, newlines kept.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = _INVISIBLE.sub("", text.translate(_FULL_WIDTH))
    text = _MARK_RUN.sub(r"\1", unicodedata.normalize("NFD", text))
    text = unicodedata.normalize("NFC", text).replace("\r", "\n")
    text = _BLANKS.sub(" ", _CONTROL.sub(" ", text))
    return re.sub(r" ?\n[\n ]*", "\n", text).strip()


def cap(text: str, limit: int) -> str:
    """Cut ``text`` to ``limit`` characters at a word border where there is one."""
    if len(text) <= limit:
        return text
    head, blank, _ = text[: limit + 1].rpartition(" ")
    return head if blank else text[:limit]
