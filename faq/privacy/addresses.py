"""Home addresses: a house number with the words of a street. The name of a ward alone always stays."""

import re
from collections.abc import Iterator

from faq.privacy.words import ends_capitals, is_place_word, is_shouting, is_stop, run_from

_SLASHED = r"\d{1,4}[a-z]?(?:/\d{1,4}[a-z]?){1,4}"
_HOUSE = r"\d{1,4}[a-z]?(?:[/\-]\d{1,4}[a-z]?){0,4}"
_NUMBER_END = r"(?![a-z0-9/\-]|[.,]\d)"
_ME = r"(?: (?:cua )?(?:toi|tui|em|minh|mik|con|chau|bac|ong|ba|me|vo|chong|chung toi))?"
# Words that only an address follows.
_HOME = (
    rf"(?:so nha|nha so|dia chi(?: nha| cu the| thuong tru| hien tai)?|d/c|dc nha|"
    rf"nha{_ME}(?: la)? (?:o|tai)(?: so)?|nha{_ME} so|"
    rf"dc ?(?=:)|(?:ngu|cu tru|thuong tru|tam tru)(?: tai| o)?(?: so)?){_ME}"
)
# Plain numbers before other words than these are a count as often as a house ("5 ấp", "2 tổ").
_ROAD = r"(?:duong(?! day| truyen| bo| link| sat| thuy)|hem|kiet|ngo|ngach|hxh|quoc lo|ql ?(?=\d)|tinh lo|tl ?(?=\d))"
_STREET = (
    rf"(?:{_ROAD}|to (?=\d|dan pho)|ap (?!dung|luc)|khu pho (?=\d)|kp ?(?=\d)|thon|xom|khom|"
    r"chung cu|khu dan cu|kdc)"
)
_DATE_WORD = re.compile(r"(?<![a-z])(?:ngay|tu|den|truoc|sau|han|khoan|dieu|luat|thang|luc|hom)(?: ngay)? $")
_YEAR_PART = re.compile(r"(?:^|/)(?:19|20)\d{2}$")
# "Trung tâm hành chính công ở 4 Phạm Văn Đồng": where an office is, is a question and nobody's home.
_OFFICE = re.compile(
    r"(?<![a-z])(?:trung tam|tru so|van phong|uy ban|ubnd|co quan|cong an|buu dien|chi nhanh|co so|diem|quay)"
    r"(?![a-z])"
    r"(?:(?! nha | toi | em | tui )[^\d\n.,;!?]){0,40} (?:o|tai)(?: so)? $"
)

AFTER_HOME = re.compile(rf"(?<![a-z]){_HOME}(?: la)? ?[:,]? ?(?:so )?(?P<house>{_HOUSE}){_NUMBER_END}")
SLASHED_STREET = re.compile(rf"(?<![\da-z/.,\-])(?P<house>{_SLASHED}),? (?={_STREET})")
NUMBER_ROAD = re.compile(rf"(?<![\da-z/.,\-])(?P<house>\d{{1,4}}[a-z]?),? (?={_ROAD}[ \d])")
ROAD_SLASHED = re.compile(rf"(?<![a-z])(?:hem|kiet|ngo|ngach)(?: so)? (?P<house>{_SLASHED}){_NUMBER_END}")
AT_NUMBER = re.compile(rf"(?<![a-z])(?:o|tai|ngu|so|nha)(?: so)? (?P<house>{_HOUSE}),? (?=[a-z])")
# "77 tran hung dao phuong 1": only words of a name between the number and the ward.
BEFORE_WARD = re.compile(
    rf"(?<![\da-z/.,\-])(?<!phuong )(?<!quan )(?<!pho )(?<!xa )(?<!kp )(?<!to )(?<!ap )(?<!cap )(?<!muc )(?<!p )(?<!q )"
    rf"(?P<house>{_HOUSE}) (?=(?:[a-z]{{1,7}} ){{2,4}}(?:phuong|p|f)\.? ?\d)"
)
FLAT = re.compile(
    r"(?<![a-z])(?:can ho|can|phong|lo|block)(?: so)? (?P<house>[a-z]{0,2}\d{1,4}[a-z]?(?:[.\-]\d{1,3})?),? "
    r"(?=chung cu|khu dan cu|kdc|toa nha|block|lo )"
)

_AT_WARD = re.compile(r",? (?:phuong|p|f)\.? ?\d")
_AT_NAMED_WARD = re.compile(r",? (?:phuong|xa) [a-z]")
_OFFICE_REACH = 70  # characters in front of a house number
_WARDS = ("phuong", "xa", "quan", "huyen", "tp")
_UNITS = frozenset(
    "nam thang ngay nguoi tuoi gio noi lan ban bo loai cap so phuong xa tinh huyen quan ho can cai chiec buoc "
    "cach phan trang muc dieu khoan tr trieu nghin ngan dong k phut tuan thanh vi don hinh to trung".split()
)
_TAIL = re.compile(rf",? ?(?:{_STREET}|to (?=\d)|ap |khu |tang (?=\d)|phong (?=\d)|lau (?=\d)|toa )")
_TAIL_NUMBER = re.compile(rf" ?(?:so )?{_HOUSE}(?: thang \d{{1,2}})?(?![a-z0-9])")


def _words_end(text: str, shadow: str, start: int, capitals: bool) -> int:
    """Pass over the name of a street or hamlet: capitals as far as they go, else at most three words."""
    end = start
    run = list(run_from(shadow, start, 5))
    titled = capitals and len(run) > 1 and text[run[0].start()].isupper()
    for match in run if titled else run[:3]:
        raw = text[match.start() : match.end()]
        if ends_capitals(raw) if titled else is_stop(raw) or match.group() in _WARDS:
            break
        if is_place_word(shadow, match):
            break
        end = match.end()
    return end


def _part_end(text: str, shadow: str, start: int, capitals: bool) -> int:
    """Pass over what follows a street word: a number, a name, or both."""
    number = _TAIL_NUMBER.match(shadow, start)
    if number:
        start = number.end()
        return _words_end(text, shadow, start + 1, capitals) if _is_named(text, shadow, start + 1, capitals) else start
    blank = start + (shadow[start : start + 1] == " ")
    end = _words_end(text, shadow, blank, capitals)
    return end if end > blank else start


def _address_end(text: str, shadow: str, house_end: int, capitals: bool) -> int:
    """Extend an address from its house number over street, hamlet and quarter, up to the ward."""
    end = house_end
    after = re.match(r",? ?", shadow[end : end + 2])
    start = end + (after.end() if after else 0)
    if not _TAIL.match(shadow, end):
        named = _words_end(text, shadow, start, capitals)
        end = named if named > start else end
    while tail := _TAIL.match(shadow, end):
        reached = _part_end(text, shadow, tail.end(), capitals)
        if reached <= tail.end():
            break
        end = reached
    return end


def _is_named(text: str, shadow: str, start: int, capitals: bool) -> bool:
    """Tell whether two capitalised words follow, as after the number in "12 Lê Lợi"."""
    run = list(run_from(shadow, start, 2))
    raws = [text[match.start() : match.end()] for match in run]
    return capitals and len(raws) == 2 and all(raw[0].isupper() for raw in raws) and not is_stop(raws[0])


def _next_word(shadow: str, end: int) -> str:
    return next((match.group() for match in run_from(shadow, end + 1, 1)), "") if shadow[end : end + 1] == " " else ""


def _is_house(shadow: str, match: "re.Match[str]") -> bool:
    """Refuse dates, law numbers and counts."""
    start, end = match.span("house")
    if _DATE_WORD.search(shadow[max(0, start - 14) : start]) or _YEAR_PART.search(match["house"]):
        return False
    return _next_word(shadow, end) not in _UNITS or bool(_TAIL.match(shadow, end))


def find_addresses(text: str, shadow: str) -> Iterator[tuple[int, int]]:
    """Yield addresses from the house number to the last part before the ward.

    Wards, districts and cities stay, because the answer often depends on them.
    """
    capitals = not is_shouting(text)
    for pattern in (AFTER_HOME, SLASHED_STREET, NUMBER_ROAD, ROAD_SLASHED, AT_NUMBER, BEFORE_WARD, FLAT):
        for match in pattern.finditer(shadow):
            start, number_end = match.span("house")
            if not _is_house(shadow, match):
                continue
            end = _address_end(text, shadow, number_end, capitals)
            if _is_enough(pattern, match, text, shadow, end, capitals):
                yield start, end


def _is_enough(
    pattern: "re.Pattern[str]", match: "re.Match[str]", text: str, shadow: str, end: int, capitals: bool
) -> bool:
    """Ask of a weak opening that a street follows."""
    number_end = match.end("house")
    slashed = "/" in match["house"]
    if pattern is AT_NUMBER:
        if _OFFICE.search(shadow[max(0, match.start("house") - _OFFICE_REACH) : match.start("house")]):
            return False
        street = slashed or _TAIL.match(shadow, number_end) is not None
        named = _is_named(text, shadow, number_end + 1, capitals)
        return named or (end > number_end and (street or _AT_NAMED_WARD.match(shadow, end) is not None))
    if pattern is BEFORE_WARD:
        return end > number_end and _AT_WARD.match(shadow, end) is not None
    if pattern is AFTER_HOME:
        return slashed or end > number_end or "nha" in match.group()
    return pattern is ROAD_SLASHED or end > number_end
