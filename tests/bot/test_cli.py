"""The `troly` command as its users call it: output, exit codes, one clear line for each fault."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bot.cli import main
from faq.clock import now
from faq.db import connect, migrate
from faq.desk.ledger import Received, Verdict, close, record
from faq.desk.outcomes import Outcome
from faq.entries.folder import read_content, write_content
from faq.entries.model import make_content
from faq.settings import ROOT

_CONTENT = ROOT / "faq" / "content"
_IDS = ("vneid-quen-mat-khau", "vneid-quen-passcode", "khai-sinh")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A content folder of three items and an empty database."""
    content = read_content(_CONTENT)
    items = [replace(content.items[name], related=()) for name in _IDS]
    write_content(tmp_path / "content", make_content(items))
    for name in ("facts.yml", "locality.yml"):
        shutil.copyfile(_CONTENT / name, tmp_path / "content" / name)
    monkeypatch.setenv("TROLY_CONTENT", str(tmp_path / "content"))
    monkeypatch.setenv("TROLY_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'troly.db'}")
    return tmp_path


def _entry(place: Path) -> Path:
    return place / "content" / "entries" / "vneid" / "vneid-quen-mat-khau.yml"


class TestCheck:
    """`troly faq check` names file, line and remedy."""

    def test_refuses_a_fault_with_its_place(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = _entry(place)
        text = path.read_text("utf-8").replace("confidence: ", "confidence: rất ")
        path.write_text(text, "utf-8")

        assert main(["faq", "check"]) == 1
        line = next(line for line in capsys.readouterr().out.splitlines() if "confidence" in line)
        number = int(line.split(":")[1])
        assert line.startswith(str(path))
        assert "rất" in text.splitlines()[number - 1]
        assert "use cao, vừa, thấp" in line

    def test_a_file_that_is_no_yaml_is_named(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        _entry(place).write_text("id: [", "utf-8")
        assert main(["faq", "check"]) == 1
        assert "vneid-quen-mat-khau.yml:1: not valid YAML" in capsys.readouterr().out

    def test_an_id_that_differs_from_its_file_is_refused(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        _entry(place).rename(_entry(place).with_name("vneid-khac.yml"))
        assert main(["faq", "check"]) == 1
        assert "move the file or mend its id" in capsys.readouterr().out


class TestContent:
    """seed, export, import, stats."""

    def test_seed_then_export_changes_no_byte(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["faq", "seed"]) == 0
        assert main(["faq", "export"]) == 0
        assert capsys.readouterr().out.splitlines() == ["Đã nạp 3 mục.", "Đã ghi 0 tệp thay đổi."]

    def test_import_takes_a_changed_file(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        main(["faq", "seed"])
        path = _entry(place)
        path.write_text(path.read_text("utf-8").replace("label: Quên mật khẩu", "label: Quên mật mã"), "utf-8")

        assert main(["faq", "import"]) == 0
        assert "Đổi: 1. Giữ nguyên: 2." in capsys.readouterr().out

    def test_stats_counts_what_is_there(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["faq", "stats", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert (found["entries"], found["procedures"]) == (2, 1)
        assert found["by_topic"] == {"thu-tuc": 1, "vneid": 2}
        assert found["variants"] > 60
        assert found["negatives"] >= 120


class TestUnanswered:
    """list and export of what failed."""

    @pytest.fixture
    def asked(self, place: Path) -> str:
        """One question without an answer that would be a formula in a spreadsheet."""
        engine = connect(f"sqlite:///{place / 'troly.db'}")
        migrate(engine)
        text = '=HYPERLINK("http://x") nộp ở đâu'
        number = record(engine, Received("web", "e-1", "s" * 64, "text", text, None, now()))
        assert number is not None
        close(engine, number, Verdict(Outcome.NO_CONTENT, "low_probability"), [{"text": "chưa biết"}], now())
        return text

    def test_list_shows_it(self, asked: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["unanswered", "list"]) == 0
        assert asked in capsys.readouterr().out

    def test_workbook_holds_it_as_text(self, asked: str, place: Path) -> None:
        assert main(["unanswered", "export", str(place / "out.xlsx")]) == 0
        cells = [cell for row in load_workbook(place / "out.xlsx").active.iter_rows() for cell in row]
        assert [cell.data_type for cell in cells if cell.value == asked] == ["s"]

    def test_csv_opens_with_its_marks_and_is_no_formula(self, asked: str, place: Path) -> None:
        assert main(["unanswered", "export", str(place / "out.csv")]) == 0
        data = (place / "out.csv").read_bytes()
        assert data.startswith(b"\xef\xbb\xbf")
        assert "'=HYPERLINK" in data.decode("utf-8-sig")

    def test_another_ending_is_refused_in_one_line(
        self, asked: str, place: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["unanswered", "export", str(place / "out.pdf")]) == 1
        assert ".xlsx" in capsys.readouterr().err


class TestMask:
    """`troly mask` shows text and kinds."""

    def test_json(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["mask", "--json", "sdt toi 0903 123 456, phí 20.000 đồng"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["kinds"] == ["phone"]
        assert "0903" not in found["text"]
        assert "20.000 đồng" in found["text"]

    def test_batch_keeps_ids_and_order(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        rows = [{"id": 1, "text": "chào"}, {"id": "b", "text": "mail a@b.vn"}]
        (place / "in.jsonl").write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
        assert main(["mask", "--batch", str(place / "in.jsonl")]) == 0
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [(row["id"], row["kinds"]) for row in found] == [(1, []), ("b", ["email"])]


class TestFaults:
    """Every fault is one line that names the remedy, without a traceback."""

    def test_no_snapshot_yet(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["ask", "quên mật khẩu"]) == 1
        assert "run `troly train`" in capsys.readouterr().err

    def test_a_broken_batch_line(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (place / "in.jsonl").write_text('{"id": 1, "text": "a"}\nnot json\n', "utf-8")
        assert main(["mask", "--batch", str(place / "in.jsonl")]) == 1
        assert "line 2" in capsys.readouterr().err

    def test_a_missing_file(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["ask", "--batch", str(place / "none.jsonl")]) == 1
        assert "none.jsonl" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("TROLY_PORT", "abc", "TROLY_PORT"),
            ("TROLY_PORT", "70000", "1 to 65535"),
            ("TROLY_RATE_PER_MINUTE", "0", "above 0"),
            ("TROLY_PROT", "1", "unknown setting TROLY_PROT"),
            ("DATABASE_URL", "mysql://x", "DATABASE_URL"),
        ],
    )
    def test_a_bad_setting(
        self,
        place: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        name: str,
        value: str,
        said: str,
    ) -> None:
        monkeypatch.setenv(name, value)
        assert main(["faq", "stats"]) == 1
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1
