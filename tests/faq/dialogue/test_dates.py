"""Texts that begin, end or go away while people talk about them."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from faq.dialogue.compose import basis_line, vietnamese_day
from faq.dialogue.model import Choice, Decision, Reply, State
from faq.entries.model import Entry, Procedure
from faq.matching.index import Snapshot
from faq.matching.republish import republish
from tests.faq.dialogue.talk import Talk
from tests.faq.small import DAY, entry, read_item, with_items, without_items

LAST = date(2026, 12, 31)
FIRST = LAST + timedelta(days=1)
OLD_CLAIM, NEW_CLAIM = "Phí là 10.000 đồng.", "Phí là 20.000 đồng."
PRICES = ("phí gửi xe bao nhiêu", "gui xe may tien", "giá giữ xe", "phi giu xe", "gửi xe tốn nhiêu", "tien gui xe")


@pytest.fixture(scope="module")
def ending(small: Snapshot) -> Snapshot:
    """Give a snapshot with an entry whose text and steps end with the year."""
    dated = entry("phi-gui-xe", *PRICES, answer=OLD_CLAIM, steps=("Gửi xe.", "Trả phí."), valid_until=LAST)
    return republish(small, with_items(small.content, dated), 2)


@pytest.fixture(scope="module")
def changing(small: Snapshot) -> Snapshot:
    """Give a snapshot with an entry that another replaces on 1 January, and one that names both."""
    old = entry("phi-gui-xe", *PRICES, answer=OLD_CLAIM, valid_until=LAST)
    new = entry("phi-moi", *PRICES, answer=NEW_CLAIM, valid_from=FIRST, replaces=old.id)
    other = entry("cho-de-xe", "chỗ để xe ở đâu", "cho de xe", "bãi xe nằm đâu", related=("phi-moi", "phi-gui-xe"))
    return republish(small, with_items(small.content, old, new, other), 2)


def assert_told_that_it_changed(decision: Decision, reply: Reply) -> None:
    assert (decision.outcome, decision.reason) == ("no_content", "expired")  # the desk shows it
    assert "đã hết áp dụng sau ngày 31/12/2026" in reply.text
    assert OLD_CLAIM not in reply.text
    assert "Trả phí" not in reply.text
    assert not reply.feedback
    assert [button.payload for button in reply.buttons] == [{"command": "handoff"}]


def test_on_its_last_day_a_text_is_given(ending: Snapshot) -> None:
    decision, reply = Talk(ending, LAST).say("phí gửi xe bao nhiêu")

    assert decision.outcome == "answered"
    assert OLD_CLAIM in reply.text
    assert "Áp dụng đến hết 31/12/2026." in reply.text


@pytest.mark.parametrize("payload", [None, {"entry": "phi-gui-xe"}, {"entry": "phi-gui-xe", "step": 0}], ids=str)
def test_after_its_last_day_the_resident_is_told_that_it_changed(ending: Snapshot, payload: dict[str, str]) -> None:
    talk = Talk(ending, FIRST)
    text = "" if payload else "phí gửi xe bao nhiêu"

    assert_told_that_it_changed(*talk.say(text, payload))
    assert talk.state.entry == ""


def test_steps_that_were_begun_before_midnight_are_not_gone_on_with(ending: Snapshot) -> None:
    talk = Talk(ending, LAST)
    talk.say("phí gửi xe bao nhiêu")
    assert talk.tap("Xem từng bước")[1].text == "Bước 1/2: Gửi xe."
    talk.day = FIRST

    assert_told_that_it_changed(*talk.say("tiếp"))


def test_of_several_answers_only_the_current_ones_are_given(ending: Snapshot) -> None:
    decision, reply = Talk(ending, FIRST).say("phí gửi xe bao nhiêu? quên passcode vneid làm sao?")

    assert (decision.outcome, decision.reason) == ("no_content", "expired")
    assert OLD_CLAIM not in reply.text
    assert "đã hết áp dụng" in reply.text
    assert "2. Quên passcode VNeID" in reply.text


def test_an_aspect_of_a_procedure_ends_by_itself(small: Snapshot) -> None:
    """The fee of temporary residence holds until 28 February 2027; where it is done holds on."""
    talk = Talk(small, date(2027, 3, 1))
    decision, reply = talk.say("đăng ký tạm trú bao nhiêu tiền")

    assert (decision.outcome, decision.reason) == ("no_content", "expired")
    assert "28/2/2027" in reply.text
    assert "đồng" not in reply.text
    assert talk.say("nộp ở đâu")[0].outcome == "answered"  # the procedure is still remembered


@pytest.mark.parametrize(("day", "name", "claim"), [(LAST, "phi-gui-xe", OLD_CLAIM), (FIRST, "phi-moi", NEW_CLAIM)])
def test_a_new_rule_takes_over_by_itself(changing: Snapshot, day: date, name: str, claim: str) -> None:
    asked = Talk(changing, day).say("phí gửi xe bao nhiêu")
    tapped = Talk(changing, day).say(payload={"entry": "phi-gui-xe"})  # a button of an old reply

    for decision, reply in (asked, tapped):
        assert (decision.outcome, decision.targets[0].entry) == ("answered", name)
        assert claim in reply.text


def test_a_rule_that_has_not_begun_is_nowhere_offered(changing: Snapshot) -> None:
    decision, reply = Talk(changing, LAST).say("chỗ để xe ở đâu")

    assert decision.targets[0].entry == "cho-de-xe"
    assert [button.payload for button in reply.buttons] == [{"entry": "phi-gui-xe"}]
    assert Talk(changing, LAST).say(payload={"entry": "phi-moi"})[0].reason == "old_button"


def test_once_it_has_begun_it_is_offered_and_the_old_one_is_not(changing: Snapshot) -> None:
    reply = Talk(changing, FIRST).say("chỗ để xe ở đâu")[1]

    assert [button.payload for button in reply.buttons] == [{"entry": "phi-moi"}]


def test_a_future_aspect_of_a_procedure_says_when_it_begins(small: Snapshot) -> None:
    item = read_item("tam-tru")
    assert isinstance(item, Procedure)
    later = replace(item.aspects["where"], valid_from=FIRST)
    snapshot = republish(small, with_items(small.content, replace(item, aspects={**item.aspects, "where": later})), 2)

    assert "Áp dụng từ ngày 1/1/2027." in Talk(snapshot, LAST).say("đăng ký tạm trú ở đâu")[1].text
    assert "Áp dụng từ ngày" not in Talk(snapshot, FIRST).say("đăng ký tạm trú ở đâu")[1].text


def test_a_topic_whose_entry_was_withdrawn_is_not_in_the_menu(small: Snapshot) -> None:
    snapshot = republish(small, without_items(small.content, "ban-sao-la-gi"), 2)

    assert [button.title for button in Talk(snapshot).say(payload={"start": True})[1].buttons] == [
        "Nộp hồ sơ trực tuyến", "Đăng nhập VNeID", "Thanh toán phí, lệ phí",
    ]  # fmt: skip


GONE = State("ho-chieu", "how", 1, "ho-chieu", (Choice("Phí, lệ phí", {"entry": "ho-chieu", "aspect": "fee"}),))


@pytest.mark.parametrize(
    "text", ["tiếp", "lặp lại", "làm không được", "hết bao nhiêu tiền", "1", "9", "đúng rồi", "sai rồi", "không phải"]
)
def test_an_item_that_was_withdrawn_in_the_middle_breaks_nothing(small: Snapshot, text: str) -> None:
    talk = Talk(republish(small, without_items(small.content, "ho-chieu"), 2), state=GONE)
    decision, reply = talk.say(text)

    assert reply.text
    assert "ho-chieu" not in {target.entry for target in decision.targets}
    assert (talk.state.entry, talk.state.procedure) != ("ho-chieu", "ho-chieu")


def test_a_button_of_a_withdrawn_item_is_an_old_one(small: Snapshot) -> None:
    talk = Talk(republish(small, without_items(small.content, "ho-chieu"), 2), state=GONE)

    assert talk.say(payload={"entry": "ho-chieu"})[0].reason == "old_button"


def test_a_day_is_written_as_people_here_do() -> None:
    assert vietnamese_day(date(2026, 9, 2)) == "2/9/2026"
    assert vietnamese_day(None) == ""


def test_the_basis_names_document_article_and_day() -> None:
    item = read_item("tam-tru")
    assert isinstance(item, Procedure)
    line = basis_line(item, item.aspects["basis"])

    assert line.startswith("Căn cứ: Luật Cư trú 68/2020/QH14, Điều 27.")
    assert line.endswith("Kiểm tra ngày 23/11/2026.")


def test_an_answer_without_sources_has_no_basis() -> None:
    item = entry("x", "y")

    assert isinstance(item, Entry)
    assert basis_line(item, replace(item.text, sources=())) == ""
    assert basis_line(item, item.text) != ""
    assert DAY < LAST
