"""Rules for what has a shape of its own: numbers, e-mail addresses, plates, codes, and what must stay.

All patterns read the shadow (lower case, no marks, ASCII digits). No pattern nests an optional
repetition inside a repetition over the same characters, so that each search is close to linear;
tests/faq/privacy/test_speed.py runs every one of them on hostile text.
"""

from collections.abc import Callable
from dataclasses import dataclass

from faq.privacy import checks
from faq.privacy.kinds import KEEP

# A finding counts from THRESHOLD on. Labels add NEAR or DIRECT (labels.py), so WEAK needs a label
# within REACH, FAINT one directly in front, and STRONG none.
THRESHOLD = 0.5
NEAR_BONUS = 0.35
DIRECT_BONUS = 0.55
FAINT = 0.1
WEAK = 0.3
LIKELY = 0.55
STRONG = 0.6
SURE = 0.95
CERTAIN = 1.0

# One separator between two digits: "0903.123.456", "079 190 001 234", "(0254) 385", keycap emoji.
SEP = r"(?: ?[._,)\-\u20e3] ?| )?"
_START, _END = r"(?<!\d)", r"(?!\d)"
_BANKS = (
    "vcb|vietcombank|agribank|bidv|vietinbank|ctg|techcombank|tcb|mb ?bank|mb|acb|sacombank|stb|vpbank|tpbank|vib|"
    "hdbank|shb|scb|ocb|msb|lpbank|seabank|eximbank|momo"
)
_SPOKEN = "(?:khong|mot|hai|ba|bon|tu|nam|lam|sau|bay|tam|chin|linh)"
_MAILERS = "gmail|yahoo|icloud|outlook|hotmail"


def digits(least: int, most: int | None = None) -> str:
    """Give the pattern of ``least`` to ``most`` digits, with at most one separator between two."""
    return rf"\d(?:{SEP}\d){{{least - 1},{(most or least) - 1}}}"


@dataclass(frozen=True)
class Rule:
    """One way to write one kind of personal data.

    Attributes:
        kind: Identifier of `kinds.PLACEHOLDERS`, or `KEEP`.
        pattern: Regular expression on the shadow; the whole match is the value.
        score: Confidence without any label, 0 to 1.
        group: Group of labels that raises the score; empty if none does.
        check: Must accept the match; None accepts all.
    """

    kind: str
    pattern: str
    score: float
    group: str = ""
    check: Callable[[str], bool] | None = None


_EMAIL = (
    Rule("email", r"(?<![a-z0-9._%+\-])[a-z0-9._%+\-]{1,64} ?@ ?[a-z0-9\-]{1,63}(?: ?\. ?[a-z0-9\-]{1,63}){1,4}", SURE),
    Rule(
        "email",
        rf"(?<![a-z0-9._])[a-z0-9._]{{3,64}}(?: ?[(\[]at[)\]] ?| a cong )(?:{_MAILERS})(?: ?\. ?[a-z]{{2,3}}){{0,2}}",
        SURE,
    ),
    # The @ forgotten: "nguyenvanagmail.com"; the name must touch the mailer, or "dang nhap gmail.com" would go.
    Rule("email", rf"(?<![a-z0-9._])[a-z0-9._]{{2,64}}(?:{_MAILERS})\.com(?![a-z])", STRONG),
)
_PHONE = (
    Rule(
        "phone",
        rf"{_START}(?:\(?\+?84\)?{SEP}(?:\(?0\)?{SEP})?|\(?0{SEP})[35789](?:{SEP}\d){{8}}{_END}",
        STRONG,
        "phone",
        checks.is_phone,
    ),
    Rule("phone", rf"{_START}(?:\(?\+?84\)?{SEP}|\(?0{SEP})2(?:{SEP}\d){{9}}{_END}", STRONG, "phone", checks.is_phone),
    # 11-digit mobile numbers of before 2018 still stand on old papers.
    Rule("phone", rf"{_START}01[2689](?:{SEP}\d){{8}}{_END}", STRONG, "phone"),
    Rule("phone", rf"\+{digits(8, 15)}{_END}", STRONG, "phone", checks.is_foreign_phone),
    Rule("phone", rf"{_START}{digits(7, 12)}{_END}", WEAK, "phone", checks.is_plain_number),
)
_IDENTITY = (
    Rule("national_id", rf"{_START}0(?:{SEP}\d){{11}}{_END}", STRONG, "id", checks.is_national_id),
    # With a label also a number with a digit too few or too many: a mistyped one is nearly the real one.
    Rule("national_id", rf"{_START}{digits(10, 14)}{_END}", WEAK, "id", checks.is_plain_number),
    Rule("old_national_id", r"(?<![a-z\d])\d{9}(?![a-z\d])", STRONG, "id", checks.is_old_national_id),
    Rule("old_national_id", rf"{_START}{digits(8, 9)}{_END}", WEAK, "id", checks.is_plain_number),
    # Ordinary, official and diplomatic passports: one letter and 7 or 8 digits (Thông tư 31/2023/TT-BCA).
    Rule("passport", r"(?<![a-z0-9\-])[a-z]\d{7,8}(?![a-z0-9])", STRONG, "passport"),
    Rule("passport", r"(?<![a-z0-9])[a-z]{1,2}[ \-]?\d{6,8}(?![a-z0-9])", WEAK, "passport"),
    Rule("passport", rf"{_START}\d{{8,9}}{_END}", WEAK, "passport", checks.is_plain_number),
)
_NUMBERS = (
    Rule("tax_number", rf"{_START}\d{{10}}(?:-\d{{3}})?{_END}", LIKELY, "tax", checks.is_tax_number),
    Rule("tax_number", rf"{_START}{digits(10)}(?: ?- ?\d{{3}})?{_END}", WEAK, "tax", checks.is_plain_number),
    # Health card: 2 letters, 1 digit benefit, 2 digits province, 10 digits social insurance number
    # (Quyết định 1351/QĐ-BHXH of 2015).
    Rule("insurance_number", rf"(?<![a-z0-9])[a-z]{{2}}{SEP}[1-5](?:{SEP}\d){{12}}{_END}", SURE, "insurance"),
    Rule("insurance_number", rf"{_START}{digits(9, 13)}{_END}", WEAK, "insurance", checks.is_plain_number),
    Rule(
        "bank_account",
        rf"{_START}\d{{4}}[ \-]?\d{{4}}[ \-]?\d{{4}}[ \-]?\d{{4}}(?:[ \-]?\d{{3}})?{_END}",
        STRONG,
        "bank",
        checks.is_card,
    ),
    Rule(
        "bank_account",
        rf"{_START}{digits(6, 19)}(?= ?[\-(,:]? ?(?:(?:tai|nh|ngan hang) )?(?:{_BANKS})(?![a-z]))",
        STRONG,
        "bank",
        checks.is_plain_number,
    ),
    Rule("bank_account", rf"{_START}{digits(8, 19)}{_END}", WEAK, "bank", checks.is_plain_number),
    Rule("bank_account", rf"{_START}{digits(6, 19)}{_END}", FAINT, "bank"),
)
# Thông tư 79/2024/TT-BCA: province 11 to 99, series of one or two letters or a letter and a digit, 4 or 5 digits.
_SERIES = "(?:[a-z][1-9]|[a-z]{2}|[abcefilnrstuvxyz])"
_PLATE = (
    Rule("plate", r"(?<![a-z0-9/.])[1-9]\d ?-? ?[a-z][a-z0-9]?[ \-]{0,3}\d{3}\.\d{2}(?!\d)", SURE, "plate"),
    # A series of one letter that is also a unit (20k 50000, 15h 30000) needs the label.
    Rule("plate", rf"(?<![a-z0-9/.])[1-9]\d ?-?{_SERIES}[ \-.]{{0,3}}\d{{5}}(?!\d)", STRONG, "plate"),
    Rule("plate", rf"(?<![a-z0-9/.])[1-9]\d-?{_SERIES}-\d{{4}}(?!\d)", STRONG, "plate"),
    Rule("plate", r"(?<![a-z0-9/.])[1-9]\d ?-? ?[a-z][a-z0-9]?[ \-.]{0,3}\d{4,5}(?!\d)", WEAK, "plate"),
)
_CODES = (
    # Fact H108: unit, date received (yymmdd), running number: 000.00.12.H06-241124-0001.
    Rule(
        "dossier_code",
        r"(?<![a-z0-9])(?:\d{3}[.\-]\d{2}[.\-]\d{2}[.\-])?[a-z]\d{2}(?:\.\d{1,3}){0,5} ?- ?\d{6} ?- ?\d{3,6}(?!\d)",
        SURE,
        "dossier",
    ),
    Rule(
        "dossier_code",
        r"(?<![a-z0-9])[a-z0-9]{1,12}(?:[.\-][a-z0-9]{1,12}){0,8}(?![a-z0-9])",
        FAINT + 0.1,
        "dossier",
        checks.is_dossier_token,
    ),
    Rule("secret", r"(?<![\d/.,\-])(?<!\d )\d(?: ?\d){5,7}(?! ?\d)", WEAK, "secret"),
    Rule(
        "secret",
        r"(?<![\d/.,\-])\d{3}[ .\-]?\d{3,5}(?![a-z\d/])(?! ?(?:chu so|so|ky tu)(?![a-z]))",
        WEAK,
        "secret",
        checks.is_plain_number,
    ),
    Rule(
        "secret",
        r"(?<![\d/.,\-])(?!(?:19|20)\d\d(?!\d))\d{4,5}(?![a-z\d/.,])(?! ?(?:chu so|so|ky tu)(?![a-z]))",
        FAINT,
        "secret",
    ),
)
# What no rule above knows: a mistyped or foreign number is still somebody's.
_OTHER = (
    Rule("other_number", rf"{_START}\d{{9,24}}{_END}", LIKELY - 0.01, check=checks.is_plain_number),
    Rule("other_number", r"(?<!\d)0\d{2,3}(?:[ .\-]\d{2,4}){2,3}(?!\d)", LIKELY - 0.02),
    Rule(
        "other_number",
        rf"(?<![a-z]){_SPOKEN}(?:[ ,.\-]{{1,2}}{_SPOKEN}){{7,15}}(?![a-z])",
        STRONG,
        check=checks.is_spoken_number,
    ),
)
_KEEP = (
    Rule(KEEP, r"(?<![\d.,/])[1-9]\d{0,2}(?:[.,]\d{3}){1,4} ?(?:d|dong|vnd|usd)(?![a-z])", CERTAIN),
    Rule(KEEP, r"(?<![\d.,/])[1-9]\d{0,2}(?:[.,]\d{3}){1,4}(?!\d)", STRONG),
    Rule(KEEP, r"(?<![\d.,/])[1-9]\d{0,8}(?:000|500) ?(?:d|dong|vnd)(?![a-z])", CERTAIN),
    Rule(KEEP, r"(?<![\d.,/])[1-9]\d{0,7} ?(?:dong|vnd|trieu|nghin|ngan)(?![a-z])", CERTAIN),
    Rule(KEEP, rf"(?<![\d.,/])1[89]00(?:{SEP}\d){{4}}{_END}", 0.8),
    # The ten-digit hotlines look like accounts, so a bank label directly in front outweighs them.
    Rule(KEEP, rf"(?<![\d.,/])1[89]00(?:{SEP}\d){{6}}{_END}", 0.62),
    Rule(KEEP, r"(?<![\d/.\-])\d{1,2}(?:/\d{1,2}/|\.\d{1,2}\.|-\d{1,2}-)(?:19|20)\d{2}(?!\d)", 0.9),
    Rule(KEEP, r"(?<!\d)(?:19|20)\d{2}-\d{2}-\d{2}(?!\d)", 0.9),
    Rule(KEEP, r"(?<![\d/])\d{1,5}/(?:\d{4}/)?[a-z][a-z0-9]*(?:-[a-z0-9]+){0,4}", 0.9),
    Rule(KEEP, r"(?<![\d/])\d{1,4}/(?:19|20)\d{2}(?!\d)", 0.9),
    Rule(KEEP, r"(?<![\d.])[1-9]\.\d{6}(?:\.[a-z0-9]{1,4}){0,6}(?!\d)", 0.9),
    # Links to pages of the State carry document numbers; they lose against a number that is somebody's.
    Rule(KEEP, r"https?://[a-z0-9.\-]{1,80}gov\.vn(?:/[^\s\x00]{0,300})?", LIKELY),
    # So do links to a page of a newspaper ("...-185251110095808943.htm").
    Rule(KEEP, r"https?://[^\s\x00?]{1,300}\.(?:html?|chn|vnp|aspx|pdf)(?![a-z0-9])", LIKELY),
)
RULES = (*_EMAIL, *_PHONE, *_IDENTITY, *_NUMBERS, *_PLATE, *_CODES, *_OTHER, *_KEEP)
