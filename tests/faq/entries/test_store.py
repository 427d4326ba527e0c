"""Publishing writes one revision at a time, keeps history, and never loses newer work."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.engine import Engine

from faq.clock import now
from faq.entries.folder import read_content, write_content
from faq.entries.model import Content, Entry, Item, Procedure, Source, Text, make_content
from faq.entries.store import (
    ImportReport,
    PublishConflict,
    current_revision,
    export_content,
    fill,
    import_content,
    publish,
    read_published,
)
from faq.errors import ContentError
from faq.tables import item as items
from faq.tables import item_version, revision

_DAY = date(2026, 11, 24)


def _text(answer: str) -> Text:
    source = Source("Nghị định 118/2025/NĐ-CP", "Điều 9")
    return Text(answer, "Nói: đúng ạ", ("Bước 1: mở Cổng",), variants=("nộp ở đâu", "nop o dau"), sources=(source,))


def _entry(name: str, answer: str = "Nộp trên Cổng, có phí: 8.000 đồng") -> Entry:
    return Entry(name, "ho-so", "answer", f"Tiêu đề {name}", name, _text(answer), _DAY, _DAY)


_PROCEDURE = Procedure(
    "khai-sinh",
    "Đăng ký khai sinh",
    "Khai sinh",
    "1.001193",
    ("khai sinh",),
    ("làm khai sinh",),
    {"fee": _text("Miễn phí nếu đúng hạn"), "where": _text("UBND phường, xã")},
    _DAY,
    _DAY,
)


def _content(*more: Item) -> Content:
    return make_content([_entry("a"), _entry("b"), _PROCEDURE, *more])


def _rows(engine: Engine, table: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(table).order_by(*table.primary_key)))


def _item(engine: Engine, name: str) -> Any:
    return next(row for row in _rows(engine, items) if row.id == name)


def _at_once(count: int, call: Any) -> list[Any]:
    barrier = threading.Barrier(count)

    def run(number: int) -> Any:
        barrier.wait()
        try:
            return call(number)
        except PublishConflict as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """Give a database with two entries and a procedure, revision 1."""
    fill(engine, _content(), "cài đặt")
    return engine


class TestFill:
    """Files fill an empty database, once."""

    def test_makes_revision_1_of_all_items(self, engine: Engine) -> None:
        assert fill(engine, _content(), "cài đặt") == 3
        assert read_published(engine) == (1, _content())
        assert {(row.state, row.updated_by, row.revision) for row in _rows(engine, items)} == {
            ("published", "tệp:cài đặt", 1)
        }

    def test_does_nothing_when_there_are_items(self, filled: Engine) -> None:
        assert fill(filled, _content(_entry("c")), "cài đặt") == 0
        assert read_published(filled) == (1, _content())

    def test_only_one_of_several_processes_fills(self, engine: Engine) -> None:
        assert sorted(_at_once(4, lambda _: fill(engine, _content(), "cài đặt"))) == [0, 0, 0, 3]
        assert current_revision(engine) == 1

    def test_an_empty_database_has_revision_0_and_nothing(self, engine: Engine) -> None:
        assert current_revision(engine) == 0
        assert read_published(engine) == (0, make_content([]))


class TestPublish:
    """A revision is all or nothing and has one number."""

    def test_makes_the_next_revision_of_changed_new_and_withdrawn_items(self, filled: Engine) -> None:
        assert publish(filled, [_entry("a", "mới"), _entry("c")], ["b"], "lan", "luật mới") == 2
        assert read_published(filled) == (2, make_content([_entry("a", "mới"), _entry("c"), _PROCEDURE]))
        assert (_item(filled, "b").state, _item(filled, "b").updated_by) == ("withdrawn", "lan")
        assert _item(filled, "khai-sinh").revision == 1

    def test_keeps_who_when_why_and_every_version(self, filled: Engine) -> None:
        publish(filled, [_entry("a", "mới")], [], "lan", "luật mới")
        newest = _rows(filled, revision)[-1]
        assert (newest.number, newest.published_by, newest.reason) == (2, "lan", "luật mới")
        versions = [row for row in _rows(filled, item_version) if row.item_id == "a"]
        assert [(row.revision, row.changed_by, "mới" in row.body) for row in versions] == [
            (1, "tệp:cài đặt", False),
            (2, "lan", True),
        ]
        assert versions[1].changed_at == _item(filled, "a").updated_at

    def test_a_withdrawn_item_can_come_back(self, filled: Engine) -> None:
        publish(filled, [], ["a"], "lan", "sai")
        publish(filled, [_entry("a", "đúng")], [], "lan", "đã sửa")
        assert read_published(filled)[1].items["a"] == _entry("a", "đúng")

    def test_publishers_at_once_never_share_a_number(self, filled: Engine) -> None:
        done = _at_once(6, lambda number: publish(filled, [_entry(f"n{number}")], [], "lan", "mới"))
        numbers = [found for found in done if isinstance(found, int)]
        assert len(numbers) == len({*numbers}) >= 1
        assert all("publish again" in str(found) for found in done if isinstance(found, PublishConflict))
        assert sorted(numbers) == [row.number for row in _rows(filled, revision)][1:]
        written = {row.id: row.revision for row in _rows(filled, items) if row.id.startswith("n")}
        assert written == {f"n{place}": found for place, found in enumerate(done) if isinstance(found, int)}

    def test_a_number_taken_meanwhile_is_not_used_again(self, filled: Engine) -> None:
        taken = {"number": 2, "published_at": now(), "published_by": "lan", "reason": ""}
        with ThreadPoolExecutor(1) as pool:
            with filled.begin() as connection:
                connection.execute(insert(revision), taken)
                second = pool.submit(publish, filled, [_entry("a", "mới")], [], "minh", "")
                time.sleep(0.2)
                assert not second.done()
            assert second.result(timeout=3) == 3

    def test_two_publishers_at_once_both_get_through(self, filled: Engine) -> None:
        assert sorted(_at_once(2, lambda number: publish(filled, [_entry(f"n{number}")], [], "lan", ""))) == [2, 3]

    def test_over_the_work_of_somebody_else_is_a_conflict_that_names_the_item(self, filled: Engine) -> None:
        publish(filled, [_entry("a", "của Lan")], [], "lan", "", base=1)
        with pytest.raises(PublishConflict, match=r"^a: "):
            publish(filled, [_entry("a", "của Minh"), _entry("b", "của Minh")], [], "minh", "", base=1)
        assert current_revision(filled) == 2
        assert {
            name: item.text.answer for name, item in read_published(filled)[1].items.items() if isinstance(item, Entry)
        } == {"a": "của Lan", "b": _entry("b").text.answer}

    def test_beside_the_work_of_somebody_else_is_no_conflict(self, filled: Engine) -> None:
        publish(filled, [_entry("a", "của Lan")], [], "lan", "", base=1)
        assert publish(filled, [_entry("b", "của Minh")], [], "minh", "", base=1) == 3

    def test_withdrawing_an_unknown_item_writes_nothing(self, filled: Engine) -> None:
        with pytest.raises(ContentError, match="zz"):
            publish(filled, [_entry("a", "mới")], ["zz"], "lan", "")
        assert current_revision(filled) == 1
        assert read_published(filled) == (1, _content())

    @pytest.mark.parametrize(("changes", "withdrawn"), [(["a", "a"], []), (["a"], ["a"])])
    def test_an_item_twice_is_refused(self, filled: Engine, changes: list[str], withdrawn: list[str]) -> None:
        with pytest.raises(ValueError, match="only once"):
            publish(filled, [_entry(name) for name in changes], withdrawn, "lan", "")

    def test_a_reader_never_sees_half_a_revision(self, filled: Engine) -> None:
        """Each revision changes both entries to its own number; every read must see both and the number agree."""
        names = ("a", "b")
        seen: list[tuple[int, set[str]]] = []
        stop = threading.Event()

        def read() -> None:
            while not stop.is_set():
                number, content = read_published(filled)
                seen.append((number, {content.entries[place].text.answer for place in range(2)}))

        reader = threading.Thread(target=read)
        reader.start()
        for number in range(2, 12):
            publish(filled, [_entry(name, str(number)) for name in names], [], "lan", "")
        stop.set()
        reader.join()
        assert all(answers == {str(number)} for number, answers in seen if number > 1)


class TestImport:
    """Files never overwrite newer work in the console."""

    def test_new_and_changed_files_become_one_revision(self, filled: Engine) -> None:
        content = make_content([replace(_PROCEDURE, title="Khai sinh mới"), _entry("a"), _entry("c"), _entry("d")])
        report = import_content(filled, content, "minh")
        assert report == ImportReport(("c", "d"), ("khai-sinh",), ("a",), (), ("b",))
        assert current_revision(filled) == 2
        assert {row.updated_by for row in _rows(filled, items) if row.revision == 2} == {"tệp:minh"}

    def test_the_same_files_again_make_no_revision(self, filled: Engine) -> None:
        report = import_content(filled, _content(), "minh")
        assert report == ImportReport((), (), ("a", "b", "khai-sinh"), (), ())
        assert current_revision(filled) == 1

    def test_an_item_changed_in_the_console_is_a_conflict_and_stays(self, filled: Engine) -> None:
        publish(filled, [_entry("a", "của Lan")], [], "lan", "")
        report = import_content(filled, _content(_entry("c")), "minh")
        assert (report.conflicts, report.added) == (("a",), ("c",))
        assert read_published(filled)[1].items["a"] == _entry("a", "của Lan")

    def test_a_forced_item_is_overwritten(self, filled: Engine) -> None:
        publish(filled, [_entry("a", "của Lan"), _entry("b", "của Lan")], [], "lan", "")
        report = import_content(filled, _content(), "minh", force=["a"])
        assert (report.changed, report.conflicts) == (("a",), ("b",))
        content = read_published(filled)[1]
        assert (content.items["a"], content.items["b"]) == (_entry("a"), _entry("b", "của Lan"))

    def test_an_item_withdrawn_in_the_console_does_not_come_back(self, filled: Engine) -> None:
        publish(filled, [], ["a"], "lan", "sai")
        assert import_content(filled, _content(), "minh").conflicts == ("a",)
        assert "a" not in read_published(filled)[1].items

    def test_the_same_text_in_console_and_file_is_no_conflict(self, filled: Engine) -> None:
        publish(filled, [_entry("a", "mới")], [], "lan", "")
        files = make_content([_entry("a", "mới"), _entry("b"), _PROCEDURE])
        assert import_content(filled, files, "minh").unchanged == ("a", "b", "khai-sinh")

    def test_items_gone_from_the_folder_stay(self, filled: Engine) -> None:
        publish(filled, [], ["b"], "lan", "sai")
        assert import_content(filled, make_content([_entry("a")]), "minh").gone == ("khai-sinh",)
        assert [*read_published(filled)[1].items] == ["a", "khai-sinh"]

    def test_into_an_empty_database_adds_everything(self, engine: Engine) -> None:
        assert import_content(engine, _content(), "minh").added == ("a", "b", "khai-sinh")
        assert current_revision(engine) == 1


class TestExport:
    """The folder and the database hold the same bytes."""

    def test_after_a_fill_nothing_changes(self, engine: Engine, tmp_path: Path) -> None:
        write_content(tmp_path, _content())
        before = {path: path.read_bytes() for path in tmp_path.rglob("*.yml")}
        fill(engine, read_content(tmp_path), "cài đặt")
        assert export_content(engine, tmp_path) == 0
        assert {path: path.read_bytes() for path in tmp_path.rglob("*.yml")} == before

    def test_a_file_is_the_body_in_the_database(self, filled: Engine, tmp_path: Path) -> None:
        assert export_content(filled, tmp_path) == 3
        assert (tmp_path / "procedures" / "khai-sinh.yml").read_text("utf-8") == _item(filled, "khai-sinh").body

    def test_writes_changes_and_removes_withdrawn_items(self, filled: Engine, tmp_path: Path) -> None:
        export_content(filled, tmp_path)
        publish(filled, [_entry("a", "mới")], ["b"], "lan", "")
        assert export_content(filled, tmp_path) == 2
        assert read_content(tmp_path) == read_published(filled)[1]

    def test_an_exported_folder_imports_without_a_revision(self, filled: Engine, tmp_path: Path) -> None:
        publish(filled, [_entry("a", "mới")], ["b"], "lan", "")
        export_content(filled, tmp_path)
        assert import_content(filled, read_content(tmp_path), "minh") == ImportReport(
            (), (), ("a", "khai-sinh"), (), ()
        )


def test_item_versions_and_items_agree(filled: Engine) -> None:
    publish(filled, [_entry("a", "mới")], ["b"], "lan", "")
    newest = select(item_version.c.item_id, func.max(item_version.c.revision)).group_by(item_version.c.item_id)
    with filled.connect() as connection:
        found = dict(connection.execute(newest).all())
    assert found == {row.id: row.revision for row in _rows(filled, items)}
