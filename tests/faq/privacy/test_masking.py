"""Properties of masking: stable, aligned, normalised, and never cut short by the prefilter."""

import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.privacy import addresses, names, phrases
from faq.privacy.engine import analyse
from faq.privacy.kinds import KEEP, PLACEHOLDERS
from faq.privacy.masking import Finding, Masked, mask
from faq.privacy.prefilter import may_hold_personal_data
from faq.privacy.recognisers import RULES
from faq.privacy.shadow import shadow
from faq.text.canonical import canonical

_LABELS = (
    (
        "cccd cmnd sđt số_tài_khoản stk mst bhxh hộ_chiếu biển_số mã_hồ_sơ otp mật_khẩu_là passcode sinh_ngày sn "
        "số_nhà nhà_ở đường hẻm tổ họ_tên: tôi_tên_là em_là ông bà phí đồng lỗi vcb ngân_hàng Nguyễn Văn thi hoa "
        "le ho do Lê Lợi phường 7 gọi ở tại"
    )
    .replace("_", "\u00a0")
    .split()
)
_WORDS = st.sampled_from([label.replace("\u00a0", " ") for label in _LABELS])
_NUMBERS = st.from_regex(r"[0-9]([ .\-]?[0-9]){3,14}|\d{1,3}/\d{1,4}(/\d{4})?|[A-Za-z]{1,2}-?\d{4,9}", fullmatch=True)
_HELD = st.sampled_from([*PLACEHOLDERS.values(), "[", "]", "0903123456", "079190001234", "nguyen van a", "12/5"])
_MESSAGES = st.lists(_WORDS | _NUMBERS | _HELD, min_size=1, max_size=10).flatmap(
    lambda parts: st.sampled_from([" ", "", ", ", ": ", "\n"]).map(lambda glue: canonical(glue.join(parts)))
)
# Pieces of the messages of masked.yml, cut anywhere: most of what is left barely is, or barely is not, a finding.
_CASES = yaml.safe_load((Path(__file__).parent / "masked.yml").read_text(encoding="utf-8"))
_TEXTS = [canonical(text) for cases in _CASES.values() for text, _ in cases]
_CUTS = st.sampled_from(_TEXTS).flatmap(
    lambda text: st.tuples(st.integers(0, len(text) // 3), st.integers(len(text) // 2, len(text))).map(
        lambda ends: canonical(text[ends[0] : ends[1]])
    )
)
_FINDER_PATTERNS = [
    pattern
    for module in (addresses, names, phrases)
    for pattern in vars(module).values()
    if isinstance(pattern, re.Pattern)
]
_SHAPES = st.sampled_from([rule.pattern for rule in RULES if rule.kind != KEEP] + [p.pattern for p in _FINDER_PATTERNS])
_SHAPED = _SHAPES.flatmap(lambda pattern: st.from_regex(pattern, alphabet=st.characters(max_codepoint=127)))


def _sure(text: str) -> set[str]:
    return {hit.kind for hit in analyse(text)} - {KEEP}


@settings(max_examples=300, deadline=None)
@given(_MESSAGES | st.lists(_CUTS, min_size=1, max_size=4).map(" ".join))
def test_masking_twice_is_masking_once(text: str) -> None:
    """Placeholders are never found again, and nothing becomes visible beside them."""
    once = mask(text)

    assert mask(once.text) == Masked(once.text, ())


@settings(max_examples=300, deadline=None)
@given(_MESSAGES | st.text(max_size=60).map(canonical))
def test_findings_are_aligned_with_the_given_text(text: str) -> None:
    """Replacing the found spans by hand gives the masked text; spans are in order and apart."""
    masked = mask(text)
    pieces, reached = [], 0
    for finding in masked.findings:
        assert reached <= finding.start < finding.end <= len(text)
        pieces += [text[reached : finding.start], PLACEHOLDERS[finding.kind]]
        reached = finding.end

    assert "".join(pieces) + text[reached:] == masked.text


@settings(max_examples=300, deadline=None)
@given(_MESSAGES | st.text(max_size=60).map(canonical))
def test_masked_text_is_still_canonical(text: str) -> None:
    """NFC goes in, NFC comes out, and no second cleaning would change it."""
    masked = mask(text).text

    assert unicodedata.is_normalized("NFC", masked)
    assert canonical(masked) == masked


@settings(max_examples=300, deadline=None)
@given(_CUTS | _MESSAGES | st.tuples(_WORDS, _SHAPED).map(" ".join).map(canonical) | _SHAPED.map(canonical))
def test_prefilter_hides_nothing(text: str) -> None:
    """Where the prefilter says no, the analysis finds nothing."""
    if not may_hold_personal_data(text, shadow(text)):
        assert _sure(text) == set()


def test_prefilter_hides_no_part_of_a_known_message() -> None:
    """Every run of words of every message of masked.yml that the analysis marks passes the prefilter."""
    missed = []
    for text in _TEXTS:
        borders = [0, *(match.end() for match in re.finditer(r"\s+", text)), len(text)]
        parts = {text[start:end].strip() for start in borders for end in borders if start < end}
        missed += [part for part in parts if not may_hold_personal_data(part, shadow(part)) and _sure(part)]

    assert missed == []


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80).map(canonical))
def test_shadow_keeps_every_offset(text: str) -> None:
    """One character stands for one character."""
    assert len(shadow(text)) == len(text)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        pytest.param("Đặng Thị Ấm", "dang thi am", id="marks and capitals"),
        pytest.param("ﬁ ½ 한글", "ﬁ ½ 한글", id="what folds to more than one character stays"),
        pytest.param("٠٩٠٣ 𝟏𝟐", "0903 12", id="digits of other scripts"),
        pytest.param("09o3 o12", "0903 012", id="letter o for zero"),
        pytest.param("a [email] b", "a " + "\x00" * 7 + " b", id="placeholders are blanked"),
    ],
)
def test_shadow_reads_as_expected(typed: str, read: str) -> None:
    """Folding is what patterns rely on."""
    assert shadow(typed) == read


def test_dossier_code_is_kept_for_the_answer_and_masked_at_rest() -> None:
    """The same message twice: with the code for the look-up, without for the ledger."""
    text = "hồ sơ H06.12-241124-0001 của tôi, sđt 0903123456"

    assert mask(text, keep_dossier_codes=True).text == "hồ sơ H06.12-241124-0001 của tôi, sđt [số điện thoại]"
    assert mask(text).text == "hồ sơ [mã hồ sơ] của tôi, sđt [số điện thoại]"
    assert mask(text, keep_dossier_codes=True).kinds == ("phone",)


def test_keeping_dossier_codes_keeps_no_identity_number() -> None:
    """A number that is an identity number is masked even where it is called a dossier code."""
    assert mask("mã hồ sơ 079190001234", keep_dossier_codes=True).text == "mã hồ sơ [số căn cước]"


def test_kinds_are_sorted_and_unique() -> None:
    """Two telephones and an identity number are two kinds."""
    masked = mask("0903123456, 0773123456, cccd 077085004321")

    assert masked.kinds == ("national_id", "phone")
    assert masked.findings[0] == Finding("phone", 0, 10)


def test_every_kind_has_a_rule_or_a_finder() -> None:
    """No placeholder stands in the table that nothing produces."""
    produced = {rule.kind for rule in RULES} | {"secret", "birth_date", "name", "address"}

    assert produced - {KEEP} == set(PLACEHOLDERS)


def test_presidio_is_not_imported_for_an_ordinary_question() -> None:
    """The import costs over a second; a process that never meets personal data never pays it."""
    code = (
        "import sys; from faq.privacy.masking import mask; mask('làm căn cước ở phường 7 cần gì, phí bao nhiêu');"
        "print('presidio_analyzer' in sys.modules); mask('sđt 0903123456'); print('presidio_analyzer' in sys.modules)"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.split() == ["False", "True"]
