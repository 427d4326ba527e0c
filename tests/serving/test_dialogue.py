"""What a resident gets through HTTP, and the one row that each message leaves in the ledger."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from sqlalchemy import func, select

from faq.settings import ROOT
from faq.tables import deletion, event, message, outbox
from tests.serving.conftest import GOLDEN, GOLDEN_ENTRY, Browser, Reply, Server, assert_ledger

Step = Callable[[Browser], Any]
OTP = "có người gọi điện bảo đọc mã otp"


def types(text: str, **more: Any) -> Step:
    return lambda browser: browser.say(text, **more)


def sends(kind: str) -> Step:
    return types("", kind=kind)


def taps(title: str) -> Step:
    return lambda browser: browser.tap(title, newest(browser, "buttons"))


def taps_the_first() -> Step:
    return lambda browser: taps(newest(browser, "buttons")["buttons"][0]["title"])(browser)


def newest(browser: Browser, what: str) -> Reply:
    """Give the newest reply with buttons or thumbs; the first contact's notice may stand behind it."""
    return next(reply for reply in reversed(browser.replies) if reply[what])


def taps_thumb(verdict: str) -> Step:
    """Tap a thumb under the newest answer that has thumbs."""

    def step(browser: Browser) -> Any:
        number = newest(browser, "feedback")["number"]
        return browser.say("👎 Chưa đúng", payload={"feedback": verdict, "reply": number})

    return step


def first_that_ends(outcome: str, *texts: str) -> Step:
    """Ask until one of the texts ends so: which one does, depends on what the matcher has learnt."""

    def step(browser: Browser) -> Any:
        found = None
        for text in texts:
            found = browser.say(text)
            if found[1].outcome == outcome:
                break
        return found

    return step


def negatives() -> list[str]:
    """Give wordings that the matcher was taught to turn away."""
    intents = yaml.safe_load((ROOT / "nlu_data" / "negatives.yml").read_text("utf-8"))["nlu"]
    return [line.removeprefix("- ") for line in str(intents[0]["examples"]).splitlines()[:10]]


is_unsure = first_that_ends("clarified", "mật khẩu", "tài khoản", "vneid", "đổi", "tôi muốn nộp hồ sơ")
is_unwritten = first_that_ends(
    "no_content",
    "xin cấp lại bằng tốt nghiệp đại học bị mất",
    "viết giúp tôi bài thơ về biển",
    "hồ sơ bị thiếu chữ ký số của phường thì ai chịu trách nhiệm đền bù",
    "đăng ký",
    "xin giấy phép hành nghề bác sĩ thú y của tôi bị ướt",
)
FOLLOW_UP = [types("đăng ký khai sinh cho con cần giấy tờ gì"), types("vậy hết bao nhiêu tiền")]
STEPS = [types(GOLDEN), taps("Xem từng bước")]

TABLE = {
    "answered": ([types(GOLDEN)], "answered", None, GOLDEN_ENTRY),
    "answered_without_marks": ([types("toi quen mat khau vneid roi lam sao")], "answered", None, GOLDEN_ENTRY),
    "answered_follow_up": (FOLLOW_UP, "answered", "follow_up", "khai-sinh"),
    "answered_step": (STEPS, "answered", "step", GOLDEN_ENTRY),
    "answered_next_step": ([*STEPS, types("tiếp đi")], "answered", "step", GOLDEN_ENTRY),
    "answered_ward": ([types("phường 7 vũng tàu nay là phường gì")], "answered", "ward", None),
    "clarified": ([is_unsure], "clarified", "unsure", None),
    "clarified_procedure": ([types("hết bao nhiêu tiền")], "clarified", "missing_procedure", None),
    "chosen_by_number": ([is_unsure, types("chọn số 2 ạ")], "chosen", "button", ...),
    "chosen_by_tap": ([is_unsure, taps_the_first()], "chosen", "button", ...),
    "declined_by_tap": ([is_unsure, taps("Không phải các mục trên")], "declined", "none_of_these", None),
    "declined_in_words": ([is_unsure, types("không phải")], "declined", "none_of_these", None),
    "out_of_scope": ([first_that_ends("out_of_scope", *negatives())], "out_of_scope", ..., None),
    "signpost": ([types("làm thủ tục ly hôn ở đâu")], "out_of_scope", "signpost", "noi-khac-ly-hon"),
    "no_content": ([is_unwritten], "no_content", "low_probability", None),
    "handoff": ([types("cho tôi gặp người thật")], "handoff", "asked", None),
    "small_talk": ([types("xin chào")], "small_talk", None, ...),
    "menu": ([types("menu")], "small_talk", "menu", None),
    "safety": ([types(OTP)], "safety", None, "an-toan-hoi-otp"),
    "emergency": ([types("nhà hàng xóm đang cháy")], "safety", None, "an-toan-chay-114"),
    "personal_data": ([types("số cccd của tôi là 079203001234")], "personal_data", "only_personal_data", None),
    "privacy": ([types("trợ lý có lưu tin nhắn của tôi không")], "personal_data", "privacy", None),
    "feedback_bad": ([types(GOLDEN), types("sai rồi")], "feedback_bad", None, None),
    "feedback_good": ([types(GOLDEN), types("đúng rồi cảm ơn")], "small_talk", "feedback_good", None),
    "sticker": ([sends("sticker")], "unsupported", "sticker", None),
    "voice": ([sends("voice")], "unsupported", "voice", None),
    "image": ([sends("image")], "unsupported", "image", None),
    "empty": ([types("")], "unsupported", "empty", None),
    "only_signs": ([types("?!?…")], "unsupported", "no_words", None),
    "too_long": ([types("a" * 1001)], "unsupported", "too_long", None),
    "old_button": ([types("Xóa", payload={"command": "confirm"})], "unsupported", "old_button", None),
}  # fmt: skip


@pytest.mark.parametrize(("steps", "outcome", "reason", "entry"), TABLE.values(), ids=TABLE)
def test_every_outcome_is_reached_and_written_once(
    server: Server, browser: Browser, steps: list[Step], outcome: str, reason: Any, entry: Any
) -> None:
    """Each message leaves one row with one outcome; ``...`` stands for any value."""
    reply, row = [step(browser) for step in steps][-1]

    assert row.outcome == outcome
    assert reason is ... or row.reason == reason
    assert bool(row.entry) if entry is ... else row.entry == entry
    assert reply["text"]
    own = [found for found in server.rows() if found.sender == browser.sender]
    assert len(own) == len({found.event_id for found in own}) == len({reply["to"] for reply in browser.replies})
    assert all(found.outcome and found.replied_at for found in own)


def test_first_contact_greets_and_says_what_is_kept(browser: Browser) -> None:
    reply, row = browser.say("", payload={"start": True})

    assert (row.outcome, row.reason) == ("small_talk", "greet")
    assert "180 ngày" in reply["text"]
    assert "xóa dữ liệu của tôi" in reply["text"]
    assert [button["title"] for button in reply["buttons"]][1] == "Đăng nhập VNeID"
    assert len(browser.replies) == 1


def test_who_asks_at_once_also_learns_what_is_kept(browser: Browser) -> None:
    browser.say(GOLDEN)
    browser.say("quên passcode vneid")

    notices = [reply for reply in browser.replies if "180 ngày" in reply["text"]]
    assert len(notices) == 1


def test_an_answer_and_its_row_tell_the_same(server: Server, browser: Browser) -> None:
    reply, row = browser.say(GOLDEN)

    item = server.published(GOLDEN_ENTRY)
    assert reply["text"].startswith(item.text.answer)
    assert "Kiểm tra ngày" in reply["text"]
    assert reply["buttons"][0]["title"] == "Xem từng bước"
    assert reply["feedback"]
    assert (row.outcome, row.entry, row.text, row.kind) == ("answered", GOLDEN_ENTRY, GOLDEN, "text")
    names, chances = zip(*row.candidates, strict=True)
    assert len(names) == 3
    assert names[0] == GOLDEN_ENTRY
    assert 1 >= chances[0] >= chances[1] >= chances[2] >= 0
    assert row.revision >= 1
    snapshot = (server.folder / "snapshots" / "CURRENT").read_text("utf-8")
    assert row.model
    assert row.model in snapshot
    assert row.received_at <= row.replied_at


def test_the_conversation_is_kept_by_our_store(server: Server, browser: Browser) -> None:
    """A misspelt store would keep it in memory, and Rasa would only warn."""
    browser.say(GOLDEN)
    with server.engine.connect() as connection:
        kept = connection.scalar(select(func.count()).where(event.c.sender == browser.sender))

    assert kept >= 5


def test_a_thumb_and_its_reason_stand_beside_the_answer(server: Server, browser: Browser) -> None:
    _, answered = browser.say(GOLDEN)
    _, other = browser.say("quên passcode vneid")
    first = next(reply for reply in browser.replies if reply["to"] == answered.event_id)
    asked, thumb = browser.say("👎 Chưa đúng", payload={"feedback": "bad", "reply": first["number"]})
    thanks, told = browser.say("chưa nói rõ bấm ở chỗ nào trên màn hình")

    assert "Chưa đúng ở đâu" in asked["text"]
    assert "ghi lại" in thanks["text"]
    assert (thumb.outcome, thumb.reason) == ("feedback_bad", None)
    assert (told.outcome, told.reason) == ("feedback_bad", "told")
    (judged,) = server.rows(answered.event_id)
    assert (judged.outcome, judged.feedback) == ("answered", "bad")
    assert judged.feedback_text == "chưa nói rõ bấm ở chỗ nào trên màn hình"
    assert server.row(other.event_id).feedback is None


def test_a_good_thumb_is_stored(server: Server, browser: Browser) -> None:
    _, answered = browser.say(GOLDEN)
    taps_thumb("good")(browser)

    assert server.row(answered.event_id).feedback == "good"


def test_delete_my_data_asks_first_then_deletes(server: Server, browser: Browser) -> None:
    _, first = browser.say("tôi quên mật khẩu vneid chuyện riêng")
    sender = browser.sender
    asked, _ = browser.say("xóa dữ liệu của tôi")
    assert [button["title"] for button in asked["buttons"]] == ["Xóa", "Không xóa"]
    _kept, denied = browser.tap("Không xóa", asked)
    assert denied.reason == "not_deleted"
    assert server.row(first.event_id).text, "nothing is gone before it is confirmed"

    asked, _ = browser.say("xóa dữ liệu của tôi")
    before = len(server.rows())
    done, confirmed = browser.tap("Xóa", asked)

    assert "Đã xóa" in done["text"], "the reply to the deletion itself is delivered"
    assert (confirmed.outcome, confirmed.reason, confirmed.text) == ("personal_data", "deleted", None)
    assert len(server.rows()) == before + 1, "the counts stay"
    gone = server.row(first.event_id)
    assert (gone.text, gone.payload, gone.sender, gone.outcome) == (None, None, "", "answered")
    with server.engine.connect() as connection:
        assert connection.scalar(select(func.count()).where(event.c.sender == sender)) == 0
        assert connection.scalar(select(func.count()).where(deletion.c.sender == sender)) == 1
        left = connection.execute(select(message.c.text).where(message.c.sender == sender)).scalars().all()
        answers = connection.scalar(select(func.count()).where(outbox.c.sender == sender))
    assert left == [None]
    assert answers == 1
    _reply, row = browser.say(GOLDEN)
    assert row.outcome == "answered", "and the person may go on"


def test_ledger(server: Server) -> None:
    """After all of the above."""
    assert_ledger(server)
