"""How a message ended: the one list of outcomes, shared by connectors, desk and reports (DESIGN section 4)."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType


class Outcome(str, Enum):
    """The one end of a message; stored by its value."""

    ANSWERED = "answered"
    CLARIFIED = "clarified"
    CHOSEN = "chosen"
    DECLINED = "declined"
    OUT_OF_SCOPE = "out_of_scope"
    NO_CONTENT = "no_content"
    HANDOFF = "handoff"
    SMALL_TALK = "small_talk"
    SAFETY = "safety"
    PERSONAL_DATA = "personal_data"
    FEEDBACK_BAD = "feedback_bad"
    UNSUPPORTED = "unsupported"
    ERROR_NO_REPLY = "error_no_reply"
    ERROR_ACTION = "error_action"
    ERROR_TIMEOUT = "error_timeout"
    ERROR_UNDERSTANDING = "error_understanding"
    ERROR_SEND = "error_send"
    ERROR_STORAGE = "error_storage"

    __str__ = str.__str__  # the value in logs and files, as Python 3.11's StrEnum does


ERRORS = frozenset(outcome for outcome in Outcome if outcome.value.startswith("error_"))
#: What the desk shows: the resident went away without an answer from the checked texts.
FAILED = ERRORS | {
    Outcome.DECLINED,
    Outcome.NO_CONTENT,
    Outcome.FEEDBACK_BAD,
    Outcome.HANDOFF,
    Outcome.OUT_OF_SCOPE,
}
#: What staff read in the console and in exported files.
LABELS: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.ANSWERED: "Đã trả lời",
        Outcome.CLARIFIED: "Đã hỏi lại",
        Outcome.CHOSEN: "Đã chọn gợi ý",
        Outcome.DECLINED: "Không chọn gợi ý nào",
        Outcome.OUT_OF_SCOPE: "Ngoài phạm vi",
        Outcome.NO_CONTENT: "Chưa có nội dung",
        Outcome.HANDOFF: "Chuyển tổng đài",
        Outcome.SMALL_TALK: "Xã giao",
        Outcome.SAFETY: "An toàn",
        Outcome.PERSONAL_DATA: "Dữ liệu cá nhân",
        Outcome.FEEDBACK_BAD: "Bị chê",
        Outcome.UNSUPPORTED: "Loại tin không hỗ trợ",
        Outcome.ERROR_NO_REPLY: "Lỗi: không có trả lời",
        Outcome.ERROR_ACTION: "Lỗi: máy chủ hành động",
        Outcome.ERROR_TIMEOUT: "Lỗi: quá giờ",
        Outcome.ERROR_UNDERSTANDING: "Lỗi: phần hiểu câu",
        Outcome.ERROR_SEND: "Lỗi: không gửi được",
        Outcome.ERROR_STORAGE: "Lỗi: cơ sở dữ liệu",
    }
)
