"""The wording of Rasa's responses, with the real domain and a served snapshot."""

import json
from pathlib import Path
from typing import Any

import pytest
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.brain import brain_of
from bot.live import shared_live
from bot.nlg import FaqNlg
from faq.clock import today
from faq.db import connect
from faq.desk.outcomes import Outcome
from faq.dialogue.model import Inbound, State
from faq.dialogue.phrases import phrases
from faq.entries.store import publish
from faq.settings import ROOT
from tests.bot.components.conftest import machine, place, trained
from tests.faq.small import entry, small_snapshot

__all__ = ["machine", "place", "trained"]  # fixtures
TEXTS = {
    "answer": "đăng ký tạm trú bao nhiêu tiền", "clarify": "mật khẩu vneid", "no_content": "hồ sơ điện tử lưu mấy năm",
    "out_of_scope": "giá vàng sjc", "menu": "cho xem các mục", "privacy": "trợ lý có lưu tin nhắn của tôi không",
    "delete_data": "xóa dữ liệu của tôi", "unsupported": "???",
}  # fmt: skip


@pytest.fixture(scope="module")
def domain() -> Domain:
    """Read the domain that is trained."""
    return Domain.load(str(ROOT / "bot" / "domain"))


@pytest.fixture
def nlg(trained: Path) -> FaqNlg:
    """Give the generator of a machine that serves the small snapshot."""
    return FaqNlg()


def asked(text: str, domain: Domain, payload: Any = None, state: State | None = None, **changes: Any) -> Any:
    """Give the tracker after one message as the selector parses it, and the decision."""
    ranker = shared_live().ranker
    decision = brain_of(ranker).decider.decide(Inbound(text, payload), state or State(), today())
    found = {**decision.to_json(), "revision": ranker.snapshot.revision, "model": ranker.snapshot.model, **changes}
    parse = json.loads(
        json.dumps({"intent": {"name": decision.intent, "confidence": 1.0}, "entities": [], "faq": found})
    )
    event = UserUttered(text, intent=parse["intent"], parse_data=parse)
    return DialogueStateTracker.from_events("a" * 64, [event], domain.slots), decision


async def test_rasa_makes_it_from_our_endpoints(trained: Path, domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTION_ENDPOINT_URL", "http://127.0.0.1:5055/webhook")
    endpoint = AvailableEndpoints.read_endpoints(str(ROOT / "bot" / "endpoints.yml")).nlg

    assert isinstance(NaturalLanguageGenerator.create(endpoint, domain), FaqNlg)


@pytest.mark.parametrize(("intent", "text"), TEXTS.items(), ids=TEXTS)
async def test_the_current_decision_is_worded(nlg: FaqNlg, domain: Domain, intent: str, text: str) -> None:
    tracker, decision = asked(text, domain)
    said = await nlg.generate(f"utter_{intent}", tracker, "web")
    reply = brain_of(shared_live().ranker).composer.compose(decision, today())

    assert decision.intent == intent
    assert said is not None
    assert said["text"] == reply.text
    assert [button["title"] for button in said["buttons"]] == [button.title for button in reply.buttons]
    assert f"utter_{intent}" in domain.responses


async def test_what_channels_and_ledger_need_rides_in_custom(nlg: FaqNlg, domain: Domain) -> None:
    tracker, decision = asked("đăng ký tạm trú bao nhiêu tiền", domain)
    said = await nlg.generate("utter_answer", tracker, "web")
    assert said is not None
    custom = json.loads(json.dumps(said))["custom"]

    assert (custom["intent"], custom["outcome"], custom["reason"]) == ("answer", "answered", "")
    assert (custom["entry"], custom["aspect"]) == ("tam-tru", "fee")
    assert (custom["revision"], custom["model"]) == (1, small_snapshot().model)
    assert custom["candidates"][0]["entry"] == "tam-tru"
    assert len(custom["candidates"]) <= 3
    assert custom["feedback"] is True
    assert State.from_json(custom["state"]).procedure == "tam-tru"
    assert Outcome(custom["outcome"])
    assert decision.candidates[0].probability == custom["candidates"][0]["probability"]


async def test_links_are_labels_with_addresses(nlg: FaqNlg, domain: Domain) -> None:
    linked = next(item.id for item in small_snapshot().content.entries if item.text.links)
    tracker, _ = asked("", domain, payload={"entry": linked})
    said = await nlg.generate("utter_answer", tracker, "web")

    assert said is not None
    assert all(link["label"] and link["url"].startswith("https://") for link in said["custom"]["links"])
    assert said["custom"]["links"]


async def test_steps_are_worded_under_their_own_names(nlg: FaqNlg, domain: Domain) -> None:
    state = State("tam-tru", "how", 0, "tam-tru")
    for text, name, begins in (("tiếp", "utter_next_step", "Bước 2/5"), ("lặp lại", "utter_repeat_step", "Bước 1/5")):
        tracker, _ = asked(text, domain, state=state)
        said = await nlg.generate(name, tracker, "web")

        assert said is not None
        assert said["text"].startswith(begins)


async def test_a_turn_is_worded_from_the_revision_it_was_decided_on(nlg: FaqNlg, domain: Domain, trained: Path) -> None:
    tracker, _ = asked("", domain, payload={"entry": "ban-sao-la-gi"})
    old = small_snapshot().content.items["ban-sao-la-gi"]
    publish(connect(f"sqlite:///{trained / 'troly.db'}"), [entry("ban-sao-la-gi", "x", answer="Mới.")], [], "an", "x")
    shared_live().refresh()
    said = await nlg.generate("utter_answer", tracker, "web")

    assert shared_live().ranker.snapshot.revision == 2
    assert said is not None
    assert old.text.answer in said["text"]
    assert said["custom"]["revision"] == 1


@pytest.mark.parametrize("name", ["utter_error", "utter_greet", "utter_default", "utter_restart", "utter_khong_co"])
async def test_any_other_response_is_a_fixed_line_with_an_outcome(nlg: FaqNlg, domain: Domain, name: str) -> None:
    """Rasa asks for them when a rule is missing or a policy falls back; the person still reads something."""
    tracker, _ = asked("giá vàng sjc", domain)
    said = await nlg.generate(name, tracker, "web")

    assert said == {
        "text": phrases().get(name, phrases()["utter_error"]),
        "custom": {"outcome": "error_no_reply", "reason": name},
    }


async def test_a_conversation_without_a_decision_gets_a_fixed_line(nlg: FaqNlg, domain: Domain) -> None:
    for events in ([], [UserUttered("x", parse_data={"intent": {"name": "answer"}, "entities": []})]):
        tracker = DialogueStateTracker.from_events("a" * 64, events, domain.slots)
        said = await nlg.generate("utter_answer", tracker, "web")

        assert said is not None
        assert said["custom"]["outcome"] == "error_no_reply"
        assert said["text"]
