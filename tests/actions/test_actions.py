"""The actions as the action server runs them: what residents read, what the ledger learns, what is deleted."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from rasa_sdk.executor import ActionExecutor
from sqlalchemy import select
from sqlalchemy.engine import Engine

from actions.delete_data import ActionDeleteData
from actions.handoff import ActionHandoff
from faq.db import connect, migrate
from faq.desk.ledger import Received, record
from faq.locality.locality import our_locality
from faq.locality.replies import handoff_text, ward_text
from faq.locality.ward_names import WardMatch
from faq.locality.wards import find_old_wards, old_ward_names
from faq.tables import message

_ROOT = Path(__file__).parents[2]
_LONGEST = 600
_MONDAY_MORNING = datetime(2026, 11, 23, 2, tzinfo=timezone.utc)  # 9:00 in Viet Nam
_SUNDAY = datetime(2026, 11, 22, 2, tzinfo=timezone.utc)
_ACTIONS = {"action_handoff", "action_find_ward", "action_delete_data"}


def _call(action: str, text: str = "", faq: Any = None, metadata: Any = None, sender: str = "s1") -> dict[str, Any]:
    latest = {"text": text, "intent": {"name": "x"}, "entities": [], "metadata": metadata or {}}
    if faq is not None:
        latest["faq"] = faq
    tracker = {"sender_id": sender, "slots": {}, "latest_message": latest, "events": [], "paused": False}
    return {"next_action": action, "sender_id": sender, "tracker": tracker, "domain": {}}


def _run(executor: ActionExecutor, call: dict[str, Any]) -> dict[str, Any]:
    """Give the one bot message of an action."""
    answer = asyncio.run(executor.run(call))
    assert answer is not None
    assert answer["events"] == []
    (reply,) = answer["responses"]  # text and outcome ride together
    assert 0 < len(reply["text"]) <= _LONGEST
    return dict(reply)


@pytest.fixture
def executor() -> ActionExecutor:
    executor = ActionExecutor()
    executor.register_package("actions")
    return executor


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = connect(f"sqlite:///{tmp_path / 'troly.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


def _message(engine: Engine, event: str, sender: str = "s1", text: str = "tin nhắn") -> int:
    number = record(engine, Received("web", event, sender, "text", text, None, _MONDAY_MORNING))
    assert number is not None
    return number


def _texts(engine: Engine) -> list[str | None]:
    with engine.connect() as connection:
        return [row.text for row in connection.execute(select(message.c.text).order_by(message.c.id))]


def test_the_server_finds_exactly_the_actions_of_the_domain(executor: ActionExecutor) -> None:
    assert set(executor.actions) == _ACTIONS


def test_importing_the_actions_opens_nothing(tmp_path: Path) -> None:
    code = (
        "import actions.delete_data as d, actions.find_ward, actions.handoff\n"
        "from faq.locality import locality, ward_register, wards\n"
        "for cached in (d._engine, locality.our_locality, ward_register.our_register):\n"
        "    assert cached.cache_info().currsize == 0\n"
    )
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'none' / 'troly.db'}"}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=_ROOT, env=environment)
    assert not (tmp_path / "none").exists()


# action_handoff


def test_a_handoff_says_whom_to_call_and_what_to_have_at_hand(executor: ActionExecutor) -> None:
    reply = _run(executor, _call("action_handoff", "cho tôi gặp người"))
    assert reply["custom"] == {"outcome": "handoff", "reason": "asked"}
    for part in ("đã ghi lại", "Giấy tiếp nhận", "19000368", "7 giờ 30", "có tính cước", "Bác chuẩn bị: mã hồ sơ"):
        assert part in reply["text"]


def test_a_handoff_keeps_the_reason_of_the_decision(executor: ActionExecutor) -> None:
    reply = _run(executor, _call("action_handoff", faq={"intent": "handoff", "reason": "stuck"}))
    assert reply["custom"] == {"outcome": "handoff", "reason": "stuck"}


@pytest.mark.parametrize(
    ("now", "state"),
    [(_MONDAY_MORNING, "Bây giờ đang trong giờ đó, trừ ngày lễ."), (_SUNDAY, "Bây giờ ngoài giờ đó.")],
    ids=["open", "closed"],
)
def test_a_handoff_says_whether_the_line_is_open_now(now: datetime, state: str) -> None:
    executor = ActionExecutor()
    executor.register_action(ActionHandoff(clock=lambda: now))
    assert state in _run(executor, _call("action_handoff"))["text"]


@pytest.mark.parametrize("line", our_locality().hotlines, ids=lambda line: line.id)
def test_the_line_for_the_topic_of_the_last_answer_comes_first(executor: ActionExecutor, line: Any) -> None:
    reply = _run(executor, _call("action_handoff", faq={"state": {"entry": f"{line.id}-mot-cau-hoi"}}))
    first = reply["text"].splitlines()[1]
    assert line.number in first
    assert line.hours in first
    assert line.cost[1:] in first


def test_an_unsure_number_is_given_only_with_its_warning() -> None:
    text = handoff_text(our_locality(), "cong-quoc-gia-x", _SUNDAY)
    assert "18001096" in text
    assert "Cần kiểm tra trước khi gọi" in text
    assert "18001096" not in handoff_text(our_locality(), "", _SUNDAY)


# action_find_ward


def test_one_ward_is_answered_with_its_office(executor: ActionExecutor) -> None:
    reply = _run(executor, _call("action_find_ward", "phuong 7 vung tau gio la phuong nao"))
    assert reply["custom"] == {"outcome": "answered", "reason": "ward"}
    assert "Phường 7 (thành phố Vũng Tàu cũ) nay là phường Tam Thắng, từ ngày 1/7/2025." in reply["text"]
    assert "Trung tâm Phục vụ hành chính công phường Tam Thắng" in reply["text"]
    assert "Thành phố Hồ Chí Minh" in reply["text"]
    assert "kiểm tra lại" in reply["text"]


def test_a_ward_that_kept_its_name_is_told_so(executor: ActionExecutor) -> None:
    text = _run(executor, _call("action_find_ward", "rạch dừa"))["text"]
    assert "nay vẫn mang tên phường Rạch Dừa" in text


def test_a_present_name_is_told_so(executor: ActionExecutor) -> None:
    text = _run(executor, _call("action_find_ward", "phường Tam Thắng"))["text"]
    assert text.startswith("Phường Tam Thắng là tên hiện nay, dùng từ ngày 1/7/2025.")


def test_an_ambiguous_name_gives_all_and_how_to_choose(executor: ActionExecutor) -> None:
    reply = _run(executor, _call("action_find_ward", "phước hưng"))
    assert reply["custom"] == {"outcome": "answered", "reason": "ward"}
    assert "Có nhiều nơi trùng tên" in reply["text"]
    assert "- Phường Phước Hưng (thành phố Bà Rịa cũ): nay là phường Bà Rịa" in reply["text"]
    assert "- Xã Phước Hưng (huyện Long Đất cũ): nay là xã Long Hải" in reply["text"]


def test_the_name_of_a_former_district_asks_for_the_ward(executor: ActionExecutor) -> None:
    text = _run(executor, _call("action_find_ward", "long điền nay là xã nào"))["text"]
    assert "Thị trấn Long Điền" in text
    assert "bác nhắn tên xã, phường cũ" in text


def test_a_split_ward_names_all_heirs() -> None:
    text = ward_text([WardMatch("Xã A", "huyện B", ("Xã C", "Phường D"))])
    assert "chia về xã C, phường D" in text
    assert "xem nhà mình thuộc nơi nào" in text


@pytest.mark.parametrize("text", ["phường tôi giờ thuộc phường nào", "", "Tra phường, xã mới", "phường 7 quận 3"])
def test_without_a_ward_the_resident_is_asked(executor: ActionExecutor, text: str) -> None:
    reply = _run(executor, _call("action_find_ward", text, faq={"state": {"awaiting": ""}}))
    assert reply["text"] == "Bác cho trợ lý biết tên phường, xã cũ (ví dụ: phường 7, Vũng Tàu)."
    assert reply["custom"] == {"outcome": "clarified", "reason": "ward_unknown", "awaiting": "ward"}


def test_a_name_not_found_after_asking_gets_another_question(executor: ActionExecutor) -> None:
    reply = _run(executor, _call("action_find_ward", "xã ABC", faq={"state": {"awaiting": "ward"}}))
    assert "chưa tìm thấy" in reply["text"]
    assert reply["custom"] == {"outcome": "clarified", "reason": "ward_unknown", "awaiting": "ward"}


@pytest.mark.parametrize(("awaiting", "outcome"), [("ward", "answered"), ("", "clarified")])
def test_a_bare_number_is_a_ward_only_as_the_answer_to_our_question(
    executor: ActionExecutor, awaiting: str, outcome: str
) -> None:
    reply = _run(executor, _call("action_find_ward", "7 vũng tàu", faq={"state": {"awaiting": awaiting}}))
    assert reply["custom"]["outcome"] == outcome


def test_a_message_without_a_text_is_asked_for_the_ward(executor: ActionExecutor) -> None:
    call = _call("action_find_ward")
    call["tracker"]["latest_message"] = {"text": None, "faq": None}
    assert _run(executor, call)["custom"]["reason"] == "ward_unknown"


def test_no_answer_about_wards_is_too_long() -> None:
    names = [name for name in old_ward_names() if " " in name]
    assert all(len(ward_text(find_old_wards(name))) <= _LONGEST for name in names if find_old_wards(name))
    longest = sorted(names, key=len, reverse=True)[:20]
    assert len(ward_text(find_old_wards(", ".join(longest)))) <= _LONGEST


# action_delete_data


def _deleting(engine: Engine) -> ActionExecutor:
    executor = ActionExecutor()
    executor.register_action(ActionDeleteData(engine=lambda: engine, clock=lambda: _MONDAY_MORNING))
    return executor


def test_everything_of_the_sender_goes_and_nothing_of_others(engine: Engine) -> None:
    _message(engine, "1")
    _message(engine, "2", sender="s2", text="của người khác")
    wish = _message(engine, "3", text="xóa hết")
    reply = _run(_deleting(engine), _call("action_delete_data", metadata={"message_id": wish}))
    assert reply["text"].startswith("Đã xóa ")
    assert reply["custom"] == {"outcome": "personal_data", "reason": "deleted"}
    assert _texts(engine) == [None, "của người khác", None]


def test_the_message_that_asks_stays_open_so_that_it_can_be_answered(engine: Engine) -> None:
    _message(engine, "1")
    wish = _message(engine, "2")
    _run(_deleting(engine), _call("action_delete_data", metadata={"message_id": wish}))
    with engine.connect() as connection:
        rows = connection.execute(select(message.c.id, message.c.sender, message.c.outcome)).all()
    assert {row.id: (row.sender, row.outcome) for row in rows}[wish] == ("s1", None)


def test_deleting_again_is_harmless_and_still_confirmed(engine: Engine) -> None:
    _message(engine, "1")
    call = _call("action_delete_data", metadata={"message_id": _message(engine, "2")})
    executor = _deleting(engine)
    assert _run(executor, call)["text"].startswith("Đã xóa 2 tin nhắn của bác")
    assert _run(executor, call)["text"].startswith("Đã xóa các tin nhắn của bác")


def test_a_channel_without_message_ids_deletes_everything(engine: Engine) -> None:
    _message(engine, "1")
    assert _run(_deleting(engine), _call("action_delete_data"))["custom"]["reason"] == "deleted"
    assert _texts(engine) == [None]


def test_a_failed_deletion_is_never_confirmed(tmp_path: Path) -> None:
    without_tables = connect(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(Exception, match="no such table"):
        asyncio.run(_deleting(without_tables).run(_call("action_delete_data")))


# The real server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _server(database: str, log: Path) -> Iterator[str]:
    port = _free_port()
    environment = {**os.environ, "DATABASE_URL": database, "SANIC_HOST": "127.0.0.1", "PYTHONPATH": str(_ROOT)}
    command = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
        try:
            _wait_until_healthy(f"http://127.0.0.1:{port}/health", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_healthy(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(url, timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"the action server did not start:\n{log.read_text('utf-8', 'replace')}")


def _post(url: str, call: dict[str, Any]) -> dict[str, Any]:
    request = Request(f"{url}/webhook", json.dumps(call).encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=30) as response:
        return dict(json.load(response))


def test_the_real_action_server_serves_all_three(tmp_path: Path, engine: Engine) -> None:
    _message(engine, "1")
    wish = _message(engine, "2", text="xóa hết")
    with _server(f"sqlite:///{tmp_path / 'troly.db'}", tmp_path / "log.txt") as url:
        with urlopen(f"{url}/actions", timeout=10) as response:
            assert {row["name"] for row in json.load(response)} == _ACTIONS
        calls = [
            _call("action_handoff", "cho gặp người"),
            _call("action_find_ward", "xã Tóc Tiên giờ là xã gì"),
            _call("action_delete_data", metadata={"message_id": wish}),
        ]
        replies = [_post(url, call)["responses"] for call in calls]
    assert [len(reply) for reply in replies] == [1, 1, 1]
    assert [reply[0]["custom"]["outcome"] for reply in replies] == ["handoff", "answered", "personal_data"]
    assert "xã Châu Pha" in replies[1][0]["text"]
    assert _texts(engine) == [None, None]
