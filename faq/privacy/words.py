"""Words that end a name or a street name, and how a run of words is read."""

import re
from collections.abc import Iterator

from faq.text.syllables import fold, is_syllable, tone_key

WORD = re.compile(r"(?<![a-z])[a-z]+(?![a-z0-9])")

# What follows a name in a sentence of a resident. Words that are also common given names
# (Hoa, Lan, Nam, Minh, An, Bình ...) are not here.
_STOPS = (
    "muốn cần làm hỏi bị mất nộp xin đăng đang ký không khong ko k hok chưa được dc đc cho với và là có ở tại số "
    "sđt sdt cccd cmnd stk mst sinh sn roi rồi thì mà nên đã sẽ phải ra vào lên xuống đi về từ đến gì ai sao nào "
    "này đó đây kia cũng nhờ giúp quên đổi cấp lại sai nhầm khác trước sau nhập mật khẩu tài khoản hồ sơ giấy tờ "
    "thủ tục phí tiền đồng nhà đường phường xã quận huyện tỉnh tp tổ ấp khu phố thôn hẻm ngõ trên dưới trong "
    "ngoài khi nếu vì tôi tui mình vừa mới hiện còn chỉ định gửi nhận xem tra cứu hay hoặc ơi ạ nhé nha nhe vậy "
    "zậy rứa máy chữ công trường cơ quan tuổi của theo như để chồng vợ mẹ cha con cháu ông bà bác cô chú nghèo "
    "thường trú tạm thay nhiêu cao thấp quá đúng ngày tháng năm giờ người nơi lần bản bộ loại do bởi nợ hết "
    "trùng thiếu thừa dùng trực tuyến dây truyền nhánh miền kết nối tắt ấy họ tên dân chức hộ"
)
_MARKED_STOPS = frozenset(_STOPS.split())
# Folded stops leave out what is a common name or middle name without marks.
_NAMES_WITHOUT_MARKS = frozenset(
    "minh anh nam thanh hoa lan an binh thi cong mai do ha ho lam dong quan truong bao thu ky duong dang son "
    "tri hien truc chi vi loan tien khai kha tu thuong phuong dinh cao nhu ngoai thoi thuy duc huong".split()
)
_FOLDED_STOPS = frozenset(fold(word) for word in _MARKED_STOPS) - _NAMES_WITHOUT_MARKS
# In a run of capitals only these end a name: in "Số 4 Phạm Văn Đồng" the last word is no money.
_CAPITAL_STOPS = frozenset(
    "phường xã quận huyện tỉnh tp ấp khu đường hẻm muốn cần ở có bị hỏi xin sinh làm là tại và".split()
)
# Never part of a name, however it is written.
_PLACES = frozenset("phuong quan xa to ap khu so duong hem tp huyen p q f kp".split())


def is_shouting(text: str) -> bool:
    """Tell a message in capitals, where a capital says nothing about names."""
    letters = [char for char in text if char.isalpha()]
    return len(letters) >= 4 and sum(char.isupper() for char in letters) > 0.6 * len(letters)


def is_stop(raw: str) -> bool:
    """Tell a word that ends a name; a word without marks also when it could carry them."""
    word = raw.lower()
    return word in _MARKED_STOPS or (word.isascii() and not raw[:1].isupper() and word in _FOLDED_STOPS)


def ends_capitals(raw: str) -> bool:
    """Tell a word that ends a run of capitalised words."""
    return not raw[:1].isupper() or raw.lower() in _CAPITAL_STOPS


def is_nameable(raw: str) -> bool:
    """Tell a word that can be a syllable of a Vietnamese name, or the single letter of an example."""
    word = raw.lower()
    return (len(word) == 1 and word not in "koe") or is_syllable(tone_key(word))


def is_place_word(shadow: str, match: "re.Match[str]") -> bool:
    """Tell "phường 7", "tổ 5": a word of places with its number."""
    return match.group() in _PLACES and shadow[match.end() : match.end() + 2].strip(" .")[:1].isdecimal()


def run_from(shadow: str, start: int, most: int) -> Iterator["re.Match[str]"]:
    """Yield up to ``most`` words from ``start`` on, as long as one blank separates them."""
    match = WORD.match(shadow, start)
    while match and most:
        yield match
        most -= 1
        end = match.end()
        match = WORD.match(shadow, end + 1) if shadow[end : end + 1] == " " else None
