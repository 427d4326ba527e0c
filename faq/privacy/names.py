"""Names of persons, where a message introduces one: "tôi tên ...", "họ tên: ...", "mẹ tôi là bà ..."."""

import re
from collections.abc import Iterator

from faq.privacy.words import WORD, ends_capitals, is_nameable, is_place_word, is_shouting, is_stop, run_from
from faq.text.syllables import fold

# Collected by hand: Kinh surnames, then Khmer, Chăm and Hoa ones of the South.
SURNAMES = tuple(
    (
        "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Mai Trương Cao Lâm Lương Trịnh "
        "Hà Tô Châu Tạ Thái Kiều Quách Lưu Đoàn Đào Phùng Tăng Vương Tống Nghiêm Chu Tôn Thạch Sơn Kim Danh Triệu Mạc "
        "Lại Khổng Giang Hứa Diệp Mã Văn Doãn Đàm Đồng Hàn Lữ Lục Nông Ninh Thân Tiêu Trà Ung Uông Vi Âu Bạch Cù Đổng "
        "Khúc Lã Ngụy Từ Viên Phó Chung Liêu Lư Thiều Tiết Trang Tào Cung Bành Khưu Ngũ Chế Quảng Thị Chau Néang Sầm "
        "Lò"
    ).split()
)
_MARKED = frozenset(name.lower() for name in SURNAMES)
_FOLDED = frozenset(fold(name) for name in SURNAMES) - {"la"}  # "la" without marks is the verb "là"
# Without marks only these are no other common word ("ho" is hồ/hộ/họ, "le" is lệ, "do" is do/đó).
_CLEAR = frozenset("nguyen tran pham huynh hoang bui trinh quach phung vuong nghiem vo".split())
_MIDDLES = frozenset(
    "văn thị hữu đức ngọc thanh minh quốc xuân hồng kim thúy đình trọng quang gia như tuấn hoài mỹ".split()
)
_FOLDED_MIDDLES = frozenset(fold(word) for word in _MIDDLES)
# Other words too, but a name when "tên" stands before and two syllables follow; the rest ("duong", "dang",
# "do", "chu" for đường, đăng, do, chủ) needs a middle name.
_LIKELY = frozenset("le vu ngo ly mai dinh phan dao luong".split())
# Places that begin like a surname.
_NOT_PERSONS = frozenset(
    "han quoc,thai lan,ma lai,ha noi,ha giang,ha nam,ha tinh,lam dong,cao bang,thai nguyen,thai binh,"
    "lai chau,son la,tra vinh,ho chi minh,kim long,chau duc,chau thanh,ninh binh,ninh thuan,vi thanh,chu se".split(",")
)

_WHO_WORDS = (
    "toi|tui|em|minh|mik|chau|con|e|chong|vo|me|ma|cha|ba|bo|ong|anh|chi|co|chu|bac|be|chu ho|nguoi nop|day|ban|"
    "nhan vien|can bo|uy quyen|dai dien|chu xe|chu dat"
)
_TITLE_WORDS = "ong|ba|anh|chi|chau|be|chu|bac|cu|em"
_OWN_WORDS = (
    "day du|that|khai sinh|moi|cu|tren|trong|giay|giay to|can cuoc|cccd|cua|me|cha|bo|ba|chong|vo|con|chu ho|"
    "nguoi nop|toi|em|minh|tui|chau"
)
_WHO, _TITLE, _OWN = f"(?:{_WHO_WORDS})", f"(?:{_TITLE_WORDS})", f"(?: (?:{_OWN_WORDS})){{0,4}}"
# "Sang tên", "dùng tên", "đặt tên" speak of other things; they introduce only what is surely a name.
_STRONG_END = re.compile(
    rf"(?<![a-z])(?:ho(?: va|&)? ?ten|(?<!sang )(?<!dung )(?<!doi )(?<!dat )(?<!mang )ten){_OWN}"
    rf"(?: la)? ?[:=\-]?\s?(?:{_TITLE} )?$"
)
_WEAK_END = re.compile(
    rf"(?<![a-z]){_WHO}(?: (?:toi|em|minh|tui|con|chau|day|ten|vo|chong)){{0,2}} la (?:(?:co|{_TITLE}) )?$"
)
# "Tôi, Nguyễn Văn Ba, muốn hỏi"; "Người nộp: ..."; without the sign "toi" is also "tới".
_ASIDE_END = re.compile(rf"(?<![a-z]){_WHO}(?P<sign>,|:| -)? $")
# Read in the message itself: "có", "ba", "vợ" and "vô" differ only by marks.
_TITLE_END = re.compile(
    r"(?<![^\W_])(?:ông|ong|bà|ba|anh|chị|chi|cháu|chau|bé|be|cô|chú|chu|bác|bac|cụ|em|chồng|chong|vợ|vo|con) $",
    re.IGNORECASE,
)
_FOR_END = re.compile(r"(?<![a-z])(?:ten|cho) $")
# A name that the next personal datum explains: "Nguyễn Văn A, sinh năm 1958".
_EXPLAINED = re.compile(
    r"[ ,\-:(]{1,3}(?:(?:sn|sinh (?:nam|ngay)|cccd|cmnd|cmt|can cuoc|sdt)(?![a-z])|\d{9}|0\d{2,3}[ .\-]\d{3}|\x00)"
)
_STRAY_MARKS = 2  # letters; an auto-corrected word in a message without marks
_REACH = 60  # characters in front of a name that may introduce it

# What the prefilter looks for: the last word of any introduction, and a surname behind it.
_OPENERS = {phrase.split()[-1] for phrase in f"{_WHO_WORDS}|{_TITLE_WORDS}|{_OWN_WORDS}|ten|la|cho".split("|")}
NAME_HINT = re.compile(
    rf"(?<![a-z])(?:(?:{'|'.join(sorted(_OPENERS))})[ :=,\-]{{0,3}}\s?|[:=\-]\s?)"
    rf"(?=(?P<surname>{'|'.join(sorted(_FOLDED))}) [a-z])"
)
EXPLAINED_HINT = re.compile(rf"(?<![a-z])(?:{'|'.join(sorted(_FOLDED))}) [a-z ]{{1,40}}{_EXPLAINED.pattern}")
# "Tôi tên Hoa": one given name, only with a capital and only after a person.
GIVEN_NAME = re.compile(
    r"(?<![a-z])(?:toi|tui|em|minh|mik|chau|con|me|ba|cha|bo|vo|chong)(?: (?:toi|em|minh|tui))? ten(?: la)? (?=[a-z])"
)


def _is_surname(raw: str, bare: bool) -> bool:
    """Tell a surname; one without its marks only if the whole message lacks marks or no other word is like it."""
    word = raw.lower()
    return word in _MARKED or (word.isascii() and (word in _CLEAR or (bare and word in _FOLDED)))


def may_introduce(text: str, shadow: str) -> bool:
    """Tell whether any introduction stands before a surname; what `find_names` needs at least."""
    if EXPLAINED_HINT.search(shadow) or GIVEN_NAME.search(shadow):
        return True
    bare = _is_bare(text)
    hints = NAME_HINT.finditer(shadow)
    return any(_is_surname(text[hint.start("surname") : hint.end("surname")], bare) for hint in hints)


def _is_bare(text: str) -> bool:
    """Tell a message typed without marks."""
    return sum(char.isalpha() and not char.isascii() for char in text) <= _STRAY_MARKS


def _is_middle(raw: str) -> bool:
    word = raw.lower()
    return word in _MIDDLES or (word.isascii() and word in _FOLDED_MIDDLES)


def _name_end(text: str, shadow: str, start: int, titled: bool) -> tuple[int, list[str]]:
    """Read a name from its surname on; give its end and its words as typed."""
    words: list[str] = []
    end = start
    for match in run_from(shadow, start, 5 if titled else 4):
        raw = text[match.start() : match.end()]
        due = len(words) == 2 and fold(words[1]) in ("van", "thi") and raw.isascii()  # a given name must follow
        if words and (is_place_word(shadow, match) or not is_nameable(raw)):
            break
        if words and not due and (ends_capitals(raw) if titled else is_stop(raw)):
            break
        words.append(raw)
        end = match.end()
    return end, words


def _is_introduced(text: str, shadow: str, start: int, end: int, words: list[str], titled: bool) -> bool:
    """Weigh how a run of words is introduced against how sure it is that it is a name."""
    before = shadow[max(0, start - _REACH) : start]
    middle = _is_middle(words[1])
    clear = titled or fold(words[0]) in _CLEAR or not words[0].isascii()
    if _STRONG_END.search(before):
        return clear or middle or (len(words) >= 3 and words[0].lower() in _LIKELY)
    if _WEAK_END.search(before):
        return clear or middle
    if _TITLE_END.search(text[max(0, start - _REACH) : start]):
        return titled or (clear and middle)
    if _FOR_END.search(before):
        return clear and middle
    if aside := _ASIDE_END.search(before):
        return (titled and len(words) >= 3) or bool(clear and middle and aside["sign"])
    return _EXPLAINED.match(shadow, end) is not None and (titled or fold(words[0]) in _CLEAR)


def _is_titled(text: str, shadow: str, start: int) -> bool:
    first_two = [text[match.start()].isupper() for match in run_from(shadow, start, 2)]
    return len(first_two) == 2 and all(first_two)


def find_names(text: str, shadow: str) -> Iterator[tuple[int, int]]:
    """Yield the introduced names; the words that introduce them stay.

    A surname of the list must begin the name. Where the word has no marks and could be another word
    ("ho", "le", "do"), a middle name (Văn, Thị ...), a capital or "tên" must speak for it.
    """
    shouting, bare = is_shouting(text), _is_bare(text)
    reached = run_start = run_end = 0
    for match in WORD.finditer(shadow):
        raw = text[match.start() : match.end()]
        if match.start() < reached or not _is_surname(raw, bare):
            continue
        titled = not shouting and _is_titled(text, shadow, match.start())
        end, words = _name_end(text, shadow, match.start(), titled)
        if len(words) < 2 or fold(" ".join(words)) in _NOT_PERSONS:
            continue
        if match.start() >= run_end:
            run_start = match.start()  # "Võ Hoàng Yến": two surnames, and only one of them is seen as introduced
        run_end = max(run_end, end) if titled else 0
        if _is_introduced(text, shadow, match.start(), end, words, titled):
            reached = end
            yield run_start, end
    if not shouting:
        yield from _given_names(text, shadow)


def _given_names(text: str, shadow: str) -> Iterator[tuple[int, int]]:
    for intro in GIVEN_NAME.finditer(shadow):
        end = intro.end()
        for match in run_from(shadow, intro.end(), 3):
            raw = text[match.start() : match.end()]
            if (
                not raw[:1].isupper()
                or raw.isupper()
                or is_stop(raw)
                or is_place_word(shadow, match)
                or not is_nameable(raw)
            ):
                break
            end = match.end()
        if end > intro.end():
            yield intro.end(), end
