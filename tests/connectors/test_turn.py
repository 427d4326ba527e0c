"""From what Rasa says to the one verdict of a message and the parts of its reply."""

from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from sqlalchemy import select
from sqlalchemy.engine import Engine

from connectors.base.answering import answering, note_feedback
from connectors.base.turn import CollectedReplies, OnNewMessage, _turn_of, polite_error, rasa_turn
from faq.clock import now
from faq.desk import ledger
from faq.desk.ledger import Open, Received, Verdict
from faq.desk.outcomes import Outcome
from faq.dialogue.model import known_payload
from faq.tables import message
from tests.connectors.test_inbox import ANN, BINH, engine, rows, sqlite_tables

__all__ = ["engine", "sqlite_tables"]  # fixtures
CUSTOM = {
    "intent": "answer", "outcome": "answered", "reason": "", "entry": "khai-sinh", "aspect": "fee",
    "candidates": [{"entry": "khai-sinh", "probability": 0.93, "aspect": "fee"}, {"entry": "khai-tu", "probability": 0.04}],
    "revision": 7, "model": "0123456789abcdef", "links": [{"label": "Cổng", "url": "https://dichvucong.gov.vn"}],
    "feedback": True, "state": {"entry": "khai-sinh"},
}  # fmt: skip
ANSWER = {
    "text": "Không mất tiền.",
    "buttons": [{"title": "Giấy tờ", "payload": {"entry": "khai-sinh"}}],
    "custom": CUSTOM,
}


def opened(text: str | None = "cho hỏi", **other: Any) -> Open:
    fields = {"id": 71, "channel": "web", "sender": ANN, "kind": "text", "payload": None, "attempts": 1, **other}
    return Open(text=text, received_at=now(), **fields)


def says(*responses: dict[str, Any], heard: list[UserMessage] | None = None) -> OnNewMessage:
    """Give a bot that answers every message with the same responses."""

    async def on_new_message(found: UserMessage) -> None:
        if heard is not None:
            heard.append(found)
        for response in responses:
            await found.output_channel.send_response(found.sender_id, dict(response))

    return on_new_message


def test_an_answer_becomes_a_verdict_and_a_part() -> None:
    turn = _turn_of([ANSWER])

    assert turn.verdict == Verdict(
        Outcome.ANSWERED, None, "khai-sinh", "fee", (("khai-sinh", 0.93), ("khai-tu", 0.04)), 7, "0123456789abcdef"
    )
    assert turn.parts == (
        {"text": "Không mất tiền.", "buttons": ANSWER["buttons"], "links": CUSTOM["links"], "feedback": True},
    )
    assert turn.intent == "answer"


@pytest.mark.parametrize(
    ("responses", "outcome", "reason", "texts"),
    [
        pytest.param([{"text": "Gọi số.", "custom": {"outcome": "handoff", "reason": "asked"}}], "handoff", "asked",
                     ["Gọi số."], id="an_action"),
        pytest.param([{"text": "Một."}, ANSWER], "answered", None, ["Một.", "Không mất tiền."], id="the_first_verdict"),
        pytest.param([{"text": "Chỉ có chữ."}], "error_no_reply", None, ["Chỉ có chữ."], id="words_without_a_verdict"),
        pytest.param([{"text": "A", "custom": None, "buttons": None}], "error_no_reply", None, ["A"], id="nulls"),
        pytest.param([{"custom": {"outcome": "answered"}}], "error_no_reply", "silence", ["trục trặc"],
                     id="a_verdict_without_words"),
        pytest.param([], "error_no_reply", "silence", ["trục trặc"], id="silence"),
    ],
)  # fmt: skip
async def test_every_shape_ends_in_words_and_an_outcome(
    responses: list[dict[str, Any]], outcome: str, reason: str | None, texts: list[str]
) -> None:
    turn = await rasa_turn(says(*responses), opened())

    assert (turn.verdict.outcome, turn.verdict.reason) == (outcome, reason)
    assert len(turn.parts) == len(texts)
    assert all(text in part["text"] for text, part in zip(texts, turn.parts, strict=True))


def test_an_unknown_outcome_is_a_fault_not_a_row() -> None:
    """It raises; the inbox then gives the polite line."""
    with pytest.raises(ValueError, match="invented"):
        _turn_of([{"text": "A", "custom": {"outcome": "invented"}}])


def test_the_polite_line_is_one_plain_part() -> None:
    turn = polite_error(Outcome.ERROR_TIMEOUT, "turn")

    assert (turn.verdict.outcome, turn.verdict.reason, turn.intent) == (Outcome.ERROR_TIMEOUT, "turn", "")
    (part,) = turn.parts
    assert part["buttons"] == part["links"] == []
    assert not part["feedback"]


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("/restart", "restart"), ("//session_start", "session_start"), ("/ /greet", "greet"), ("⁄restart", "restart"),
        ('/faq{"entry":"x"}', 'faq{"entry":"x"}'), ("1/7/2025", "1/7/2025"), ("/", ""), (None, ""), ("", ""),
    ],
)  # fmt: skip
async def test_nothing_typed_is_a_command_to_rasa(typed: str | None, heard: str) -> None:
    found: list[UserMessage] = []
    await rasa_turn(says(ANSWER, heard=found), opened(typed))

    assert found[0].text == heard


async def test_rasa_hears_who_and_which_message_it_is() -> None:
    found: list[UserMessage] = []
    await rasa_turn(says(ANSWER, heard=found), opened(payload={"start": True}, kind="voice"))

    heard = found[0]
    assert (heard.sender_id, heard.input_channel, heard.message_id) == (ANN, "web", "71")
    assert heard.metadata == {"message_id": 71, "payload": {"start": True}, "kind": "voice"}
    assert heard.output_channel.name() == "web"


async def test_the_output_channel_keeps_whatever_rasa_sends() -> None:
    """It cannot fail: an exception in it would lose the turn."""
    output = CollectedReplies("web")
    odd = {"text": None, "elements": [], "image": "x", "unknown": object()}
    await output.send_response(ANN, odd)

    assert output.responses == [odd]


# ---- thumbs and reasons ----


def answered(engine: Engine, number: int, sender: str = ANN) -> tuple[int, int]:
    """Store an answered message; give its id and that of its part."""
    given = Received("web", f"{sender[0]}-{number}", sender, "text", "cho hỏi", None, now())
    stored = ledger.record(engine, given) or 0
    ledger.close(
        engine, stored, Verdict(Outcome.ANSWERED, entry=f"entry-{number}"), [{"text": "x", "feedback": True}], now()
    )
    return stored, ledger.parts_after(engine, "web", sender, 0)[-1].id


def judged(engine: Engine) -> dict[str, tuple[str | None, str | None]]:
    return {row.entry: (row.feedback, row.feedback_text) for row in rows(engine) if row.entry}


def test_a_thumb_is_stored_beside_the_answer_it_was_tapped_on(engine: Engine) -> None:
    _, first = answered(engine, 1)
    answered(engine, 2)
    note_feedback(engine, opened("👎", payload={"feedback": "bad", "reply": first}), "feedback_bad")

    assert judged(engine) == {"entry-1": ("bad", None), "entry-2": (None, None)}


def test_typed_praise_means_the_last_answer(engine: Engine) -> None:
    answered(engine, 1)
    answered(engine, 2)
    note_feedback(engine, opened("đúng rồi"), "feedback_good")

    assert judged(engine) == {"entry-1": (None, None), "entry-2": ("good", None)}


@pytest.mark.parametrize("reply", [10**30, -1, 0, 2**63], ids=["huge", "negative", "zero", "one_too_large"])
def test_a_forged_thumb_counts_as_typed_or_not_at_all(engine: Engine, reply: int) -> None:
    answered(engine, 1)
    forged = known_payload({"feedback": "bad", "reply": reply})
    note_feedback(engine, opened("👎", payload=forged), "feedback_bad")

    assert judged(engine) == {"entry-1": ("bad" if forged == {"feedback": "bad"} else None, None)}


def test_nobody_judges_another_persons_answer(engine: Engine) -> None:
    _, of_binh = answered(engine, 1, BINH)
    note_feedback(engine, opened("👎", payload={"feedback": "bad", "reply": of_binh}), "feedback_bad")
    note_feedback(engine, opened("sai rồi"), "feedback_bad")

    assert judged(engine) == {"entry-1": (None, None)}


async def test_the_reason_goes_where_the_thumb_went(engine: Engine) -> None:
    """Also when the thumb was tapped on an older answer: the reason belongs to that one."""
    _, first = answered(engine, 1)
    answered(engine, 2)
    thumb = {"feedback": "bad", "reply": first}
    for number, (intent, text, payload) in enumerate(
        [("feedback_bad", "👎 Chưa đúng", thumb), ("feedback_reason", "thiếu số tiền", None)], 3
    ):
        given = Received("web", f"a-{number}", ANN, "text", text, payload, now())
        stored = ledger.record(engine, given) or 0
        response = {"text": "Dạ.", "custom": {"intent": intent, "outcome": "feedback_bad"}}
        turn = await answering(engine, says(response))(opened(text, id=stored, payload=payload))
        ledger.close(engine, stored, turn.verdict, [*turn.parts], now())

    assert judged(engine) == {"entry-1": ("bad", "thiếu số tiền"), "entry-2": (None, None)}


async def test_the_first_answer_of_a_person_says_what_is_kept(engine: Engine) -> None:
    """Whoever asks at once, without the greeting, also learns it: once."""
    takes = answering(engine, says(ANSWER))
    parts = []
    for number in (1, 2):
        stored = ledger.record(engine, Received("web", f"a-{number}", ANN, "text", "cho hỏi", None, now())) or 0
        turn = await takes(opened(id=stored))
        ledger.close(engine, stored, turn.verdict, [*turn.parts], now())
        parts.append(turn.parts)

    assert [len(part) for part in parts] == [2, 1]
    assert "180 ngày" in parts[0][1]["text"]


async def test_a_greeting_says_it_itself(engine: Engine) -> None:
    stored = ledger.record(engine, Received("web", "a-1", ANN, "text", "", {"start": True}, now())) or 0
    greeting = {"text": "Chào bác.", "custom": {"intent": "greet", "outcome": "small_talk"}}
    turn = await answering(engine, says(greeting))(opened(id=stored))

    assert len(turn.parts) == 1
    with engine.connect() as connection:
        assert connection.scalar(select(message.c.kind)) == "text"
