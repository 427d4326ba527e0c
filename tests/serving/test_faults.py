"""Parts die, hang and lock under a server of this module's own; what was accepted is answered all the same."""

import os
import random
import signal
import sqlite3
import threading
import time
from contextlib import closing, suppress
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.serving.conftest import GOLDEN, GOLDEN_ENTRY, PATIENCE, Browser, Server, assert_ledger, until

HANDOFF = "cho tôi gặp người thật"
#: A claim of a process that was killed ends after this time (connectors.base.inbox.LEASE_SECONDS).
LEASE = 30.0


@pytest.fixture
def server(own_server: Server) -> Server:
    """Take the place of the shared server in everything of this module."""
    return own_server


def answered(server: Server, ids: list[str], seconds: float = PATIENCE) -> list[Any]:
    """Wait until each of these messages has its outcome."""
    until(lambda: len([row for row in server.rows(*ids) if row.outcome]) == len(ids), f"{len(ids)} outcomes", seconds)
    return server.rows(*ids)


def test_without_the_action_server_answers_go_on(server: Server, browser: Browser) -> None:
    """A handoff gives one polite line that names the part; started again by the supervisor, it works (faults.md 4)."""
    assert browser.say(HANDOFF)[1].outcome == "handoff"
    assert server.process is not None
    os.kill(server.process.pid, signal.SIGSTOP)  # else it would start the action server again at once
    try:
        os.kill(server.children()["actions"], signal.SIGKILL)
        asked = browser.send(HANDOFF)
        parts, row = browser.answer_to(asked), server.row(asked)
        assert (row.outcome, row.reason) == ("error_action", "unreachable")
        assert len(parts) == 1
        assert "trục trặc" in parts[0]["text"]
        reply, row = browser.say(GOLDEN)
        assert (row.outcome, row.entry) == ("answered", GOLDEN_ENTRY)
        assert reply["buttons"]
    finally:
        os.kill(server.process.pid, signal.SIGCONT)

    until(lambda: Browser(server).say(HANDOFF)[1].outcome == "handoff", "the action server is back")
    assert_ledger(server)


def test_an_action_server_that_hangs_costs_seconds_and_nobody_else(server: Server, browser: Browser) -> None:
    """It accepts and never answers; the person's next message waits for the turn, others do not."""
    actions = server.children()["actions"]
    os.kill(actions, signal.SIGSTOP)
    try:
        began = time.monotonic()
        ids = [browser.send(HANDOFF), browser.send(GOLDEN)]
        other = Browser(server)
        _, free = other.say(GOLDEN)
        hung, following = answered(server, ids)
        took = time.monotonic() - began
    finally:
        os.kill(actions, signal.SIGCONT)

    assert (hung.outcome, hung.reason) == ("error_action", "timeout")
    assert following.outcome == free.outcome == "answered"
    assert free.replied_at < hung.replied_at < following.replied_at
    assert took < 30
    assert_ledger(server)


def test_a_locked_database_costs_a_503_and_loses_nothing(
    server: Server, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another program holds it for five seconds (faults.md 10): no 2xx without a row, and it goes on by itself."""
    browser.say(GOLDEN)
    statuses: list[tuple[int, str]] = []
    waits: list[float] = []

    def write() -> None:
        event_id, began = str(uuid4()), time.monotonic()
        answer = browser.post("quên passcode vneid", event_id)
        waits.append(time.monotonic() - began)
        statuses.append((answer.status_code, event_id))
        if answer.status_code == 503:
            assert int(answer.headers["Retry-After"]) > 0
            assert answer.json()["error"]

    with closing(sqlite3.connect(server.database, isolation_level=None)) as other:
        under_way = browser.send(GOLDEN)
        other.execute("BEGIN EXCLUSIVE")
        writers = [threading.Thread(target=write) for _ in range(12)]
        for writer in writers:
            writer.start()
        began = time.monotonic()
        assert requests.get(f"{server.page}health", timeout=PATIENCE).status_code == 200
        assert time.monotonic() - began < 2, "what only reads does not wait behind those that write"
        time.sleep(5)
        other.execute("ROLLBACK")
    for writer in writers:
        writer.join()
    ids = [event_id for status, event_id in statuses if status == 202]
    rows = answered(server, [under_way, *ids])

    with capsys.disabled():
        print(f"\nlocked for 5 s: {sorted(status for status, _ in statuses)} within {max(waits):.1f} s")
    assert {status for status, _ in statuses} <= {202, 503}
    assert max(waits) < 10
    assert rows[0].outcome == "answered", "the turn under way"
    assert len(server.rows(*(event_id for _, event_id in statuses))) == len(ids)
    assert browser.say(GOLDEN)[1].outcome == "answered"
    with closing(sqlite3.connect(server.database)) as other:
        assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert_ledger(server)


def test_the_log_of_a_locked_database_holds_no_text(server: Server) -> None:
    """Errors of the database repeat its statements; their values would be what people wrote."""
    said = (server.folder / "log" / "rasa.log").read_text("utf-8")

    assert "database is locked" in said, "else this test looks at nothing"
    for text in (GOLDEN, "quên passcode", "Bác tự lấy lại được"):
        assert text not in said


def test_a_stop_with_work_in_the_queue_loses_nothing(server: Server) -> None:
    """SIGTERM while thirty messages of three people wait; started again, each is answered (faults.md 3, 12)."""
    browsers = [Browser(server) for _ in range(3)]
    ids = [browser.send(text) for text in [GOLDEN, "quên passcode vneid"] * 5 for browser in browsers]
    began = time.monotonic()
    code = server.stop()
    took = time.monotonic() - began
    open_rows = [row for row in server.rows(*ids) if not row.outcome]

    assert code == 0
    assert took < 20
    assert not any(is_running(server))
    assert "Đã dừng." in server.said()
    server.start()
    rows = answered(server, ids, LEASE + PATIENCE)
    assert {row.outcome for row in rows} == {"answered"}
    for browser in browsers:
        for row in [row for row in rows if row.sender == browser.sender]:
            assert browser.answer_to(row.event_id)
    print(f"stopped in {took:.1f} s with {len(open_rows)} of {len(ids)} messages open")
    assert_ledger(server)


def is_running(server: Server) -> list[bool]:
    """Whether anything still answers on the two ports."""
    found = []
    for port in (server.port, server.action_port):
        try:
            requests.get(f"http://127.0.0.1:{port}/", timeout=2)
            found.append(True)
        except requests.RequestException:
            found.append(False)
    return found


def test_a_killed_server_loses_nothing(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """`kill -9` of Rasa in the middle of thirty messages; the supervisor ends and is started again.

    What was accepted is answered without a new delivery; what was not, is sent again by the page with the same id.
    """
    browsers = [Browser(server) for _ in range(5)]
    rasa, process = server.children()["rasa"], server.process
    assert process is not None
    sent = [str(uuid4()) for _ in range(30)]
    ids = []
    random.seed(12)
    for number, event_id in enumerate(sent):
        with suppress(requests.RequestException):  # nobody is promised anything any more
            if browsers[number % 5].post(GOLDEN if number % 2 else "quên passcode vneid", event_id).status_code == 202:
                ids.append(event_id)
        if number == 17:
            os.kill(rasa, signal.SIGKILL)
        time.sleep(random.random() * 0.05)
    assert process.wait(20) == 1, "systemd shall start it again"
    server.stop()

    open_rows = [row for row in server.rows(*ids) if not row.outcome]
    began = time.monotonic()
    server.start()
    rows = answered(server, ids, LEASE + PATIENCE)
    took = time.monotonic() - began
    with capsys.disabled():
        print(f"\nkilled with {len(open_rows)} of {len(ids)} accepted messages open; all answered {took:.0f} s later")
    assert 18 <= len(ids) < 30
    assert {row.outcome for row in rows} == {"answered"}
    for number, event_id in enumerate(sent):
        assert browsers[number % 5].post(GOLDEN if number % 2 else "quên passcode vneid", event_id).status_code == 202
    rows = answered(server, sent)
    assert {row.outcome for row in rows} == {"answered"}
    for browser in browsers:
        for row in [row for row in rows if row.sender == browser.sender]:
            assert browser.answer_to(row.event_id)
    assert_ledger(server)
    with closing(sqlite3.connect(server.database)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
