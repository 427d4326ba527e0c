"""What rides in payloads, in the tracker and in Rasa messages."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.dialogue.model import Choice, Decision, State, Target, known_payload
from faq.matching.ranker import Candidate
from faq.matching.wordings import FIXED_COMMANDS, FREE_COMMANDS
from tests.faq.small import ROOT

KEYS = ("entry", "aspect", "command", "feedback", "step", "reply", "none", "start")
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.from_regex(r"[a-z0-9-]{0,20}", fullmatch=True),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
payloads = st.dictionaries(st.sampled_from(KEYS) | st.text(), values, max_size=8)
slugs = st.from_regex(r"[a-z]{1,8}(-[a-z]{1,8})?", fullmatch=True)
choices = st.builds(
    Choice, st.text(max_size=20), st.dictionaries(st.sampled_from(KEYS), slugs | st.booleans() | st.integers(0, 9))
)
states = st.builds(
    State, slugs, slugs, st.integers(-1, 9), slugs, st.lists(choices, max_size=4).map(tuple),
    st.sampled_from(["", "ward", "delete", "feedback", "procedure"]),
)  # fmt: skip
decisions = st.builds(
    Decision, slugs, slugs, slugs, st.lists(st.builds(Target, slugs, slugs), max_size=3).map(tuple),
    st.lists(st.builds(Candidate, slugs, st.floats(0, 1), slugs), max_size=3).map(tuple), st.integers(-1, 9), states,
)  # fmt: skip


@given(payloads)
@settings(max_examples=150, deadline=None)
def test_of_a_payload_only_short_known_values_are_believed(payload: dict[str, Any]) -> None:
    known = known_payload(payload)

    assert known is not None
    assert set(known) <= set(KEYS)
    assert all(known[key] == payload[key] for key in known)
    assert len(json.dumps(known)) < 8 * 100
    for value in known.values():
        assert type(value) in (str, int, bool)
        assert sum(char.isdigit() for char in str(value)) < 9
    assert known_payload(known) == known


FORGED: dict[str, dict[str, Any]] = {
    "a telephone number as an entry": {"entry": "0912345678"},
    "an identity number with hyphens": {"entry": "079-123-456-789"},
    "a number as a step": {"step": 79123456789},
    "a telephone number as a reply": {"reply": 912345678},
    "a step below 0": {"step": -1},
    "a step that is true": {"step": True},
    "a flag that is 1": {"none": 1, "start": 1},
    "a name": {"entry": "Nguyễn Văn A"},
    "a long word": {"entry": "a" * 81},
    "a line break": {"entry": "ho-chieu\n"},
    "other digits": {"entry": "٣٤٥"},
    "a list": {"entry": ["ho-chieu"]},
    "a float": {"step": 1.0},
    "other keys": {"text": "x", "__class__": "x", "": "x"},
}


@pytest.mark.parametrize("payload", FORGED.values(), ids=FORGED)
def test_a_forged_value_is_dropped(payload: dict[str, Any]) -> None:
    assert known_payload(payload) == {}


def test_typed_text_has_no_payload() -> None:
    assert known_payload(None) is None


@pytest.mark.parametrize(
    "payload",
    [{"entry": "ho-chieu", "aspect": "fee", "step": 3}, {"feedback": "bad", "reply": 99_999_999}, {"none": True},
     {"start": True}, *({"command": name} for name in (*FREE_COMMANDS, *FIXED_COMMANDS))],
    ids=str,
)  # fmt: skip
def test_a_button_of_ours_is_kept_whole(payload: dict[str, Any]) -> None:
    assert known_payload(payload) == payload


def test_the_id_of_every_item_fits_a_button() -> None:
    names = [path.stem for path in Path(ROOT / "faq" / "content").glob("*/**/*.yml")]

    assert len(names) > 400
    assert [name for name in names if known_payload({"entry": name}) != {"entry": name}] == []


@given(states)
@settings(max_examples=60, deadline=None)
def test_a_state_comes_back_from_the_tracker(state: State) -> None:
    assert State.from_json(json.loads(json.dumps(state.to_json()))) == state


@given(decisions)
@settings(max_examples=60, deadline=None)
def test_a_decision_comes_back_from_a_rasa_message(decision: Decision) -> None:
    assert Decision.from_json(json.loads(json.dumps(decision.to_json()))) == decision


def test_a_state_of_another_version_is_read_as_far_as_it_is_known() -> None:
    assert State.from_json({"entry": "a", "mood": "good"}) == State("a")
    assert State.from_json({}) == State()


def test_after_a_reply_that_offered_nothing_no_question_stands() -> None:
    before = State("a", "fee", 2, "p", (Choice("Xóa", {"command": "confirm"}),), "delete")

    assert before.without_offer() == State("a", "fee", 2, "p")
    assert before.without_offer("ward") == State("a", "fee", 2, "p", (), "ward")
