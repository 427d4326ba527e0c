"""The shadow of a message: what the patterns read, as long as the message, so that offsets are shared.

Residents write "CCCD", "cccd", "căn cước" and "can cuoc". Folding each character to one plain
lower-case character lets one pattern read all of them, and a match in the shadow is a span of the
message.
"""

import re
import unicodedata

from faq.privacy.kinds import PLACEHOLDER

FILLER = "\x00"  # stands where a placeholder is; canonical text holds no control characters
_REMEMBERED = 4096  # characters; more than all Latin letters, so that hostile text cannot grow the table

# "09o3 123 456": the letter o typed for zero inside or in front of a number.
_LETTER_O = re.compile(r"(?<=\d)o{1,3}(?=[ .\-]?\d)|(?<![a-z\d])o{1,2}(?=\d{2})")
# "0903l23456": the letters l and i typed for one, in a token that begins like a telephone or identity number.
_LETTER_L = re.compile(r"(?<![a-z\d])0\d{2}[\dil]{4,10}(?![a-z\d])")
_ONES = str.maketrans("il", "11")


def _fold_char(char: str) -> str:
    decimal = unicodedata.decimal(char, None)
    if decimal is not None:
        return str(decimal)
    parts = unicodedata.normalize("NFKD", char.lower())
    letters = "".join(part for part in parts if not unicodedata.combining(part)).replace("đ", "d")
    return letters if len(letters) == 1 else char


class _Folding(dict[int, str]):
    """Code point -> one folded character, computed at first use."""

    def __missing__(self, code: int) -> str:
        folded = _fold_char(chr(code))
        if len(self) < _REMEMBERED:
            self[code] = folded
        return folded


_FOLDING = _Folding()


def shadow(text: str) -> str:
    """Fold a message to plain lower-case letters and ASCII digits without moving any offset.

    Args:
        text: Canonical text (`faq.text.canonical`), or text that was masked before.

    Returns:
        A string of the same length; placeholders of an earlier masking are blanked out.
    """
    if "[" in text:
        text = PLACEHOLDER.sub(lambda match: FILLER * len(match.group()), text)
    folded = text.translate(_FOLDING)
    zeros = _LETTER_O.sub(lambda match: "0" * len(match.group()), folded)
    return _LETTER_L.sub(lambda match: match.group().translate(_ONES), zeros)
