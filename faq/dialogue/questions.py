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
_WHAT_ABOUT = re.compile(
    r"^(?P<opening>the |vay )?(?P<and>con) (?P<thing>.+?)"
    r"(?P<closing>(?: thi)?(?: sao| the nao| lam sao| nhu the nao)|)(?: a| vay| nhi)?$"
)
#: A name is not longer; what is longer is a question of its own.
LONGEST_NAME = 6  # words
#: Words that ask for an aspect without naming a thing.
_ASKING = frozenset(
    "bao nhieu nhiu het ton mat tien phi le mien dong gia may lau ngay gio tuan thang hom bua gian han chung can "
    "giay to nhung mang theo chuan bi nop o dau noi cho lay lam cach buoc tung nhu ho so thu tuc phap ly van ban "
    "luat quy dinh dieu cu online truc tuyen ".split()
)
#: Words that may stand beside them; alone ("dạ", "không", "sao vậy") they ask for nothing.
_FILLERS = frozenset(
    "a da vay the con thi sao nao gi khi co khong duoc phai do no nay ay kia cai viec la va hay toi hoi tui em bac "
    "minh tiep hong hok ko k z j v ma cua ve voi roi nua ra len xong thoi ".split()
)


def split_questions(text: str) -> list[str]:
    """Cut a message into the questions it may hold, in order; a single question gives one piece."""
    pieces = [piece.strip(" ,.!") for piece in _BREAKS.split(text)]
    long_enough = [piece for piece in pieces if len(words(piece)) >= SHORTEST_QUESTION]
    return long_enough if len(long_enough) > 1 else [text]


def is_bare(folded: Sequence[str]) -> bool:
    """Tell whether a message names nothing: it only asks for an aspect of what was spoken of."""
    only_known = all(token in _ASKING or token in _FILLERS for token in folded)
    return only_known and len(folded) <= 12 and not _ASKING.isdisjoint(folded)


def corrected(text: str) -> str | None:
    """Give what a person meant instead: ``không, ý tôi là tạm trú`` -> ``tạm trú``; None when nothing is corrected."""
    folded = fold(text)
    found = _CORRECTION.match(folded) or None
    if found and found.end() and len(folded) == len(text) and text[found.end() :].strip():
        return text[found.end() :].strip(" ,.:")
    return None


def what_about(text: str) -> str | None:
    """Give the thing a follow-up turns to: ``còn tạm trú thì sao`` -> ``tạm trú``; "con tôi" is a child, no "còn"."""
    plain = " ".join(words(text))
    folded = fold(plain)
    found = _WHAT_ABOUT.match(folded)
    if not found or len(folded) != len(plain) or len(found["thing"].split()) > LONGEST_NAME:
        return None
    written = plain[slice(*found.span("and"))]
    is_meant = written == "còn" or (written == "con" and plain == folded and (found["opening"] or found["closing"]))
    return plain[slice(*found.span("thing"))] if is_meant else None
