"""Values that only their wording gives away: a secret behind "mật khẩu là", a date behind "sinh ngày".

Each finder reads a message and its shadow and yields the spans of the values.
"""

import re
from collections.abc import Iterator

from faq.text.syllables import is_syllable, tone_key

_OWNER = (
    r"(?: (?:cua|toi|tui|em|minh|mik|con|chau|bac|nha|ong|ba|vneid|zalo|gmail|facebook|dich vu cong|cong|moi|cu|nay|"
    r"tai khoan|dvc|cdvc|dvcqg|app|dang nhap|hien tai)){0,4}"
)
_HIDDEN_WORD = (
    r"(?<![a-z0-9])(?:otp|mat khau|matkhau|mk|password|passcode|pass|ma pin|pin|ma xac (?:thuc|nhan|minh)|ma bao mat)"
)
LINKED_SECRET = re.compile(rf"{_HIDDEN_WORD}{_OWNER} ?(?:la|:|=) ?(?P<value>[^\s\x00]{{4,64}})")
BARE_SECRET = re.compile(rf"{_HIDDEN_WORD} (?P<value>[^\s\x00]{{6,64}})")
_TRAILING = ".,;:)\"'?"
_PASSWORD_MARK = re.compile(r"[@#$%&*!^+=~]")
# No syllables, yet no secrets either: what a sentence about passwords says.
_KNOWN_WORDS = frozenset(
    "vneid zalo gmail facebook telegram internet online passcode password token email smartotp banking".split()
)


def _is_mixed(value: str) -> bool:
    """Tell a value that mixes letters with digits or signs, as no word of a sentence does."""
    has_letter = any(char.isalpha() for char in value)
    return has_letter and (any(char.isdigit() for char in value) or _PASSWORD_MARK.search(value) is not None)


def _is_linked_value(value: str) -> bool:
    if value.isdecimal():
        return len(value) >= 4
    if _is_mixed(value):
        return True
    word = value.lower()
    return word.isalpha() and len(word) >= 6 and word not in _KNOWN_WORDS and not is_syllable(tone_key(word))


def _value_span(text: str, match: "re.Match[str]") -> tuple[int, int]:
    start, end = match.span("value")
    return start, start + len(text[start:end].rstrip(_TRAILING))


def find_secrets(text: str, shadow: str) -> Iterator[tuple[int, int]]:
    """Yield passwords and codes that the wording introduces: "mật khẩu của tôi là Abc@123", "mk Hoa1958"."""
    for pattern, accepts in ((LINKED_SECRET, _is_linked_value), (BARE_SECRET, _is_mixed)):
        for match in pattern.finditer(shadow):
            start, end = _value_span(text, match)
            if end - start >= 4 and accepts(text[start:end]):
                yield start, end


# "khai sinh", "học sinh", "phát sinh" ... are other words; "sinh sau ngày 1/7/2025" is a rule, not a person.
_BORN = (
    r"(?<!khai )(?<!hoc )(?<!phat )(?<! ve )(?<!^ve )(?<!thi )(?<!tuyen )(?<! ho )(?<!hy )(?<! hi )(?<!tai )(?<![a-z])"
    r"(?:sinh(?: con| em| chau| be)?(?: vao| hom| ngay| nam| mung| mong| la|:){0,4}|"
    r"nsinh:?|n/s:?|sn(?: nam)?:?|ns:?|dob:?)"
)
_FULL_DATE = (
    r"\d{1,2}(?:[/.\-]\d{1,2}[/.\-](?:\d{4}|\d{2})|(?: ngay)? thang \d{1,2}(?:,? nam \d{4})?|"
    r" \d{1,2} (?:19|20)\d{2})(?!\d)"
)
_COMPACT_DATE = r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d{2}(?!\d)"
_YEAR = r"(?:(?:19|20)\d{2}|2k\d{0,2})(?![\d/])"
# A second date that corrects the first: "... mà vneid ghi 9-9-1989".
_SECOND = rf"(?: (?:thanh|sang|va|hay|hoac|ma|chu|nhung) [^\d\n\x00]{{0,20}}(?P<second>{_FULL_DATE}|{_YEAR}))?"
BORN = re.compile(rf"{_BORN} ?(?P<value>{_FULL_DATE}|{_COMPACT_DATE}|{_YEAR}|\d{{1,2}}/\d{{1,2}}(?![\d/])){_SECOND}")
# Two digits are a year only behind a word that says year.
BORN_SHORT = re.compile(
    r"(?<![a-z])(?<!khai )(?:sinh nam|nam sinh|sn|ns)(?: la)?:? ?(?P<value>\d{2})(?![\d/a-z.,\-])"
    r"(?! ?(?:/|duong|hem|to |ap |kp|khu|tuoi|nam))"
)
# The field of a form: words may stand between its name and the date.
BIRTH_FIELD = re.compile(
    rf"(?<![a-z])(?:ngay(?:,? thang)?(?:,? nam)? sinh|nam sinh)[^\d\n\x00]{{0,30}}(?P<value>{_FULL_DATE}|{_YEAR})"
    rf"{_SECOND}"
)


def find_birth_dates(_text: str, shadow: str) -> Iterator[tuple[int, int]]:
    """Yield dates and years of birth; the words that introduce them stay."""
    for pattern in (BORN, BORN_SHORT, BIRTH_FIELD):
        for match in pattern.finditer(shadow):
            yield match.span("value")
            if "second" in pattern.groupindex and match["second"]:
                yield match.span("second")
