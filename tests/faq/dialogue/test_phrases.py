"""The fixed lines: each one that is needed exists, and each one reads well."""

import ast
import re
import unicodedata
from pathlib import Path

import pytest
import yaml

from faq.dialogue import compose, decide
from faq.dialogue.phrases import RESPONSES, load_phrases
from faq.settings import Settings
from tests.faq.small import ROOT

PHRASES = load_phrases(RESPONSES, Settings())
#: Lines that Rasa asks for by name before the text of the decision is put in their place.
ACTIONS = {"handoff": "action_handoff", "find_ward": "action_find_ward", "confirm": "action_delete_data"}
#: Anybody else than "bác" who is spoken to; place names ("Bà Rịa") are written with a capital.
_OTHERS = re.compile(r"\b(bạn|mày|quý khách|anh/chị|anh chị|ông bà|cô chú|em|cháu|con|cậu|ngài)\b")


def intents() -> set[str]:
    domain = yaml.safe_load((ROOT / "bot" / "domain" / "domain.yml").read_text("utf-8"))
    return {name for intent in domain["intents"] for name in intent}


def decided() -> set[tuple[str, str]]:
    """Give (intent, reason) of every decision written out in the source."""
    calls = [
        node for node in ast.walk(ast.parse(Path(decide.__file__).read_text("utf-8"))) if isinstance(node, ast.Call)
    ]
    named = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Decision"]
    return {
        (
            call.args[0].value,
            call.args[2].value if len(call.args) > 2 and isinstance(call.args[2], ast.Constant) else "",
        )
        for call in named
        if isinstance(call.args[0], ast.Constant)
    }


def test_every_intent_has_exactly_one_rule() -> None:
    rules = yaml.safe_load((ROOT / "bot" / "rules" / "rules.yml").read_text("utf-8"))["rules"]
    steps = {rule["rule"]: rule["steps"] for rule in rules}
    ruled = [step["intent"] for steps in steps.values() for step in steps if "intent" in step]

    assert sorted(ruled) == sorted(intents())
    assert all(steps[name] == [{"intent": name}, {"action": ACTIONS.get(name, f"utter_{name}")}] for name in intents())


def test_every_intent_has_a_wording_or_an_action() -> None:
    assert {f"utter_{name}" for name in intents() - ACTIONS.keys()} <= PHRASES.keys()


def test_every_decision_has_an_intent_of_the_domain() -> None:
    commands = decide._COMMANDS.keys() | decide._FIXED_OUTCOMES.keys()

    assert {intent for intent, _ in decided()} | commands == intents()


def test_every_line_the_composer_names_exists() -> None:
    named = set(re.findall(r"utter_[a-z_]+", Path(compose.__file__).read_text("utf-8")))

    assert len(named) >= 5
    assert named - {"utter_"} <= PHRASES.keys()


def test_every_line_is_needed() -> None:
    """By an intent, by an intent with a reason, or by name somewhere in our code."""
    code = "".join(
        path.read_text("utf-8")
        for folder in ("faq", "bot", "connectors", "actions")
        for path in (ROOT / folder).rglob("*.py")
    )
    needed = {f"utter_{name}" for name in intents()} | set(re.findall(r"utter_[a-z_]+", code))
    kinds = ("sticker", "image", "voice", "file", "location", "too_long", "late")
    needed |= {f"utter_unsupported_{reason}" for reason in kinds}
    needed |= {f"utter_{intent}_{reason}" for intent, reason in decided() if reason}
    config = yaml.safe_load((ROOT / "config.yml").read_text("utf-8"))
    needed |= {policy.get("core_fallback_action_name") for policy in config["policies"]}

    assert PHRASES.keys() <= needed
    assert {f"utter_unsupported_{reason}" for reason in kinds} <= PHRASES.keys()


@pytest.mark.parametrize("name", PHRASES)
def test_a_line_is_short_composed_and_addresses_the_resident_rightly(name: str) -> None:
    text = PHRASES[name]

    assert unicodedata.is_normalized("NFC", text)
    assert 0 < len(text) <= 600
    assert text == " ".join(text.split())
    assert not _OTHERS.search(text)
    assert text[0].isupper()
    assert text.endswith((".", "?", ":", "}"))


def test_there_is_one_variation_of_each_line() -> None:
    """The desk and the tests rely on it; a second one would be chosen by chance."""
    responses = yaml.safe_load(RESPONSES.read_text("utf-8"))["responses"]

    assert {len(variations) for variations in responses.values()} == {1}


def test_figures_come_from_the_settings() -> None:
    other = load_phrases(RESPONSES, Settings(retention_days=30, longest_text=2500))

    assert "30 ngày" in other["utter_greet"]
    assert "2.500 chữ cái" in other["utter_unsupported_too_long"]
    assert not any("{days}" in text or "{limit}" in text for text in other.values())


@pytest.mark.parametrize("name", PHRASES)
def test_placeholders_are_those_the_composer_fills(name: str) -> None:
    fields = {
        "utter_expired": {"title", "day"},
        "utter_step": {"number", "count", "step"},
        "utter_steps_done": {"title"},
    }

    assert set(re.findall(r"{([^}]*)}", PHRASES[name])) == fields.get(name, set())
