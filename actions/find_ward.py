"""Old ward -> present ward, and where its dossiers are taken in."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rasa_sdk.interfaces import Action, Tracker

from faq.locality.locality import our_locality
from faq.locality.wards import WardMatch, find_old_wards, present_province

_MOST_LINES = 4  # more do not fit into the 600 characters of an answer (DESIGN section 6)
_OFFICE = "Trung tâm Phục vụ hành chính công"
_ASK = "Bác cho trợ lý biết tên phường, xã cũ (ví dụ: phường 7, Vũng Tàu)."
_ASK_AGAIN = (
    "Trợ lý chưa tìm thấy tên đó trong các xã, phường của {former}. Bác xem lại giấy tờ rồi viết đủ phường hay xã, "
    "tên, và huyện, thành phố cũ (ví dụ: phường 7, Vũng Tàu). Bác cũng có thể hỏi trung tâm xã, phường nơi bác ở."
)


class ActionFindWard(Action):
    """Answers what became of a ward; asks for its name when the message holds none."""

    def name(self) -> str:
        """Name in domain and rules (see parent class)."""
        return "action_find_ward"

    async def run(self, dispatcher: Any, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        """Utter the present wards or the question (see parent class)."""
        state = (tracker.latest_message.get("faq") or {}).get("state") or {}
        was_asked = state.get("awaiting") == "ward"
        matches = _find(tracker.latest_message.get("text") or "", was_asked)
        if matches:
            custom = {"outcome": "answered", "reason": "ward"}
            dispatcher.utter_message(text=ward_text(matches), json_message=custom)
        else:
            text = _ASK_AGAIN.format(former=our_locality().former_name) if was_asked else _ASK
            custom = {"outcome": "clarified", "reason": "ward_unknown", "awaiting": "ward"}
            dispatcher.utter_message(text=text, json_message=custom)
        return []


def _find(text: str, was_asked: bool) -> list[WardMatch]:
    """Find wards; a bare number answers our question for the ward."""
    matches = find_old_wards(text)
    if not matches and was_asked and text.strip()[:1].isdigit():
        return find_old_wards(f"phường {text.strip()}")
    return matches


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
