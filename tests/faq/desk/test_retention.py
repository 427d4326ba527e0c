"""Personal data goes on request and with time; counts and outcomes stay."""

import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, delete, func, insert, select, update
from sqlalchemy.engine import Engine

from faq.db import connect
from faq.desk import retention
from faq.desk.ledger import (
    Verdict,
    claim,
    close,
    give_feedback,
    lock_sender,
    outcome_counts,
    parts_after,
    waiting,
    writing,
)
from faq.desk.outcomes import Outcome
from faq.desk.retention import Receipt, expire, forget, reapply_deletions, receipts
from faq.tables import deletion, event, message, metadata, outbox

_NOON = datetime(2026, 11, 24, 5, tzinfo=timezone.utc)
_LATER = _NOON + timedelta(hours=1)
_NEXT_DAY = _NOON + timedelta(days=1)
_SECRET = "bí mật của tôi"
Say = Callable[..., int]


@pytest.fixture
def talk(engine: Engine, say: Say) -> Say:
    """Give a function that stores a whole answered message, full of things to remove."""

    def talk(sender: str, at: datetime = _NOON) -> int:
        said = say(sender, _SECRET, at, payload={"a": _SECRET})
        close(engine, said, Verdict(Outcome.DECLINED, entry="nop-ho-so"), [{"text": _SECRET}, {"text": _SECRET}], at)
        give_feedback(engine, sender, parts_after(engine, "web", sender, 0)[-1].id, "bad", _SECRET)
        with engine.begin() as connection:
            connection.execute(insert(event), {"sender": sender, "created_at": at, "body": _SECRET.encode()})
        return said

    return talk


def _everything(engine: Engine) -> dict[str, list[Any]]:
    with engine.connect() as connection:
        return {
            name: list(connection.execute(select(table).order_by(*table.primary_key)))
            for name, table in metadata.tables.items()
        }


def _count(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(table)))


def _row(engine: Engine, message_id: int) -> Any:
    with engine.connect() as connection:
        return connection.execute(select(message).where(message.c.id == message_id)).one()


class TestForget:
    """A person asks for deletion."""

    def test_nothing_of_the_person_is_left_by_text_or_key(self, engine: Engine, talk: Say, say: Say) -> None:
        talk("s"), talk("s"), say("s", _SECRET)
        assert forget(engine, "s", _LATER) == 3
        left = _everything(engine)
        del left["deletion"]
        assert _SECRET not in str(left)
        assert _SECRET.encode() not in [row.body for row in left["event"]]
        assert all(row.sender != "s" for table in ("message", "outbox", "event") for row in left[table])

    def test_counts_outcomes_and_entries_stay(self, engine: Engine, talk: Say, say: Say) -> None:
        first = talk("s")
        say("s")
        forget(engine, "s", _LATER)
        assert outcome_counts(engine) == {"declined": 1, "personal_data": 1}
        row = _row(engine, first)
        assert (row.entry, row.feedback, row.received_at) == ("nop-ho-so", "bad", _NOON)

    def test_other_people_keep_everything(self, engine: Engine, talk: Say) -> None:
        other = talk("t")
        before = _everything(engine)
        talk("s")
        forget(engine, "s", _LATER)
        after = _everything(engine)
        assert after["outbox"] == before["outbox"]
        assert after["event"] == before["event"]
        assert [row for row in after["message"] if row.id == other] == before["message"]

    def test_open_messages_are_closed_and_not_answered_any_more(self, engine: Engine, say: Say) -> None:
        said = say("s")
        claim(engine, "w", 30, _NOON)
        forget(engine, "s", _LATER)
        assert (_row(engine, said).outcome, _row(engine, said).reason) == ("personal_data", "deleted")
        assert not close(engine, said, Verdict(Outcome.ANSWERED), [{"text": _SECRET}], _LATER)

    def test_an_answer_given_at_the_same_moment_is_not_left_behind(self, engine: Engine, say: Say) -> None:
        for _ in range(20):
            said = say("s", _SECRET)
            claim(engine, "w", 30, _NOON)
            with ThreadPoolExecutor(2) as pool:
                pool.submit(close, engine, said, Verdict(Outcome.ANSWERED), [{"text": _SECRET}], _NOON)
                pool.submit(forget, engine, "s", _LATER)
            assert (_row(engine, said).text, _row(engine, said).sender) == (None, "")
            assert _count(engine, outbox) == 0

    @pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
    def test_waits_for_a_message_that_is_just_being_stored(self, engine: Engine, say: Say) -> None:
        with ThreadPoolExecutor(1) as pool:
            with writing(engine) as connection:
                lock_sender(connection, "s")
                deletion = pool.submit(forget, engine, "s", _LATER)
                time.sleep(0.1)
                assert not deletion.done()
            assert deletion.result(timeout=3) == 0

    def test_the_request_itself_is_still_answered(self, engine: Engine, talk: Say, say: Say) -> None:
        talk("s")
        request = say("s", _SECRET, payload={"button": "delete"})
        claim(engine, "w", 30, _NOON)
        assert forget(engine, "s", _LATER, keep=request) == 2
        assert (_row(engine, request).text, _row(engine, request).payload) == (None, {"button": "delete"})
        assert close(engine, request, Verdict(Outcome.PERSONAL_DATA), [{"text": "Đã xóa"}], _LATER)
        assert [part.body for part in parts_after(engine, "web", "s", 0)] == [{"text": "Đã xóa"}]

    def test_ids_are_not_given_out_again(self, engine: Engine, talk: Say) -> None:
        """A web page that asks for what comes after the last part it has must not miss the next answer."""
        talk("s")
        last = parts_after(engine, "web", "s", 0)[-1].id
        forget(engine, "s", _LATER)
        talk("s")
        assert len(parts_after(engine, "web", "s", last)) == 2

    @pytest.mark.parametrize("kept", [True, False], ids=["with the request", "from the desk"])
    def test_again_changes_nothing(self, engine: Engine, talk: Say, say: Say, kept: bool) -> None:
        talk("s")
        keep = say("s", _SECRET) if kept else None
        forget(engine, "s", _LATER, keep)
        before = _everything(engine)
        assert forget(engine, "s", _NEXT_DAY, keep) == 0
        assert _everything(engine) == before

    def test_leaves_one_receipt(self, engine: Engine, talk: Say) -> None:
        talk("s"), talk("s")
        forget(engine, "s", _LATER)
        assert receipts(engine) == [Receipt("s", _LATER, 2)]

    def test_of_an_unknown_person_leaves_no_receipt(self, engine: Engine) -> None:
        assert forget(engine, "s", _NOON) == 0
        assert receipts(engine) == []

    def test_of_nobody_is_refused(self, engine: Engine) -> None:
        with pytest.raises(ValueError, match="empty sender"):
            forget(engine, "", _NOON)

    def test_a_person_who_comes_back_begins_anew(self, engine: Engine, talk: Say, say: Say) -> None:
        talk("s")
        forget(engine, "s", _LATER)
        say("s", at=_NEXT_DAY)
        assert waiting(engine, "s") == 1
        assert reapply_deletions(engine, _NEXT_DAY) == 0
        assert waiting(engine, "s") == 1


class TestReapply:
    """Deletions hold after a backup was restored."""

    def test_what_a_backup_brought_back_is_deleted_again(self, engine: Engine, talk: Say, say: Say) -> None:
        talk("s"), say("s", _SECRET), talk("t")
        backup = _everything(engine)
        forget(engine, "s", _LATER)
        _restore(engine, backup, keep_receipts=True)
        assert reapply_deletions(engine, _NEXT_DAY) == 2
        after = _everything(engine)
        assert {row.sender for row in after["message"]} == {"", "t"}
        assert {row.sender for row in after["outbox"]} == {row.sender for row in after["event"]} == {"t"}

    def test_receipts_newer_than_the_backup_come_from_outside(self, engine: Engine, talk: Say) -> None:
        talk("s")
        backup = _everything(engine)
        forget(engine, "s", _LATER)
        saved = receipts(engine)
        _restore(engine, backup, keep_receipts=False)
        assert reapply_deletions(engine, _NEXT_DAY) == 0
        assert reapply_deletions(engine, _NEXT_DAY, saved) == 1
        assert receipts(engine) == saved

    @pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
    def test_a_restored_file_is_cleaned_by_the_saved_receipts(self, tmp_path: Path, engine: Engine, talk: Say) -> None:
        talk("s")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"VACUUM INTO '{tmp_path / 'backup.db'}'")
        forget(engine, "s", _LATER)
        restored = connect(f"sqlite:///{shutil.copy(tmp_path / 'backup.db', tmp_path / 'restored.db')}")
        assert reapply_deletions(restored, _NEXT_DAY, receipts(engine)) == 1
        assert _everything(restored)["outbox"] == []

    def test_again_changes_nothing(self, engine: Engine, talk: Say) -> None:
        talk("s")
        backup = _everything(engine)
        forget(engine, "s", _LATER)
        _restore(engine, backup, keep_receipts=True)
        reapply_deletions(engine, _NEXT_DAY)
        before = _everything(engine)
        assert reapply_deletions(engine, _NEXT_DAY, receipts(engine)) == 0
        assert _everything(engine) == before

    def test_messages_after_the_receipt_stay(self, engine: Engine, talk: Say) -> None:
        talk("s")
        forget(engine, "s", _LATER)
        slow, new = talk("s", _NOON), talk("s", _LATER + timedelta(seconds=1))
        assert reapply_deletions(engine, _NEXT_DAY) == 1
        assert _row(engine, slow).text is None
        assert _row(engine, new).text == _SECRET
        assert len(parts_after(engine, "web", "s", 0)) == 2

    def test_an_answer_on_its_way_is_left_until_it_was_sent(self, engine: Engine, say: Say) -> None:
        request = say("s", at=_NOON)
        claim(engine, "w", 30, _NOON)
        forget(engine, "s", _NOON, keep=request)
        assert reapply_deletions(engine, _NOON) == 0
        assert waiting(engine, "s") == 1
        close(engine, request, Verdict(Outcome.PERSONAL_DATA), [{"text": "Đã xóa"}], _NOON)
        assert reapply_deletions(engine, _NOON + timedelta(minutes=1)) == 0
        assert reapply_deletions(engine, _LATER) == 1
        assert parts_after(engine, "web", "s", 0) == []
        assert _row(engine, request).sender == ""

    def test_a_message_that_came_in_during_the_deletion_goes_with_the_next_run(self, engine: Engine, talk: Say) -> None:
        talk("s")
        forget(engine, "s", _LATER)
        slow = talk("s", _NOON)
        assert reapply_deletions(engine, _NEXT_DAY) == 1
        assert _row(engine, slow).text is None


def _restore(engine: Engine, backup: dict[str, list[Any]], keep_receipts: bool) -> None:
    tables = [table for table in metadata.sorted_tables if not (keep_receipts and table is deletion)]
    with engine.begin() as connection:
        for table in reversed(tables):
            connection.execute(delete(table))
        for table in tables:
            if backup[table.name]:
                connection.execute(insert(table), [dict(row._mapping) for row in backup[table.name]])


class TestExpire:
    """After the retention time texts go."""

    def test_removes_old_texts_answers_and_conversations(self, engine: Engine, talk: Say) -> None:
        old, new = talk("s", _NOON), talk("s", _LATER)
        assert expire(engine, before=_LATER) == 1
        gone, kept = _row(engine, old), _row(engine, new)
        assert (gone.text, gone.payload, gone.feedback_text) == (None, None, None)
        assert (kept.text, kept.payload, kept.feedback_text) == (_SECRET, {"a": _SECRET}, _SECRET)
        assert {row.message_id for row in _everything(engine)["outbox"]} == {new}
        assert [row.created_at for row in _everything(engine)["event"]] == [_LATER]

    def test_counts_and_outcomes_stay(self, engine: Engine, talk: Say) -> None:
        row = _row(engine, talk("s"))
        expire(engine, before=_LATER)
        after = _row(engine, row.id)
        assert outcome_counts(engine) == {"declined": 1}
        assert (after.sender, after.entry, after.feedback) == (row.sender, row.entry, row.feedback)

    def test_again_changes_nothing(self, engine: Engine, talk: Say) -> None:
        talk("s")
        expire(engine, before=_LATER)
        before = _everything(engine)
        assert expire(engine, before=_LATER) == 0
        assert _everything(engine) == before

    def test_an_answer_to_a_tap_without_text_goes_too(self, engine: Engine, say: Say) -> None:
        close(engine, say("s", None), Verdict(Outcome.ANSWERED), [{"text": _SECRET}], _NOON)
        expire(engine, before=_LATER)
        assert _count(engine, outbox) == 0

    @pytest.mark.parametrize("count", [499, 500, 501, 1001])
    def test_works_through_more_than_one_batch(self, engine: Engine, count: int) -> None:
        assert retention._BATCH == 500
        common = {"channel": "web", "sender": "s", "kind": "text", "received_at": _NOON, "text": "chào"}
        with engine.begin() as connection:
            connection.execute(insert(message), [{**common, "event_id": str(number)} for number in range(count)])
        assert expire(engine, before=_LATER) == count

    def test_goes_on_after_it_was_stopped_half_way(self, engine: Engine, talk: Say) -> None:
        talk("s"), talk("t")
        with engine.begin() as connection:
            connection.execute(delete(outbox))
            connection.execute(update(message).where(message.c.sender == "s").values(text=None))
        assert expire(engine, before=_LATER) == 2
        assert _count(engine, event) == 0
        assert {row.text for row in _everything(engine)["message"]} == {None}
