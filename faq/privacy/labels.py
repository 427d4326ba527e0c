"""Words that say what the number behind them is ("cmnd của tôi là ..."), and which one is nearest."""

import re
from bisect import bisect_right

REACH = 40  # characters between a label and its number: "stk vietcombank chi nhánh vũng tàu của em là "
DIRECT = 14  # characters: " của tôi là: "

NO_LABEL = "none"  # words that claim a number for something that is not personal
# Group -> phrases in the shadow. The nearest label in front of a number decides, so a fee word
# between "stk" and a number takes the number away from "stk".
PHRASES = {
    # First, because "tk vneid" is no bank account.
    NO_LABEL: (
        "(?:tk|tai khoan) (?:vneid|dinh danh|dich vu cong|dvc)|dinh danh (?:dien tu|muc)|"
        "le phi|phi|tien|gia|bi tru|tru|loi|luat|nghi dinh|nd|thong tu|quyet dinh|qd|cong van|thu tuc|ma giao dich"
    ),
    "id": (
        "cccd|ccd|cmnd|cmtnd|cmt|cmnn|can cuoc(?: cong dan)?|cancuoc|chung minh(?: thu| nhan dan)?|"
        "so dinh danh|dinh danh ca nhan|giay to tuy than"
    ),
    "phone": (
        "sdt|dtdd|dt|so dt|dien thoai|dthoai|phone|tel|mobile|di dong|zalo|viber|hotline|lien he|lien lac|"
        "lh|goi|alo|so may"
    ),
    "bank": (
        "stk|tk|tai khoan|so the|the atm|atm|ngan hang|bank|vietcombank|vcb|agribank|bidv|vietinbank|ctg|techcombank|"
        "tcb|mbbank|mb|acb|sacombank|vpbank|tpbank|vib|hdbank|shb|scb|ocb|msb|lpbank|seabank|eximbank|momo"
    ),
    "tax": "mst|ma so thue|ma thue|msthue",
    "insurance": "bhxh|bhyt|bhtn|bao hiem(?: xa hoi| y te)?|so bh|the bh",
    "passport": "ho chieu|hochieu|passport",
    "plate": "bien so|bien kiem soat|bks|bsx|bien xe",
    "dossier": "(?:ma )?so ho so|ma ho so|ma hs|so hs|mhs|bien nhan|ma tra cuu|giay hen",
    "secret": (
        "otp|mat khau|matkhau|mk|password|passcode|pass|ma pin|pin|ma xac (?:thuc|nhan|minh)|"
        "ma bao mat|ma kich hoat|mat ma"
    ),
}
LABEL = re.compile(
    "(?<![a-z0-9])(?:" + "|".join(f"(?P<{group}>{phrases})" for group, phrases in PHRASES.items()) + ")(?![a-z])"
)


class Labels:
    """The labels of one message, in order, to ask for the one that owns a number."""

    def __init__(self, shadow: str) -> None:
        found = [(match.end(), match.lastgroup or NO_LABEL) for match in LABEL.finditer(shadow)]
        self._ends = [end for end, _ in found]
        self._groups = [group for _, group in found]

    def owner(self, start: int) -> tuple[str, int]:
        """Name the nearest label in front of ``start`` and its distance in characters.

        Returns:
            Group and distance; (`NO_LABEL`, 0) when no label is within `REACH`.
        """
        place = bisect_right(self._ends, start) - 1
        if place < 0 or start - self._ends[place] > REACH:
            return NO_LABEL, 0
        return self._groups[place], start - self._ends[place]
