"""Whole conversations, listed in conversations.yml."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from faq.desk.outcomes import ERRORS, Outcome
from faq.dialogue.compose import Composer
from faq.dialogue.decide import Decider
from faq.dialogue.model import MOST_BUTTONS, Choice, Decision, Inbound, Reply, State, known_payload
from faq.matching.index import Snapshot, Thresholds
from faq.matching.ranker import Ranker
from faq.matching.wordings import OUT_OF_SCOPE
from tests.faq.dialogue.talk import PHRASES, Talk
from tests.faq.small import DAY, ROOT, small_inputs

Turn = dict[str, Any]
CONVERSATIONS: dict[str, list[Turn]] = yaml.safe_load((Path(__file__).parent / "conversations.yml").read_text("utf-8"))
DONE = ("say", "tap", "payload", "kind")
CHECKED = ("intent", "outcome", "reason", "entry", "entries", "aspect", "step", "text", "buttons", "only", "awaiting", "thumbs")  # fmt: skip


def do(talk: Talk, turn: Turn) -> tuple[Decision, Reply]:
    if "tap" in turn:
        return talk.tap(turn["tap"])
    return talk.say(turn.get("say", ""), turn.get("payload"), turn.get("kind", "text"))


def seen(decision: Decision, reply: Reply, turn: Turn) -> Turn:
    """Give what came of a turn, under the names and in the form in which the turn lists it."""
    titles = [button.title for button in reply.buttons]
    found: Turn = {
        "intent": decision.intent,
        "outcome": decision.outcome,
        "reason": decision.reason,
        "entry": decision.targets[0].entry if decision.targets else None,
        "entries": [target.entry for target in decision.targets],
        "aspect": decision.targets[-1].aspect if decision.targets else None,
        "step": decision.step,
        "text": turn.get("text") if str(turn.get("text")) in reply.text else reply.text,
        "buttons": [title for title in titles if title in turn.get("buttons", ())] or titles,
        "only": titles,
        "awaiting": reply.state.awaiting,
        "thumbs": reply.feedback,
    }
    return {name: found[name] for name in CHECKED if name in turn or name == "reason"}


def wanted(turn: Turn, found: Turn) -> Turn:
    """Give what a turn lists; of several possible values the one that was found."""
    listed = {"reason": "", **{name: turn[name] for name in CHECKED if name in turn}}
    for name in ("intent", "outcome", "reason"):
        if isinstance(listed[name], list) and found[name] in listed[name]:
            listed[name] = found[name]
    return listed


@pytest.mark.parametrize("turns", CONVERSATIONS.values(), ids=CONVERSATIONS)
def test_a_conversation_goes_as_listed(small: Snapshot, turns: list[Turn]) -> None:
    talk = Talk(small)
    for number, turn in enumerate(turns, 1):
        decision, reply = do(talk, turn)
        found = seen(decision, reply, turn)

        assert (number, found) == (number, wanted(turn, found))


def test_the_listed_turns_are_well_formed() -> None:
    for turn in (turn for turns in CONVERSATIONS.values() for turn in turns):
        assert set(turn) <= {*DONE, *CHECKED}
        assert {"intent", "outcome"} < set(turn)
        assert set(turn) & set(DONE)


def test_every_outcome_a_dialogue_can_give_is_in_the_list() -> None:
    listed = {turn["outcome"] for turns in CONVERSATIONS.values() for turn in turns if isinstance(turn["outcome"], str)}

    assert listed == {outcome.value for outcome in set(Outcome) - ERRORS}


def test_every_intent_of_the_domain_is_in_the_list() -> None:
    domain = yaml.safe_load((ROOT / "bot" / "domain" / "domain.yml").read_text("utf-8"))
    listed = {turn["intent"] for turns in CONVERSATIONS.values() for turn in turns if isinstance(turn["intent"], str)}

    assert listed == {name for intent in domain["intents"] for name in intent}


def test_every_button_leads_somewhere(small: Snapshot) -> None:
    """From the greeting on, each button of each reply is followed once; none is old, none breaks."""
    start = Talk(small).say(payload={"start": True})[1]
    waiting: list[tuple[Choice, State]] = [(button, start.state) for button in start.buttons]
    waiting += [(Choice("", {"entry": name}), State()) for name in small.content.items]
    followed = set()
    while waiting:
        button, state = waiting.pop()
        key = str(sorted(button.payload.items())), state.entry, state.step, state.awaiting
        if key in followed:
            continue
        followed.add(key)
        decision, reply = Talk(small, state=state).say(button.title, button.payload)

        assert known_payload(button.payload) == button.payload
        assert decision.reason != "old_button", button
        assert reply.text
        waiting += [(other, reply.state) for other in reply.buttons]

    assert len(followed) > 150


def test_no_reply_offers_too_much(small: Snapshot) -> None:
    """With a band as wide as can be, nearly everything is unsure."""
    wide = replace(small, index=replace(small.index, thresholds=Thresholds(0.999, 0.02)))
    decider, composer = Decider(Ranker(wide), lambda text: False), Composer(wide.content, PHRASES)
    asked = [variant for item in small.content.items.values() for _, text in item.texts() for variant in text.held_out]
    replies = 0
    for text in asked:
        decision = decider.decide(Inbound(text), State(), DAY)
        if decision.reason == "unsure":
            replies += 1
            buttons = composer.compose(decision, DAY).buttons
            offered = [str(button.payload.get("entry", "")) for button in buttons]

            assert 1 < len(buttons) <= MOST_BUTTONS + 1
            assert buttons[-1].payload == {"none": True}
            assert len({button.title for button in buttons}) == len(buttons)
            assert not any(small.content.items[name].kind == "small_talk" for name in offered if name)

    assert replies > 20


def test_a_written_negative_is_told_from_what_is_only_not_written(small: Snapshot) -> None:
    negatives = small_inputs().wordings[OUT_OF_SCOPE]
    reasons = [Talk(small).say(text)[0].reason for text in negatives]

    assert reasons.count("like_negative") > 0.8 * len(negatives)


def test_unknown_words_are_foreign_and_known_ones_are_not_written_yet(small: Snapshot) -> None:
    """What is nearer to a variant than to a negative is told apart by how much of it the index knows."""
    ranker = Ranker(small)
    for text in (
        "giá vàng sjc",
        "hồ sơ điện tử lưu mấy năm",
        "đăng ký kết hôn với người nước ngoài",
        "thẻ bảo hiểm y tế",
    ):
        ranking = ranker.rank(text, DAY)
        reason = "unknown_words" if ranking.known_share < 0.6 else "low_probability"
        reason = "like_negative" if ranking.negative >= ranking.nearest else reason

        assert Talk(small).say(text)[0].reason == reason
