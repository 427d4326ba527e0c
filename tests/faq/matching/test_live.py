"""The snapshot that a process serves, beside a real database and real files."""

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from faq.db import connect
from faq.entries.model import Content
from faq.entries.store import current_revision, fill, publish, read_published
from faq.errors import ContentError, SnapshotError
from faq.matching.index import Snapshot
from faq.matching.live import KEPT, LiveSnapshot, Source, broken_golden, current_path, store_snapshot
from faq.matching.ranker import Ranker
from faq.matching.wordings import Labelled
from tests.faq.small import DAY, entry, golden_questions, read_item, small_inputs

PARKING = entry("giu-xe", "giữ xe ở đâu", "gui xe cho nao", "bãi giữ xe", "tien giu xe", "để xe đâu", "bai giu xe")
BROKEN = "quên passcode vneid"
#: Takes all words away from the entry of a golden question.
THIEF = entry("ke-trom", *read_item("vneid-quen-passcode").text.variants, title="Quên passcode VNeID", label="Passcode")
ROBBED = entry("vneid-quen-passcode", "cây kiểng trổ bông", "cay kieng", "mua cây ở đâu")


class Counted:
    """A database that counts what it was asked, and fails when it is told to."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.fails = engine, False
        self.asked, self.read = 0, 0
        self.source = Source(self._revision, self._published)

    def _revision(self) -> int:
        self.asked += 1
        if self.fails:
            raise OperationalError("SELECT", {}, Exception("database is away"))
        return current_revision(self.engine)

    def _published(self) -> tuple[int, Content]:
        self.read += 1
        return read_published(self.engine)


@pytest.fixture
def engine(sqlite_tables: Path, tmp_path: Path) -> Iterator[Engine]:
    """Give a SQLite database filled with the small content as revision 1."""
    engine = connect(f"sqlite:///{shutil.copy(sqlite_tables, tmp_path / 'troly.db')}")
    fill(engine, small_inputs().content, "thử")
    yield engine
    engine.dispose()


@pytest.fixture
def folder(small: Snapshot, tmp_path: Path) -> Path:
    """Give a folder with the snapshot of revision 1."""
    store_snapshot(small, tmp_path / "snapshots")
    return tmp_path / "snapshots"


def serve(folder: Path, source: Source | None = None) -> LiveSnapshot:
    return LiveSnapshot(folder, golden_questions(), source, lambda: DAY)


def top(live: LiveSnapshot, text: str) -> str:
    return live.ranker.rank(text, DAY).candidates[0].entry


def wait_until(is_true: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def test_nothing_built_yet_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="run `troly train`"):
        serve(tmp_path)


def test_the_file_that_current_names_is_served(small: Snapshot, folder: Path) -> None:
    store_snapshot(replace(small, revision=2), folder)
    store_snapshot(small, folder)

    assert current_path(folder).name == f"000001-{small.model}.snapshot"
    assert serve(folder).ranker.snapshot.revision == 1


def test_without_news_nothing_changes(folder: Path, engine: Engine) -> None:
    database = Counted(engine)
    live = serve(folder, database.source)
    before = live.ranker

    assert not live.refresh()
    assert live.ranker is before
    assert database.read == 0  # asking for news costs one number


def test_a_new_revision_is_taken_up_from_the_database(folder: Path, engine: Engine) -> None:
    live = serve(folder, Counted(engine).source)
    publish(engine, [PARKING], ["noi-khac-visa"], "an", "bãi xe")

    assert live.refresh()
    assert live.ranker.snapshot.revision == 2
    assert top(live, "giữ xe ở đâu vậy") == "giu-xe"
    assert "noi-khac-visa" not in live.ranker.snapshot.index.classes
    assert not live.refresh()


def test_a_taken_up_revision_is_on_disk(folder: Path, engine: Engine) -> None:
    live = serve(folder, Counted(engine).source)
    publish(engine, [PARKING], [], "an", "bãi xe")
    live.refresh()

    again = serve(folder)
    assert again.ranker.snapshot.revision == 2
    assert top(again, "giữ xe ở đâu vậy") == "giu-xe"


def test_a_revision_that_breaks_a_golden_question_is_refused_once(
    folder: Path, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    database = Counted(engine)
    live = serve(folder, database.source)
    before = live.ranker
    publish(engine, [THIEF, ROBBED], [], "an", "lỡ tay")
    with caplog.at_level(logging.ERROR):
        tries = [live.refresh() for _ in range(4)]

    assert tries == [False] * 4
    assert live.ranker is before
    assert top(live, BROKEN) == "vneid-quen-passcode"
    assert database.read == 1  # neither read nor built again
    assert [record.getMessage() for record in caplog.records] == [
        "snapshot of revision 2 refused: 1 golden questions broken"
    ]
    assert current_path(folder).name.startswith("000001-")


def test_the_revision_that_mends_it_is_taken_up(folder: Path, engine: Engine) -> None:
    live = serve(folder, Counted(engine).source)
    publish(engine, [THIEF, ROBBED], [], "an", "lỡ tay")
    live.refresh()
    publish(engine, [PARKING, read_item(ROBBED.id)], [THIEF.id], "an", "sửa lại")

    assert live.refresh()
    assert live.ranker.snapshot.revision == 3
    assert top(live, "giữ xe ở đâu vậy") == "giu-xe"


def test_broken_golden_questions_are_named(small: Snapshot) -> None:
    """Questions whose entry is not published are not asked."""
    rows = [Labelled("quên mật khẩu vneid", ("tam-tru",)), Labelled("làm hộ chiếu", ("ho-chieu", "x")),
            Labelled("bãi giữ xe", ("giu-xe",)), Labelled("thời tiết", ())]  # fmt: skip

    assert broken_golden(Ranker(small), rows, DAY) == ["quên mật khẩu vneid"]
    assert broken_golden(Ranker(small), golden_questions(), DAY) == []


def test_a_newer_file_of_another_process_is_taken_up(small: Snapshot, folder: Path) -> None:
    live = serve(folder)
    store_snapshot(replace(small, revision=5), folder)

    assert live.refresh()
    assert live.ranker.snapshot.revision == 5
    assert not live.refresh()


def test_a_new_training_of_the_same_revision_is_taken_up(small: Snapshot, folder: Path) -> None:
    live = serve(folder)
    store_snapshot(replace(small, model="f" * 16), folder)

    assert live.refresh()
    assert live.ranker.snapshot.model == "f" * 16


def test_an_older_file_is_not_taken_up(small: Snapshot, folder: Path) -> None:
    store_snapshot(replace(small, revision=4), folder)
    live = serve(folder)
    store_snapshot(replace(small, revision=3), folder)

    assert not live.refresh()
    assert live.ranker.snapshot.revision == 4


def test_a_damaged_file_is_refused_once_and_taken_up_when_it_is_mended(
    small: Snapshot, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    live = serve(folder)
    path = store_snapshot(replace(small, revision=5), folder)
    good = path.read_bytes()
    path.write_bytes(good[:1000])
    with caplog.at_level(logging.ERROR):
        tries = [live.refresh() for _ in range(3)]
    path.write_bytes(good)

    assert tries == [False] * 3
    assert len(caplog.records) == 1
    assert "run `troly train`" in caplog.text
    assert live.refresh()
    assert live.ranker.snapshot.revision == 5


def test_a_damaged_file_does_not_keep_the_database_out(small: Snapshot, folder: Path, engine: Engine) -> None:
    live = serve(folder, Counted(engine).source)
    store_snapshot(replace(small, revision=5), folder).write_bytes(b"half")
    publish(engine, [PARKING], [], "an", "bãi xe")

    assert live.refresh()
    assert live.ranker.snapshot.revision == 2


def test_a_file_that_breaks_a_golden_question_is_refused(small: Snapshot, folder: Path) -> None:
    live = LiveSnapshot(folder, [Labelled("làm hộ chiếu", ("tam-tru",))], None, lambda: DAY)
    store_snapshot(replace(small, revision=5), folder)

    assert not live.refresh()
    assert live.ranker.snapshot.revision == 1


def test_content_that_cannot_be_read_is_refused(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    def unreadable() -> tuple[int, Content]:
        raise ContentError("vneid-la-gi: the key 'answer' is missing")

    live = serve(folder, Source(lambda: 2, unreadable))

    assert not live.refresh()
    assert live.ranker.snapshot.revision == 1
    assert "vneid-la-gi" in caplog.text


def test_the_watch_survives_a_database_that_is_away(folder: Path, engine: Engine) -> None:
    database = Counted(engine)
    database.fails = True
    live = serve(folder, database.source)
    thread = live.watch(0.01)
    wait_until(lambda: database.asked >= 3)
    publish(engine, [PARKING], [], "an", "bãi xe")
    assert top(live, BROKEN) == "vneid-quen-passcode"

    database.fails = False
    wait_until(lambda: live.ranker.snapshot.revision == 2)
    live.stop()
    thread.join(20)
    assert not thread.is_alive()


def test_only_the_last_files_are_kept(small: Snapshot, folder: Path) -> None:
    for revision in range(2, 8):
        store_snapshot(replace(small, revision=revision), folder)
        time.sleep(0.01)  # files are told apart by their time

    kept = sorted(path.name[:6] for path in folder.glob("*.snapshot"))
    assert kept == ["000005", "000006", "000007"]
    assert len(kept) == KEPT
    assert current_path(folder).exists()
    assert sorted(path.name for path in folder.iterdir() if path.suffix != ".snapshot") == ["CURRENT"]


def test_the_served_file_is_kept_also_when_it_is_the_oldest(small: Snapshot, folder: Path) -> None:
    for revision in (2, 3, 4, 1):  # back to revision 1 by hand
        path = store_snapshot(replace(small, revision=revision), folder)

    assert current_path(folder) == path
    assert path.exists()


def test_a_turn_under_way_finds_the_revision_it_began_with(folder: Path, engine: Engine) -> None:
    live = serve(folder, Counted(engine).source)
    assert live.at(1) is live.at(99) is live.ranker
    first = live.ranker
    publish(engine, [PARKING], [], "an", "bãi xe")
    live.refresh()

    assert live.at(1) is first
    assert live.at(2) is live.ranker is not first
    assert live.at(99) is live.ranker
