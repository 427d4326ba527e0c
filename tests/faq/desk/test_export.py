"""Exported files hold what residents wrote, as text, whatever they wrote."""

import csv
import re
import zipfile
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from faq.desk.export import HEADERS, write_unanswered
from faq.desk.ledger import Unanswered
from faq.desk.outcomes import Outcome
from faq.errors import FaqError

_ATTACKS = [
    "=1+1",
    "+84",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    '=HYPERLINK("http://x","y")',
    "=cmd|' /C calc'!A0",
    "＝1+1",
    "'=1",
    "''=1",
    "=",
    "-",
]
_ODD = [
    "Đăng ký khai sinh, phí?",
    'nói "thế"',
    "dòng 1\ndòng 2",
    "a;b\tc",
    " đầu và cuối ",
    "_x0041_",
    "👨‍👩‍👧",
    "<b>&amp;",
    "'",
    "",
    "0123",
    "1e5",
    "TRUE",
    "#N/A",
]
_TEXTS = st.text(max_size=60) | st.builds("".join, st.tuples(st.sampled_from("=+-@\t\r\n'＝"), st.text(max_size=20)))


def _row(text: str | None, outcome: Outcome = Outcome.DECLINED, reason: str | None = None) -> Unanswered:
    noon = datetime(2026, 11, 24, 5, 7, tzinfo=timezone.utc)
    return Unanswered(7, noon, "zalo", text, outcome, reason, None, (("nop-ho-so", 0.4567), ("vneid", 0.1)))


def _read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def _read_xlsx(path: Path) -> list[list[str]]:
    cells = [list(row) for row in openpyxl.load_workbook(path).worksheets[0].iter_rows()]
    assert {cell.data_type for row in cells for cell in row if cell.value is not None} == {"s"}
    return [[unescape(cell.value or "") for cell in row] for row in cells]


_READERS: dict[str, Callable[[Path], list[list[str]]]] = {".csv": _read_csv, ".xlsx": _read_xlsx}
both = pytest.mark.parametrize("suffix", [".csv", ".xlsx"])


def _legal(text: str) -> str:
    return "".join(
        c for c in text if c in "\t\n\r" or " " <= c < "\ud800" or (c > "\udfff" and c not in "\ufffe\uffff")
    )


def _from_csv(cell: str) -> str:
    """Undo the apostrophe as `docs` tell whoever reads the file with a program."""
    return cell[1:] if re.match("'+[=+\\-@\t\r\n＝＋－＠]", cell) else cell


@both
def test_says_when_where_what_and_why_in_vietnamese(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"desk{suffix}"
    assert write_unanswered([_row("cho hỏi phí", reason="unsure")], path) == 1
    header, row = _READERS[suffix](path)
    assert header == ["Thời gian", "Kênh", "Câu hỏi", "Kết quả", "Lý do", "Gợi ý gần nhất"] == [*HEADERS]
    assert row == [
        "24/11/2026 12:07",
        "zalo",
        "cho hỏi phí",
        "Không chọn gợi ý nào",
        "unsure",
        "nop-ho-so (0.46); vneid (0.10)",
    ]


@both
def test_an_empty_desk_is_a_file_with_headers(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"desk{suffix}"
    assert write_unanswered([], path) == 0
    assert _READERS[suffix](path) == [[*HEADERS]]


@both
def test_a_removed_text_is_an_empty_cell(tmp_path: Path, suffix: str) -> None:
    write_unanswered([_row(None)], tmp_path / f"desk{suffix}")
    assert _READERS[suffix](tmp_path / f"desk{suffix}")[1][2] == ""


def test_excel_sees_that_a_csv_is_utf8(tmp_path: Path) -> None:
    write_unanswered([_row("lệ phí")], tmp_path / "desk.csv")
    assert (tmp_path / "desk.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("text", _ATTACKS, ids=repr)
def test_no_cell_of_a_csv_begins_like_a_formula(tmp_path: Path, text: str) -> None:
    write_unanswered([_row(text, reason=text)], tmp_path / "desk.csv")
    for cell in (_read_csv(tmp_path / "desk.csv")[1][column] for column in (2, 4)):
        assert cell == f"'{text}"
        assert _from_csv(cell) == text


@pytest.mark.parametrize("text", _ATTACKS, ids=repr)
def test_no_cell_of_a_workbook_is_a_formula(tmp_path: Path, text: str) -> None:
    write_unanswered([_row(text)], tmp_path / "desk.xlsx")
    assert _read_xlsx(tmp_path / "desk.xlsx")[1][2] == text.replace("\r", "\n")
    sheet = zipfile.ZipFile(tmp_path / "desk.xlsx").read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"<f " not in sheet
    cell = openpyxl.load_workbook(tmp_path / "desk.xlsx").worksheets[0]["C2"]
    assert cell.quotePrefix, "a formula would come to life when somebody edits the cell"


@both
@pytest.mark.parametrize("text", _ODD, ids=repr)
def test_harmless_text_is_not_changed(tmp_path: Path, suffix: str, text: str) -> None:
    write_unanswered([_row(text)], tmp_path / f"desk{suffix}")
    assert _READERS[suffix](tmp_path / f"desk{suffix}")[1][2] == text


def test_excel_does_not_read_an_escape_into_what_a_resident_typed(tmp_path: Path) -> None:
    write_unanswered([_row("_x0041_")], tmp_path / "desk.xlsx")
    assert b"_x005F_x0041_" in zipfile.ZipFile(tmp_path / "desk.xlsx").read("xl/worksheets/sheet1.xml")


@both
def test_characters_that_no_file_can_hold_are_left_out(tmp_path: Path, suffix: str) -> None:
    write_unanswered([_row("a\x00b\x0bc\x1fd\ud800e\uffff")], tmp_path / f"desk{suffix}")
    assert _READERS[suffix](tmp_path / f"desk{suffix}")[1][2] == "abcde"


@settings(deadline=None)  # writes files
@given(text=_TEXTS)
@example(text="'=")
@example(text="\r\n=")
def test_any_text_survives_a_csv(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    write_unanswered([_row(text)], path)
    cell = _read_csv(path)[1][2]
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert _from_csv(cell) == _legal(text)


@settings(deadline=None)  # writes files
@given(text=_TEXTS)
@example(text="_x000D_")
def test_any_text_survives_a_workbook(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.xlsx"
    write_unanswered([_row(text)], path)
    assert _read_xlsx(path)[1][2] == _legal(text).replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize("name", ["desk.pdf", "desk", "desk.csv.gz"])
def test_another_kind_of_file_is_refused_with_the_remedy(tmp_path: Path, name: str) -> None:
    with pytest.raises(FaqError, match=r"\.csv or \.xlsx"):
        write_unanswered([_row("a")], tmp_path / name)
    assert not (tmp_path / name).exists()


@both
def test_a_folder_that_is_missing_is_named(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(FaqError, match="nowhere"):
        write_unanswered([_row("a")], tmp_path / "nowhere" / f"desk{suffix}")
