"""What the FAQ team publishes is answered within seconds, beside the traffic, and only on its days."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from faq.clock import today
from tests.serving.conftest import GOLDEN, GOLDEN_ENTRY, Browser, Server, assert_ledger, make_entry, until

MARKET = (
    "chợ đêm hồ đá xanh mở mấy giờ", "cho dem ho da xanh mo may gio", "chợ đêm hồ đá xanh", "gio mo cua cho dem ho da xanh",
    "mấy giờ thì chợ đêm hồ đá xanh mở", "cho dem ho da xanh dong cua luc nao", "đi chợ đêm hồ đá xanh lúc nào",
    "chợ đêm ở hồ đá xanh bán tới mấy giờ",
)  # fmt: skip
FERRY = (
    "phà cồn sậy chạy tới mấy giờ", "pha con say chay toi may gio", "phà cồn sậy", "gio chay pha con say",
    "chuyến phà cồn sậy cuối cùng", "pha con say may gio het", "đi phà cồn sậy lúc nào", "phà cồn sậy còn chạy không",
)  # fmt: skip
KITE = (
    "hội thả diều bãi sậy vàng khi nào", "hoi tha dieu bai say vang khi nao", "hội thả diều bãi sậy vàng",
    "ngay nao tha dieu bai say vang", "lịch thả diều ở bãi sậy vàng", "tha dieu bai say vang hom nao",
    "đi thả diều bãi sậy vàng", "bãi sậy vàng thả diều ngày mấy",
)  # fmt: skip


@contextmanager
def traffic(server: Server, browsers: int = 3) -> Iterator[list[Any]]:
    """Keep asking the golden question from several browsers; gives the rows at the end."""
    stop, ids, faults = threading.Event(), list[str](), list[Exception]()

    def ask() -> None:
        try:
            browser = Browser(server)
            for _ in range(18):  # below the limit of a minute
                if stop.is_set():
                    return
                ids.append(browser.send(GOLDEN))
                browser.answer_to(ids[-1])
                time.sleep(0.3)
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=ask) for _ in range(browsers)]
    rows: list[Any] = []
    for thread in threads:
        thread.start()
    try:
        yield rows
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not faults
    rows += [server.row(name) for name in ids]


def seconds_until_answered(server: Server, text: str, entry: str, was: str | None = None) -> tuple[float, Any]:
    """Ask again and again, as new people, until an entry answers (or, with ``was``, until it no longer does)."""
    began = time.monotonic()

    def found() -> Any:
        row = Browser(server).say(text)[1]
        return row if (row.entry == entry) == (was is None) else None

    row = until(found, f"{entry} answers {text!r}", 30)
    return time.monotonic() - began, row


def test_an_entry_is_answered_seconds_after_it_was_published(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three seconds is the promise; the machine of the tests may be three times as slow."""
    browser = Browser(server)
    _, before = browser.say(MARKET[0])
    assert before.entry != "thu-cho-dem"
    with traffic(server) as rows:
        revision = server.publish(make_entry("thu-cho-dem", "Chợ mở từ 18 giờ tới 23 giờ.", MARKET))
        took, row = seconds_until_answered(server, MARKET[1], "thu-cho-dem")
        second = server.publish(make_entry("thu-cho-dem", "Chợ nay mở từ 17 giờ.", MARKET))
        again = time.monotonic()
        until(lambda: "17 giờ" in Browser(server).say(MARKET[0])[0]["text"], "the new wording", 30)
        took_again = time.monotonic() - again
        time.sleep(0.5)

    with capsys.disabled():
        print(
            f"\npublished and answered after {took:.1f} s, changed after {took_again:.1f} s, {len(rows)} messages meanwhile"
        )
    assert took < 10
    assert took_again < 10
    assert row.revision == revision
    assert second == revision + 1
    assert [(row.outcome, row.entry) for row in rows] == [("answered", GOLDEN_ENTRY)] * len(rows)
    assert len({row.revision for row in rows}) > 1, "traffic ran on both sides of the change"
    assert {row.model for row in rows} == {before.model}, "no training"
    by_sender: dict[str, list[int]] = {}
    for row in rows:
        by_sender.setdefault(row.sender, []).append(row.revision)
    assert all(revisions == sorted(revisions) for revisions in by_sender.values())
    assert_ledger(server)


def test_what_is_withdrawn_is_no_longer_answered(server: Server) -> None:
    server.publish(make_entry("thu-cho-dem", "Chợ mở từ 18 giờ tới 23 giờ.", MARKET))
    _, old = seconds_until_answered(server, MARKET[0], "thu-cho-dem")
    server.publish(withdrawn=["thu-cho-dem"])
    seconds_until_answered(server, MARKET[0], "thu-cho-dem", was="answered")

    reply, row = Browser(server).say("Chợ đêm", payload={"entry": "thu-cho-dem", "aspect": ""})
    assert old.outcome == "answered"
    assert (row.outcome, row.reason) == ("unsupported", "old_button")
    assert "Nút này đã cũ" in reply["text"]


def test_an_entry_past_its_last_day_is_not_given_as_current(server: Server) -> None:
    """The resident is told that it has changed, and the desk gets it (DESIGN section 6)."""
    yesterday = today() - timedelta(days=1)
    steps = ("Ra bến.", "Mua vé.")
    server.publish(make_entry("thu-pha", "Phà chạy tới 22 giờ.", FERRY, steps=steps, valid_until=today()))
    _, row = seconds_until_answered(server, FERRY[0], "thu-pha")
    assert row.outcome == "answered", "the last day itself counts"

    revision = server.publish(make_entry("thu-pha", "Phà chạy tới 22 giờ.", FERRY, steps=steps, valid_until=yesterday))
    until(lambda: Browser(server).say(GOLDEN)[1].revision >= revision, "the new revision", 30)
    asked = [
        Browser(server).say(FERRY[1]),
        Browser(server).say("Phà", payload={"entry": "thu-pha", "aspect": ""}),
        Browser(server).say("Xem từng bước", payload={"entry": "thu-pha", "aspect": "", "step": 0}),
    ]
    for reply, row in asked:
        assert "hết áp dụng" in reply["text"]
        assert "22 giờ" not in reply["text"]
        assert "Ra bến" not in reply["text"]
        assert (row.outcome, row.reason, row.entry) == ("no_content", "expired", "thu-pha")


def test_an_entry_that_begins_tomorrow_is_not_given_today(server: Server) -> None:
    tomorrow = today() + timedelta(days=1)
    text = "Hội thả diều mở lúc 15 giờ."
    revision = server.publish(make_entry("thu-tha-dieu", text, KITE, valid_from=tomorrow))
    until(lambda: Browser(server).say(GOLDEN)[1].revision >= revision, "the new revision", 30)
    reply, row = Browser(server).say(KITE[0])
    assert row.entry != "thu-tha-dieu"
    assert "15 giờ" not in reply["text"]
    reply, row = Browser(server).say("Diều", payload={"entry": "thu-tha-dieu", "aspect": ""})
    assert "15 giờ" not in reply["text"]
    assert row.outcome == "unsupported"

    server.publish(make_entry("thu-tha-dieu", text, KITE, valid_from=today()))
    _, row = seconds_until_answered(server, KITE[1], "thu-tha-dieu")
    assert row.outcome == "answered", "the first day counts"
    assert_ledger(server)


def test_what_breaks_a_golden_question_does_not_replace_what_serves(server: Server) -> None:
    """The new revision is refused, the old one serves on, and the next good one is taken (faults.md 51)."""
    good = server.published(GOLDEN_ENTRY)
    thief = make_entry("thu-cuop", "Sai.", (GOLDEN, "toi quen mat khau vneid roi lam sao", *good.text.variants[:8]))
    old = Browser(server).say(GOLDEN)[1].revision
    stolen = server.publish(thief, withdrawn=["vneid-quen-passcode"])
    until(lambda: f"revision {stolen} refused" in (server.folder / "log" / "rasa.log").read_text("utf-8")
          or Browser(server).say(GOLDEN)[1].revision == stolen, "a refusal or a swap", 30)  # fmt: skip
    _, row = Browser(server).say(GOLDEN)
    assert row.entry == GOLDEN_ENTRY

    passcode = server.engine  # the withdrawn entry comes back with the thief withdrawn
    assert passcode is not None
    back = server.publish(withdrawn=["thu-cuop"])
    until(lambda: Browser(server).say(GOLDEN)[1].revision == back, "the repaired revision", 30)
    assert old < stolen < back
