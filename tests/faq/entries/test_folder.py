"""The content folder: one file an item, in its place, written only when it changes."""

from datetime import date
from pathlib import Path

import pytest

from faq.entries.folder import item_path, read_content, read_facts, read_located, write_content
from faq.entries.model import Content, Entry, Item, Procedure, Source, Text, make_content
from faq.entries.yaml_form import dump_item
from faq.errors import ContentError

DAY = date(2026, 11, 24)
REAL = Path(__file__).parents[3] / "faq" / "content"


def _entry(name: str, topic: str = "vneid", answer: str = "Nộp trên Cổng: có phí") -> Entry:
    text = Text(
        answer, "Dạ, có ạ.", ("Mở Cổng.",), variants=("nộp ở đâu",), sources=(Source("Nghị định 118/2025/NĐ-CP"),)
    )
    return Entry(name, topic, "answer", f"Tiêu đề {name}", name, text, DAY, DAY)


PROCEDURE = Procedure(
    "khai-sinh",
    "Đăng ký khai sinh",
    "Khai sinh",
    "1.004840",
    ("khai sinh",),
    (),
    {"fee": Text("Miễn phí.", "Dạ.")},
    DAY,
    DAY,
)


def _content(*items: Item) -> Content:
    return make_content(list(items))


def _files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in sorted(folder.rglob("*.yml"))}


def test_entries_lie_by_topic_and_procedures_by_themselves(tmp_path: Path) -> None:
    write_content(tmp_path, _content(_entry("a"), _entry("b", "ho-so"), PROCEDURE))

    assert list(_files(tmp_path)) == ["entries/ho-so/b.yml", "entries/vneid/a.yml", "procedures/khai-sinh.yml"]


def test_what_is_written_is_read_back_equal(tmp_path: Path) -> None:
    content = _content(_entry("a"), _entry("b", "ho-so", 'Bác hỏi: "đâu"? 😭'), PROCEDURE)
    write_content(tmp_path, content)

    assert read_content(tmp_path) == content


def test_writing_again_changes_no_file(tmp_path: Path) -> None:
    content = _content(_entry("a"), PROCEDURE)

    assert write_content(tmp_path, content) == 2
    assert write_content(tmp_path, content) == 0
    assert write_content(tmp_path, read_content(tmp_path)) == 0


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    write_content(tmp_path, _content(_entry("a"), _entry("b")))

    assert write_content(tmp_path, _content(_entry("a"), _entry("b", answer="Khác."))) == 1
    assert read_content(tmp_path).items["b"] == _entry("b", answer="Khác.")


def test_the_file_of_an_item_that_is_gone_is_removed(tmp_path: Path) -> None:
    write_content(tmp_path, _content(_entry("a"), _entry("b")))

    assert write_content(tmp_path, _content(_entry("a"))) == 1
    assert list(_files(tmp_path)) == ["entries/vneid/a.yml"]


def test_an_entry_of_another_topic_moves(tmp_path: Path) -> None:
    write_content(tmp_path, _content(_entry("a")))

    assert write_content(tmp_path, _content(_entry("a", "ho-so"))) == 2
    assert list(_files(tmp_path)) == ["entries/ho-so/a.yml"]


def test_other_files_stay(tmp_path: Path) -> None:
    (tmp_path / "facts.yml").write_text("V001: cao\n", "utf-8")
    write_content(tmp_path, _content(_entry("a")))

    assert (tmp_path / "facts.yml").exists()


def test_items_are_sorted_by_id() -> None:
    assert list(_content(_entry("b"), PROCEDURE, _entry("a")).items) == ["a", "b", "khai-sinh"]


def _place(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_every_broken_file_is_named(tmp_path: Path) -> None:
    good = _place(tmp_path, "entries/vneid/a.yml", dump_item(_entry("a")))
    _place(tmp_path, "entries/vneid/b.yml", "id: b\n")
    (tmp_path / "entries/vneid/c.yml").write_bytes(b"id: \xff\n")
    located, problems = read_located(tmp_path)

    assert [place.path for place in located] == [good]
    assert [problem.split(":")[0].rsplit("/", 1)[-1] for problem in problems] == ["b.yml", "c.yml"]
    with pytest.raises(ContentError, match=r"b\.yml:1: the key 'topic' is missing\n.*c\.yml:1: "):
        read_content(tmp_path)


MISPLACED = {
    "other_topic": ("entries/ho-so/a.yml", "the item belongs in .*entries/vneid/a.yml: move the file or mend its id"),
    "other_name": ("entries/vneid/b.yml", "the item belongs in .*entries/vneid/a.yml"),
    "among_procedures": ("procedures/a.yml", "the item belongs in .*entries/vneid/a.yml"),
}


@pytest.mark.parametrize(("name", "reason"), MISPLACED.values(), ids=MISPLACED)
def test_a_file_in_the_wrong_place_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    """Else an export would write the item a second time and remove this file."""
    _place(tmp_path, name, dump_item(_entry("a")))

    with pytest.raises(ContentError, match=reason):
        read_content(tmp_path)


def test_two_files_with_one_id_are_refused(tmp_path: Path) -> None:
    """Else the second would silently replace the first."""
    _place(tmp_path, "entries/ho-so/a.yml", dump_item(_entry("a", "ho-so")))
    _place(tmp_path, "entries/vneid/a.yml", dump_item(_entry("a")))

    with pytest.raises(ContentError, match=r"vneid/a\.yml:1: the id a stands in .*ho-so/a\.yml too: give it another"):
        read_content(tmp_path)


def test_an_empty_folder_is_an_empty_answer_base(tmp_path: Path) -> None:
    assert read_content(tmp_path) == _content()


def test_facts_are_read_with_their_confidence(tmp_path: Path) -> None:
    _place(tmp_path, "facts.yml", "V001: cao\nTU-150: chưa kiểm chứng\n")

    assert read_facts(tmp_path) == {"V001": "cao", "TU-150": "chưa kiểm chứng"}


def test_the_real_folder_is_written_as_it_stands() -> None:
    located, problems = read_located(REAL)
    changed = [place.path for place in located if dump_item(place.item) != place.path.read_text("utf-8")]

    assert problems == []
    assert changed == []
    assert all(item_path(REAL, place.item) == place.path for place in located)


def test_a_copy_of_the_real_folder_is_equal(tmp_path: Path) -> None:
    content = read_content(REAL)

    assert write_content(tmp_path, content) == len(content.items)
    assert read_content(tmp_path) == content
    assert len(content.entries) + len(content.procedures) == len(content.items)
