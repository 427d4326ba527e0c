"""A publication without a training: what changed is answered, what did not change stays."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from faq.entries.model import Content, Entry, Procedure
from faq.matching.features import Vectoriser
from faq.matching.index import Snapshot
from faq.matching.ranker import Ranker
from faq.matching.republish import republish
from faq.matching.snapshot import read_snapshot, write_snapshot
from tests.faq.small import DAY, entry, read_item, small_inputs, with_items, without_items

PARKING = (
    "giữ xe ở trung tâm mất tiền không", "gui xe cho nao", "bãi giữ xe của ủy ban", "giu xe may bao nhieu",
    "đi nộp giấy tờ thì để xe đâu", "bai xe o to trung tam hanh chinh", "có chỗ đậu xe hơi không", "tien giu xe",
)  # fmt: skip
ASKED = ("để xe hơi ở đâu khi đi nộp hồ sơ", "gui xe may o trung tam bao nhieu tien", "bai giu xe")
TEXTS = [
    text
    for item in small_inputs().content.items.values()
    for _, part in item.texts()
    for text in part.held_out
    if item.id not in ("vneid-doi-mat-khau", "noi-khac-visa")
]


def top(snapshot: Snapshot, text: str) -> str:
    return Ranker(snapshot).rank(text, DAY).candidates[0].entry


@pytest.fixture(scope="module")
def changed(small: Snapshot) -> Content:
    """Give the content after a new entry, a changed one and a removed one."""
    like = small.content.items["vneid-doi-mat-khau"]
    assert isinstance(like, Entry)
    other = replace(like, text=replace(like.text, variants=(*like.text.variants, "xoay khóa bí ẩn", "xoay khoa bi an")))
    return without_items(with_items(small.content, entry("giu-xe", *PARKING), other), "noi-khac-visa")


@pytest.fixture(scope="module")
def published(small: Snapshot, changed: Content) -> Snapshot:
    """Give the snapshot of that content."""
    return republish(small, changed, 2)


@pytest.mark.parametrize("text", ASKED)
def test_a_new_entry_is_answered(small: Snapshot, published: Snapshot, text: str) -> None:
    best = Ranker(published).rank(text, DAY).candidates[0]

    assert best.entry == "giu-xe"
    assert best.probability >= published.index.thresholds.answer
    assert "giu-xe" not in small.index.classes


def test_a_new_wording_of_an_entry_is_answered(small: Snapshot, published: Snapshot) -> None:
    before, after = (Ranker(snapshot).rank("xoay khóa bí ẩn sao đây", DAY) for snapshot in (small, published))

    assert before.candidates[0].entry != "vneid-doi-mat-khau"
    assert after.candidates[0].entry == "vneid-doi-mat-khau"
    assert after.candidates[0].probability >= small.index.thresholds.answer


def test_a_removed_entry_is_never_a_candidate(small: Snapshot, published: Snapshot) -> None:
    item = read_item("noi-khac-visa")
    asked = [*(text for _, part in item.texts() for text in (*part.variants, *part.held_out)), item.title]
    ranker = Ranker(published)

    assert top(small, item.title) == item.id
    assert not any(c.entry == item.id for text in asked for c in ranker.rank(text, DAY).candidates)
    assert item.id not in published.content.items


def test_unchanged_entries_keep_their_questions(small: Snapshot, published: Snapshot) -> None:
    asked = TEXTS[:: len(TEXTS) // 30][:30]

    assert len(asked) == 30
    assert [top(published, text) for text in asked] == [top(small, text) for text in asked]


def test_a_changed_answer_is_given_without_a_new_fit(small: Snapshot) -> None:
    item = small.content.items["ban-sao-la-gi"]
    assert isinstance(item, Entry)
    content = with_items(small.content, replace(item, text=replace(item.text, answer="Câu trả lời mới.")))
    after = republish(small, content, 2)

    assert after.content.items["ban-sao-la-gi"].text.answer == "Câu trả lời mới."
    assert after.index is small.index
    assert after.revision == 2


def test_the_same_content_gives_the_same_index(small: Snapshot) -> None:
    assert republish(small, small.content, 7) == replace(small, revision=7)


def test_rebuilding_twice_equals_once(small: Snapshot, changed: Content, published: Snapshot, tmp_path: Path) -> None:
    again = republish(small, changed, 2)
    twice = republish(published, changed, 2)
    for name, snapshot in (("once", published), ("again", again), ("twice", twice)):
        write_snapshot(snapshot, tmp_path / name)

    assert (tmp_path / "again").read_bytes() == (tmp_path / "once").read_bytes()
    assert (tmp_path / "twice").read_bytes() == (tmp_path / "once").read_bytes()


def test_a_republished_snapshot_survives_its_file(published: Snapshot, tmp_path: Path) -> None:
    write_snapshot(published, tmp_path / "two.snapshot")
    back = read_snapshot(tmp_path / "two.snapshot")

    asked = [*ASKED, *TEXTS[::20]]
    assert [Ranker(back).rank(text, DAY) for text in asked] == [Ranker(published).rank(text, DAY) for text in asked]


def test_publishing_from_a_file_equals_publishing_from_memory(
    small: Snapshot, changed: Content, published: Snapshot, tmp_path: Path
) -> None:
    write_snapshot(small, tmp_path / "one.snapshot")
    write_snapshot(published, tmp_path / "memory.snapshot")
    write_snapshot(republish(read_snapshot(tmp_path / "one.snapshot"), changed, 2), tmp_path / "file.snapshot")

    assert (tmp_path / "file.snapshot").read_bytes() == (tmp_path / "memory.snapshot").read_bytes()


def test_what_a_publication_takes_back_is_as_before(small: Snapshot, published: Snapshot) -> None:
    """The terms and words of what came and went stay in the tables; the answers are the old ones."""
    back = republish(published, small.content, 3)

    assert back.index.classes == small.index.classes
    assert back.index.fingerprints == small.index.fingerprints
    assert [top(back, text) for text in TEXTS[::8]] == [top(small, text) for text in TEXTS[::8]]


def test_kept_parts_stay_those_of_the_last_training(small: Snapshot, published: Snapshot) -> None:
    old, new = small.index, published.index

    assert (new.verifier, new.thresholds, new.aspects) == (old.verifier, old.thresholds, old.aspects)
    assert published.model == small.model
    kept: Vectoriser = new.members.vectoriser
    assert kept.terms[: len(old.members.vectoriser)] == old.members.vectoriser.terms
    assert np.array_equal(new.members.vectoriser.idf[: len(old.members.vectoriser)], old.members.vectoriser.idf)


def test_the_index_is_whole_after_a_publication(published: Snapshot) -> None:
    index = published.index
    members = index.members

    assert index.classes == tuple(sorted(index.classes))
    assert members.size == len(index.classes) == len(members.svm.bias) == members.svm.weights.width
    assert np.all(np.diff(members.owners) >= 0)
    assert set(members.owners.tolist()) == set(range(members.size))
    assert members.nearest.width == len(members.owners)
    assert members.bm25.counts.width == members.size
    heights = (members.svm.weights, members.nearest, members.negatives)
    assert {len(table.starts) - 1 for table in heights} == {len(members.vectoriser)}


def test_a_new_procedure_is_answered_with_its_aspect(small: Snapshot) -> None:
    item = read_item("luu-tru")
    assert isinstance(item, Procedure)
    ranker = Ranker(republish(small, with_items(small.content, item), 2))
    best = ranker.rank("thông báo lưu trú mất bao nhiêu tiền", DAY).candidates[0]

    assert (best.entry, best.aspect) == ("luu-tru", "fee")


def test_everything_may_be_withdrawn(small: Snapshot) -> None:
    empty = republish(small, without_items(small.content, *small.content.items), 2)
    found = Ranker(empty).rank("cho tôi gặp người thật", DAY).candidates

    assert {candidate.entry for candidate in found} == set(empty.index.classes)
    assert found[0].entry == "command:handoff"
