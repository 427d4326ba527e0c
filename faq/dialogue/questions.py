"""Several questions in one message, bare aspects ("hết bao nhiêu tiền?"), and corrections."""

import re
from collections.abc import Sequence

from faq.text.syllables import fold, words

#: A shorter piece is not a question of its own.
SHORTEST_QUESTION = 3  # words
MOST_QUESTIONS = 3
_BREAKS = re.compile(r"[?;\n]+|\.(?=\s)|,?\s(?:còn nữa|con nua|với lại|voi lai|ngoài ra|ngoai ra|à mà|a ma|thêm nữa)\s")
_CORRECTION = re.compile(
    r"^(?:da |a |u )?(?:khong(?: phai)?|nham roi|nham|lon|sai roi)?(?:,? )*"
    r"(?:y (?:toi|minh|em|bac|tui) (?:la|noi la|hoi la|muon hoi)|(?:toi|minh|tui|em) hoi|y la|toi muon noi) "
    r"(?:ve )?"
)
_WHAT_ABOUT = re.compile(r"^(?:the |vay )?con (.+?)(?: thi)?(?: sao| the nao| lam sao| nhu the nao)?(?: a| vay| nhi)?$")
_BARE = frozenset(
    "a da vay the con thi sao nao gi bao nhieu het ton mat tien phi le may lau ngay gio tuan can giay to nhung "
    "mang theo chuan bi nop o dau noi cho lam cach buoc nhu khi xong co khong duoc phai ho so thu tuc do no "
    "nay ay kia cai viec cu phap ly van ban luat quy dinh dieu thoi han bua hom la va hay toi hoi tui em bac "
    "minh online truc tuyen tiep mien nhiu dong hong hok ko k z j ma cua ve voi gian ".split()
)


def split_questions(text: str) -> list[str]:
    """Cut a message into the questions it may hold, in order; a single question gives one piece."""
    pieces = [piece.strip(" ,.!") for piece in _BREAKS.split(text)]
    long_enough = [piece for piece in pieces if len(words(piece)) >= SHORTEST_QUESTION]
    return long_enough if len(long_enough) > 1 else [text]


def is_bare(folded: Sequence[str]) -> bool:
    """Tell whether a message names nothing: it only asks for an aspect of what was spoken of."""
    return 0 < len(folded) <= 12 and all(token in _BARE for token in folded)


def corrected(text: str) -> str | None:
    """Give what a person meant instead: ``không, ý tôi là tạm trú`` -> ``tạm trú``; None when nothing is corrected."""
    folded = fold(text)
    found = _CORRECTION.match(folded) or None
    if found and found.end() and len(folded) == len(text) and text[found.end() :].strip():
        return text[found.end() :].strip(" ,.:")
    return None


def what_about(text: str) -> str | None:
    """Give the thing a follow-up turns to: ``còn tạm trú thì sao`` -> ``tạm trú``."""
    folded = fold(" ".join(words(text)))
    found = _WHAT_ABOUT.match(folded)
    return found.group(1) if found else None
