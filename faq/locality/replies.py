"""What the assistant says about places and persons to turn to; the actions and `troly ask` share it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from faq.locality.locality import Hotline, Locality, is_open, our_locality
from faq.locality.ward_names import WardMatch
from faq.locality.wards import find_old_wards, present_province

_LONGEST = 600  # characters of one answer (DESIGN section 6)
_MOST_LINES = 4  # wards of one answer; more do not fit
_OFFICE = "Trung tâm Phục vụ hành chính công"
_ASK = "Bác cho trợ lý biết tên phường, xã cũ (ví dụ: phường 7, Vũng Tàu)."
_ASK_AGAIN = (
    "Trợ lý chưa tìm thấy tên đó trong các xã, phường của {former}. Bác xem lại giấy tờ rồi viết đủ phường hay xã, "
    "tên, và huyện, thành phố cũ (ví dụ: phường 7, Vũng Tàu). Bác cũng có thể hỏi trung tâm xã, phường nơi bác ở."
)


@dataclass(frozen=True)
class CommandReply:
    """What an action says and how the message ends.

    Attributes:
        awaiting: What the next message is expected to hold; "" for nothing.
    """

    text: str
    outcome: str
    reason: str
    awaiting: str = ""


def handoff_reply(entry: str, moment: datetime) -> CommandReply:
    """Say whom to call.

    Args:
        entry: Id of the entry answered last, "" for none.
        moment: Now, to say whether a line is open.
    """
    return CommandReply(handoff_text(our_locality(), entry, moment), "handoff", "asked")


def ward_reply(text: str, was_asked: bool = False) -> CommandReply:
    """Say what became of the wards a message names, or ask for the name.

    Args:
        text: The message.
        was_asked: The last reply asked for the ward; a bare number answers that.
    """
    matches = find_old_wards(text)
    if not matches and was_asked and text.strip()[:1].isdigit():
        matches = find_old_wards(f"phường {text.strip()}")
    if matches:
        return CommandReply(ward_text(matches), "answered", "ward")
    again = _ASK_AGAIN.format(former=our_locality().former_name) if was_asked else _ASK
    return CommandReply(again, "clarified", "ward_unknown", "ward")


def handoff_text(locality: Locality, entry: str, now: datetime) -> str:
    """Word the hotlines: the one whose id begins the id of the entry answered last ("" for none), else the first."""
    first = next((line for line in locality.hotlines if entry.startswith(f"{line.id}-")), locality.hotlines[0])
    dialled = next((line for line in locality.hotlines if line.open), None)
    lines = [first] if first.number or dialled is None else [first, dialled]
    parts = ["Trợ lý đã ghi lại ý muốn gặp người hỗ trợ của bác."]
    parts += [_hotline(line, now, is_short=len(lines) > 1) for line in lines]
    return _with_preparation("\n".join(parts), locality.prepare)


def _hotline(line: Hotline, now: datetime, is_short: bool) -> str:
    purpose, _, rest = line.purpose.partition(". ")
    whom = line.number or line.name[:1].lower() + line.name[1:]
    if line.number and not is_short:
        whom += f" ({line.name})"
    details = [line.hours, _state(line, now), f"Cước: {line.cost[:1].lower()}{line.cost[1:]}"]
    if rest and not is_short:
        details.insert(0, rest)
    return f"- {purpose.rstrip('.')}: gọi {whom}. {' '.join(filter(None, details))}"


def _state(line: Hotline, now: datetime) -> str:
    if line.open is None:
        return ""
    return "Bây giờ đang trong giờ đó, trừ ngày lễ." if is_open(line.open, now) else "Bây giờ ngoài giờ đó."


def _with_preparation(text: str, prepare: Sequence[str]) -> str:
    """Add what to prepare, as much of it as one answer holds."""
    kept = list(prepare)
    while kept and len(text) + len(_preparation(kept)) > _LONGEST:
        kept.pop()
    return text + _preparation(kept)


def _preparation(items: Sequence[str]) -> str:
    return f"\nBác chuẩn bị: {'; '.join(item[:1].lower() + item[1:] for item in items)}." if items else ""


def ward_text(matches: Sequence[WardMatch]) -> str:
    """Word the answer for one ward, several wards, or several that bear one name."""
    if len(matches) == 1:
        return _one(matches[0])
    lines = [f"- {match.label}: {_became(match)}." for match in matches[:_MOST_LINES]]
    if max(Counter(match.name for match in matches).values()) > 1:
        lines.insert(
            0, "Có nhiều nơi trùng tên. Bác xem huyện, thành phố cũ ghi trên giấy tờ của mình để chọn dòng đúng."
        )
    if len(matches) > _MOST_LINES:
        lines.append("Nơi còn lại bác hỏi tiếp ở tin nhắn sau.")
    lines.append(f"Bác nộp hồ sơ tại {_OFFICE} của xã, phường mới. {_portal()}")
    return "\n".join(lines)


def _one(match: WardMatch) -> str:
    sentences = [f"{match.label} {_became(match)}."]
    if match.is_district_name:
        sentences.append("Nếu bác ở nơi khác của huyện, thành phố cũ cùng tên, bác nhắn tên xã, phường cũ đó.")
    if len(match.new) == 1:
        sentences.append(f"Bác nộp hồ sơ tại {_OFFICE} {_inside(match.new[0])}.")
    else:
        sentences.append(f"Bác hỏi {_OFFICE} của một trong các nơi đó xem nhà mình thuộc nơi nào.")
    return " ".join([*sentences, _portal()])


def _became(match: WardMatch) -> str:
    day = our_locality().merged_on
    since = f"từ ngày {day.day}/{day.month}/{day.year}"
    if not match.old_district and match.is_new:
        return f"là tên hiện nay, dùng {since}"
    if len(match.new) > 1:
        return f"{since} chia về {', '.join(map(_inside, match.new))}"
    if match.is_new:
        return f"nay vẫn mang tên {_inside(match.new[0])}"
    return f"nay là {_inside(match.new[0])}, {since}"


def _portal() -> str:
    return f"Trên Cổng, bác chọn {present_province()} rồi chọn tên mới. Bác kiểm tra lại tên trên Cổng trước khi nộp."


def _inside(ward: str) -> str:
    """Write a full ward name inside a sentence: ``phường Tam Thắng``."""
    return ward[:1].lower() + ward[1:]
