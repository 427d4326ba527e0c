"""The desk's list as a file for Excel, harmless whatever a resident wrote (faults.md 36)."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from faq.clock import VIET_NAM
from faq.desk.ledger import Unanswered
from faq.desk.outcomes import LABELS
from faq.errors import FaqError

HEADERS = ("Thời gian", "Kênh", "Câu hỏi", "Kết quả", "Lý do", "Gợi ý gần nhất")
_WIDTHS = (17, 10, 70, 22, 22, 45)  # characters
# Excel takes such a cell for a formula (OWASP "CSV injection", with the full-width forms). Apostrophes before it are
# ours or the resident's; one is added to either, so that removing one gives the text back.
_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
# What XML 1.0 cannot hold; the csv module of Python 3.10 cannot read NUL either.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Excel reads _x0041_ in a cell as "A"; its own escape of the first underscore keeps what was typed.
_EXCEL_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
Cells = Iterator[tuple[str, ...]]


def write_unanswered(rows: Iterable[Unanswered], path: Path) -> int:
    """Write failed messages to a ``.csv`` (UTF-8 with BOM) or ``.xlsx`` file.

    Returns:
        The number of messages.

    Raises:
        FaqError: The suffix is another one, or the file cannot be written.
    """
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise FaqError(f"cannot write {path.name}: give the file a name that ends in .csv or .xlsx")
    try:
        with path.open("wb") as file:
            return write(map(_cells, rows), file)
    except OSError as error:
        raise FaqError(f"cannot write {path}: {error.strerror}; close it in Excel or choose another folder") from error


def _cells(row: Unanswered) -> tuple[str, ...]:
    time = row.received_at.astimezone(VIET_NAM).strftime("%d/%m/%Y %H:%M")
    nearest = "; ".join(f"{name} ({chance:.2f})" for name, chance in row.candidates)
    cells = (time, row.channel, row.text or "", LABELS[row.outcome], row.reason or "", nearest)
    return tuple(_ILLEGAL.sub("", cell) for cell in cells)


def _write_csv(rows: Cells, file: BinaryIO) -> int:
    text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(HEADERS)
    count = 0
    for cells in rows:
        writer.writerow(f"'{cell}" if _FORMULA.match(cell) else cell for cell in cells)
        count += 1
    text.detach()
    return count


def _write_xlsx(rows: Cells, file: BinaryIO) -> int:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Chưa trả lời được")
    sheet.freeze_panes = "A2"
    for letter, width in zip("ABCDEF", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append([_text_cell(sheet, header, bold=True) for header in HEADERS])
    count = 0
    for cells in rows:
        sheet.append([_text_cell(sheet, cell) for cell in cells])
        count += 1
    book.save(file)
    return count


def _text_cell(sheet: Any, text: str, bold: bool = False) -> Any:
    cell = WriteOnlyCell(sheet, _EXCEL_ESCAPE.sub("_x005F_", text.replace("\r\n", "\n").replace("\r", "\n")))
    cell.data_type = "s"  # else openpyxl stores what begins with = as a formula
    cell.quotePrefix = bool(_FORMULA.match(text))  # and Excel keeps it a text when somebody edits the cell
    if bold:
        cell.font = Font(bold=True)
    return cell


_WRITERS: dict[str, Callable[[Cells, BinaryIO], int]] = {".csv": _write_csv, ".xlsx": _write_xlsx}
