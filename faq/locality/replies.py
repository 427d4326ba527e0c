"""What the assistant says about places and persons to turn to; the actions and `troly ask` share it."""

from collections.abc import Sequence
from datetime import datetime

from faq.clock import now
from faq.locality.locality import Hotline, Locality, our_locality
from faq.locality.wards import WardMatch, find_old_wards

_MOST_WARDS = 4
_ASK_WARD = "Bác cho trợ lý biết tên phường, xã cũ, ví dụ: phường 7, Vũng Tàu."
_DELETED = "Trợ lý đã xóa tin nhắn của bác. Chỉ còn lại con số đếm, không gắn với ai."


def handoff_reply(locality: Locality, moment: datetime) -> str:
    """Say whom to call, when, at what cost, and what to have at hand."""
    lines = ["Trợ lý đã ghi lại là bác cần gặp người. Bác gọi:"]
    lines += [_hotline_line(line, locality, moment) for line in locality.hotlines if line.number]
    lines += [f"Hỏi về hồ sơ đã nộp: gọi {locality.hotlines[0].name[0].lower()}{locality.hotlines[0].name[1:]}."]
    prepare = "; ".join(item[0].lower() + item[1:] for item in locality.prepare)
    lines += [f"Bác chuẩn bị sẵn: {prepare}.", "Đừng đọc mật khẩu, passcode, mã OTP cho ai."]
    return "\n".join(lines)


def _hotline_line(line: Hotline, locality: Locality, moment: datetime) -> str:
    state = ""
    if line.open:
        state = " (đang trong giờ)" if line in locality.open_hotlines(moment) else " (đang ngoài giờ)"
    return f"- {line.number}{state}: {line.purpose} {line.hours} {line.cost}"


def ward_reply(matches: Sequence[WardMatch]) -> str:
    """Say what became of the wards a message names; asks for the name when none was found."""
    if not matches:
        return _ASK_WARD
    lines = [_ward_line(match) for match in matches[:_MOST_WARDS]]
    if len(matches) > _MOST_WARDS:
        lines.append("Còn nơi khác cùng tên. Bác gõ thêm tên huyện, thành phố cũ giúp trợ lý.")
    lines.append(
        "Giấy tờ ghi tên cũ vẫn dùng được. Bác nộp hồ sơ ở Trung tâm Phục vụ hành chính công của xã, phường mới."
    )
    return "\n".join(lines)


def _ward_line(match: WardMatch) -> str:
    if match.is_new and not match.old_district:
        return f"{match.old} là tên hiện nay, thuộc TP. Hồ Chí Minh từ 1/7/2025."
    new = " hoặc ".join(match.new)
    more = " (nơi cũ chia ra, bác hỏi khu phố, ấp để biết chắc)" if len(match.new) > 1 else ""
    return f"{match.label} nay thuộc {new}{more}, TP. Hồ Chí Minh."


def deleted_reply() -> str:
    """Confirm a deletion."""
    return _DELETED


def command_reply(intent: str, text: str) -> str | None:
    """Give what the action behind an intent says; None for intents without an action."""
    if intent == "handoff":
        return handoff_reply(our_locality(), now())
    if intent == "find_ward":
        return ward_reply(find_old_wards(text))
    return deleted_reply() if intent == "confirm" else None
