"""The FAQ selector, in the battery of every component: what Rasa gives it, and what it leaves in the message."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.brain import brain_of
from bot.components.faq_selector import FaqSelector, remembered
from bot.live import shared_live
from faq.clock import today
from faq.db import connect
from faq.dialogue.model import Choice, Decision, Inbound, State
from faq.entries.store import publish
from faq.errors import SnapshotError
from tests.bot.components.conftest import Machine, Place
from tests.faq.small import entry, small_snapshot

TEXTS = ["", "???", "toi quen mat khau vneid roi lam sao", "đăng ký tạm trú bao nhiêu tiền", "mật khẩu vneid", "giá vàng sjc",
         "cho tôi gặp người thật", "hết bao nhiêu tiền"]  # fmt: skip
OFFER = (Choice("Quên mật khẩu", {"entry": "vneid-quen-mat-khau"}), Choice("Không phải các mục trên", {"none": True}))


@pytest.fixture
def selector(place: Place, trained: Path) -> FaqSelector:
    """Give the selector as it serves on the machine that trained it."""
    return FaqSelector.load({}, *place)


def parse(selector: FaqSelector, text: str = "", tracker: DialogueStateTracker | None = None, **metadata: Any) -> Any:
    """Give the parse result that Rasa keeps of one message."""
    message = Message(data={TEXT: text, **({"metadata": metadata} if metadata else {})})
    (done,) = selector.process([message], tracker)
    return json.loads(json.dumps(done.as_dict(only_output_properties=True)))


def after(*events: Any) -> DialogueStateTracker:
    """Give the tracker of a conversation."""
    return DialogueStateTracker.from_events("a" * 64, [UserUttered("x"), ActionExecuted("utter_answer"), *events])


def reply(**custom: Any) -> BotUttered:
    return BotUttered("…", {"custom": custom})


def test_the_decision_is_in_the_parse_result(selector: FaqSelector) -> None:
    found = parse(selector, "đăng ký tạm trú bao nhiêu tiền")

    assert found["intent"] == {"name": "answer", "confidence": found["faq"]["candidates"][0]["probability"]}
    assert found["faq"]["targets"] == [{"entry": "tam-tru", "aspect": "fee"}]
    assert (found["faq"]["outcome"], found["faq"]["revision"]) == ("answered", 1)
    assert found["faq"]["model"] == small_snapshot().model


def test_empty_text_is_decided_too(selector: FaqSelector) -> None:
    assert parse(selector, "")["faq"]["reason"] == "empty"
    assert parse(selector, "")["intent"] == {"name": "unsupported", "confidence": 1.0}


def test_text_without_marks_gets_the_same_entry(selector: FaqSelector) -> None:
    marked, unmarked = (parse(selector, text) for text in ("quên mật khẩu vneid", "quen mat khau vneid"))

    assert marked["faq"]["targets"] == unmarked["faq"]["targets"] == [{"entry": "vneid-quen-mat-khau", "aspect": ""}]


def test_a_second_run_changes_nothing(selector: FaqSelector) -> None:
    message = Message(data={TEXT: "quên mật khẩu vneid"})
    before = dict(selector.process([message])[0].data)

    assert selector.process([message])[0].data == before
    assert before[TEXT] == "quên mật khẩu vneid"  # the text stays what was typed


def test_it_decides_what_every_other_door_decides(selector: FaqSelector) -> None:
    brain = brain_of(shared_live().ranker)
    for text in TEXTS:
        found = parse(selector, text)["faq"]

        assert Decision.from_json(found) == brain.decider.decide(Inbound(text), State(), today())


def test_several_messages_are_decided_each(selector: FaqSelector) -> None:
    messages = selector.process([Message(data={TEXT: text}) for text in TEXTS])

    assert [message.get("intent")["name"] for message in messages] == [
        parse(selector, t)["intent"]["name"] for t in TEXTS
    ]


def test_a_tapped_button_and_the_kind_come_from_the_metadata(selector: FaqSelector) -> None:
    tapped = parse(selector, "Phí", payload={"entry": "ho-chieu", "aspect": "fee"}, kind="text", message_id=1)

    assert tapped["faq"]["targets"] == [{"entry": "ho-chieu", "aspect": "fee"}]
    assert tapped["faq"]["reason"] == "button"
    assert parse(selector, "", kind="voice", payload=None)["faq"]["reason"] == "voice"
    assert parse(selector, "", payload={"entry": "khong-co"})["faq"]["reason"] == "old_button"


def test_what_the_last_reply_left_is_read_from_the_tracker(selector: FaqSelector) -> None:
    state = State("ho-chieu", "how", -1, "ho-chieu")
    tracker = after(reply(state=state.to_json()), UserUttered("hết bao nhiêu tiền"))
    found = parse(selector, "hết bao nhiêu tiền", tracker)["faq"]

    assert found["targets"] == [{"entry": "ho-chieu", "aspect": "fee"}]
    assert State.from_json(found["state"]) == state


def test_a_typed_number_means_a_button_of_the_last_reply(selector: FaqSelector) -> None:
    tracker = after(reply(state=State(choices=OFFER).to_json()))

    assert parse(selector, "1", tracker)["faq"]["outcome"] == "chosen"
    assert parse(selector, "1", after())["faq"]["outcome"] == "unsupported"


REMEMBERED: dict[str, tuple[list[Any], State]] = {
    "nothing at first": ([], State()),
    "nothing from replies without a state": ([reply(outcome="error_action")], State()),
    "the state of the last reply": (
        [reply(state=State("a").to_json()), reply(state=State("b", choices=OFFER).to_json())], State("b", choices=OFFER)
    ),
    "what was spoken of before an action's reply, not what was offered": (
        [reply(state=State("a", "fee", 1, "p", OFFER, "delete").to_json()), reply(outcome="handoff")],
        State("a", "fee", 1, "p"),
    ),
    "what an action asks for": (
        [reply(state=State("a", procedure="p", choices=OFFER).to_json()), reply(outcome="clarified", awaiting="ward")],
        State("a", procedure="p", awaiting="ward"),
    ),
    "no question that another reply has overtaken": (
        [reply(outcome="clarified", awaiting="ward"), reply(outcome="answered", reason="ward")], State()
    ),
    "a reply without custom data": ([reply(state=State("a").to_json()), BotUttered("…")], State("a")),
}  # fmt: skip


@pytest.mark.parametrize(("events", "state"), REMEMBERED.values(), ids=REMEMBERED)
def test_what_is_remembered(events: list[Any], state: State) -> None:
    assert remembered([UserUttered("x"), *events, UserUttered("y")]) == state


def test_a_yes_after_another_reply_deletes_nothing(selector: FaqSelector) -> None:
    asked = reply(state=State(choices=OFFER, awaiting="delete").to_json())

    assert parse(selector, "đồng ý", after(asked))["intent"]["name"] == "confirm"
    assert parse(selector, "đồng ý", after(asked, reply(outcome="handoff")))["intent"]["name"] != "confirm"


def test_while_training_nothing_is_decided(place: Place, trained: Path) -> None:
    selector = FaqSelector.create({}, *place)
    data = TrainingData([Message(data={TEXT: "đăng ký tạm trú", "intent": "answer"})])

    assert selector.process_training_data(data).training_examples[0].data == {
        TEXT: "đăng ký tạm trú", "intent": "answer",
    }  # fmt: skip
    assert "faq" not in selector.process([Message(data={TEXT: "đăng ký tạm trú"})])[0].data


def test_the_model_serves_on_a_machine_that_has_nothing_else(place: Place, trained: Path, machine: Machine) -> None:
    before = [parse(FaqSelector.load({}, *place), text) for text in TEXTS]
    FaqSelector.create({}, *place).train(TrainingData())
    new = machine("new")
    after_move = FaqSelector.load({}, *place)

    assert [parse(after_move, text) for text in TEXTS] == before
    assert (new / "snapshots" / "CURRENT").exists()


def test_a_newer_snapshot_of_the_machine_wins_over_the_one_in_the_model(place: Place, trained: Path) -> None:
    FaqSelector.create({}, *place).train(TrainingData())
    publish(
        connect(f"sqlite:///{trained / 'troly.db'}"),
        [entry("giu-xe", "giữ xe ở đâu", "gui xe", "bãi xe")],
        [],
        "an",
        "x",
    )
    selector = FaqSelector.load({}, *place)
    end = time.monotonic() + 20
    while shared_live().ranker.snapshot.revision < 2 and time.monotonic() < end:
        time.sleep(0.05)  # the watching thread takes it up by itself

    assert parse(selector, "giữ xe ở đâu")["faq"]["revision"] == 2
    assert parse(FaqSelector.load({}, *place), "giữ xe ở đâu")["faq"]["targets"] == [{"entry": "giu-xe", "aspect": ""}]


def test_another_snapshot_makes_rasa_train_again(trained: Path) -> None:
    first = FaqSelector.fingerprint_addon({})
    (trained / "snapshots" / "CURRENT").write_text("000002-abc.snapshot")

    assert first == f"000001-{small_snapshot().model}"
    assert FaqSelector.fingerprint_addon({}) == "000002-abc"


def test_training_before_troly_train_names_the_remedy(place: Place, machine: Machine) -> None:
    machine("empty")
    with pytest.raises(SnapshotError, match="run `troly train`"):
        FaqSelector.create({}, *place).train(TrainingData())


@pytest.mark.parametrize("option", ["threshold", "epochs"])
def test_an_unknown_option_is_refused(place: Place, option: str) -> None:
    with pytest.raises(InvalidConfigException, match=f"FaqSelector has no option '{option}'"):
        FaqSelector.create({option: 0.5}, *place)
