"""What the web chat takes for a message, and what it refuses without harm (faults.md 30 to 33)."""

import json
from typing import Any

import pytest

from connectors.base.inbox import Event
from connectors.web.channel import BadMessageError, decode

SENDER = "a" * 64
ID = "6b0f8a52-3f0e-4c8b-9a55-0d6c7f1f2e11"


def body(**fields: Any) -> dict[str, Any]:
    return {"id": ID, "text": "cho hỏi", **fields}


@pytest.mark.parametrize(
    ("fields", "text", "payload", "kind"),
    [
        pytest.param({}, "cho hỏi", None, "text", id="text"),
        pytest.param({"text": ""}, "", None, "text", id="empty"),
        pytest.param({"text": "", "payload": {"start": True}}, "", {"start": True}, "text", id="first_contact"),
        pytest.param({"payload": None, "kind": "text"}, "cho hỏi", None, "text", id="as_the_page_sends_it"),
        pytest.param({"text": "", "kind": "sticker"}, "", None, "sticker", id="sticker"),
        pytest.param({"text": "", "kind": "voice"}, "", None, "voice", id="voice"),
        pytest.param({"text": "", "kind": "image"}, "", None, "image", id="image"),
        pytest.param({"text": "/restart"}, "/restart", None, "text", id="command_is_text"),
        pytest.param({"text": "\ud83d x"}, "\ud83d x", None, "text", id="half_an_emoji"),
        pytest.param({"extra": [1, 2], "sender": "b" * 64}, "cho hỏi", None, "text", id="unknown_keys"),
        pytest.param({"payload": {"feedback": "bad", "reply": 3}}, "cho hỏi", {"feedback": "bad", "reply": 3}, "text",
                     id="thumb"),
    ],
)  # fmt: skip
def test_read(fields: dict[str, Any], text: str, payload: Any, kind: str) -> None:
    assert decode(body(**fields), SENDER) == Event("web", ID, SENDER, text, payload, kind)


def test_a_body_without_text_is_an_empty_message() -> None:
    assert decode({"id": ID}, SENDER).text == ""


@pytest.mark.parametrize(
    "spelling",
    [ID, ID.upper(), ID.replace("-", ""), f"{{{ID}}}", f"urn:uuid:{ID}", "-" * 5000 + ID],
    ids=["plain", "upper", "bare", "braces", "urn", "padded"],
)
def test_one_id_has_one_spelling(spelling: str) -> None:
    """However it is written, a repeat is recognised, and the stored id has its fixed length."""
    assert decode(body(id=spelling), SENDER).event_id == ID


@pytest.mark.parametrize("found", [{}, [], None, 7, 7.5, True, "chữ", [[]], [{"id": ID}]], ids=repr)
def test_what_is_no_object_with_an_id_is_refused(found: Any) -> None:
    with pytest.raises(BadMessageError, match="Bác tải lại trang"):
        decode(found, SENDER)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"id": None}, id="no_id"),
        pytest.param({"id": 7}, id="number_as_id"),
        pytest.param({"id": ""}, id="empty_id"),
        pytest.param({"id": "0903123456"}, id="phone_as_id"),
        pytest.param({"id": ID[:-1]}, id="short_id"),
        pytest.param({"id": {"$ne": ""}}, id="object_as_id"),
        pytest.param({"text": None}, id="null_text"),
        pytest.param({"text": 7}, id="number_as_text"),
        pytest.param({"text": ["a"]}, id="list_as_text"),
        pytest.param({"payload": "entry"}, id="text_as_payload"),
        pytest.param({"payload": []}, id="list_as_payload"),
        pytest.param({"payload": 1}, id="number_as_payload"),
        pytest.param({"kind": "late"}, id="our_own_kind"),
        pytest.param({"kind": "too_long"}, id="our_own_kind_too_long"),
        pytest.param({"kind": None}, id="null_kind"),
        pytest.param({"kind": ["text"]}, id="list_as_kind"),
    ],
)
def test_wrong_fields_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(BadMessageError):
        decode(body(**fields), SENDER)


def test_a_person_never_chooses_who_they_are() -> None:
    """The sender comes from the cookie alone."""
    assert decode(json.loads(json.dumps(body(sender="x", sender_id="y"))), SENDER).sender == SENDER
