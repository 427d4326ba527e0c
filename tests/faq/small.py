"""A small assistant of real texts: fourteen entries, four procedures, all commands, sixty negatives; trained once."""

from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import pytest

from faq.entries.model import Content, Entry, Item, make_content
from faq.entries.yaml_form import load_item
from faq.matching.build import train
from faq.matching.index import Snapshot, Thresholds
from faq.matching.prepare import Inputs
from faq.matching.wordings import OUT_OF_SCOPE, Labelled, load_labelled, load_wordings
from faq.text.lexicon import load_lexicon

ROOT = Path(__file__).parents[2]
#: The day on which tests ask; nothing of the small content begins or ends on it.
DAY = date(2026, 11, 24)
ENTRIES = (
    "vneid-quen-mat-khau", "vneid-quen-passcode", "vneid-doi-mat-khau", "vneid-la-gi", "ban-sao-la-gi", "ho-so-tra-cuu",
    "ho-so-nop-truc-tuyen", "tt-tra-tien-tren-cong", "an-toan-hoi-otp", "an-toan-chay-114", "xa-giao-chao",
    "xa-giao-cam-on", "xa-giao-buc-minh", "noi-khac-visa",
)  # fmt: skip
PROCEDURES = ("khai-sinh", "ho-chieu", "tam-tru", "khai-tu")
_NEGATIVES = 60


@lru_cache(maxsize=1)
def small_inputs() -> Inputs:
    """Read what the small snapshot is trained on."""
    wordings = load_wordings(ROOT / "nlu_data")
    negatives = wordings[OUT_OF_SCOPE]
    wordings[OUT_OF_SCOPE] = negatives[:: len(negatives) // _NEGATIVES][:_NEGATIVES]
    content = make_content([read_item(name) for name in (*ENTRIES, *PROCEDURES)])
    return Inputs(content, wordings, load_lexicon(ROOT / "nlu_data" / "lexicon"))


@lru_cache(maxsize=1)
def small_snapshot() -> Snapshot:
    """Train once per session, whichever folder asks first."""
    return train(small_inputs(), 1)


def often_unsure(snapshot: Snapshot) -> Snapshot:
    """Widen the middle band: what tests take for unsure stays so when somebody adds a wording to an entry."""
    return replace(snapshot, index=replace(snapshot.index, thresholds=Thresholds(0.65, 0.15)))


@lru_cache(maxsize=1)
def golden_questions() -> tuple[Labelled, ...]:
    """Read the golden questions; the small snapshot knows an entry for each."""
    return tuple(load_labelled(ROOT / "nlu_data" / "evaluation" / "golden.yml"))


@pytest.fixture(scope="session")
def small() -> Snapshot:
    """Give the small snapshot."""
    return small_snapshot()


def read_item(name: str) -> Item:
    """Read one item of the content folder."""
    folder = ROOT / "faq" / "content"
    (path,) = [*folder.glob(f"entries/*/{name}.yml"), *folder.glob(f"procedures/{name}.yml")]
    return load_item(path.read_text("utf-8"))


def entry(name: str, *variants: str, **changes: object) -> Entry:
    """Make an entry after a real one; changes whose names a text has go into its text."""
    like = read_item("vneid-la-gi")
    assert isinstance(like, Entry)
    dated = {key: changes.pop(key) for key in ("answer", "steps", "valid_from", "valid_until") if key in changes}
    empty = {"answer": f"Trả lời của {name}.", "variants": variants, "steps": (), "links": ()}
    text = replace(like.text, **{**empty, **dated})
    plain = {"id": name, "title": name.replace("-", " "), "label": name, "related": (), "text": text}
    return replace(like, **{**plain, **changes})


def with_items(content: Content, *items: Item) -> Content:
    """Give the content with some items added or put in place of those with their ids."""
    return make_content(list({**content.items, **{item.id: item for item in items}}.values()))


def without_items(content: Content, *names: str) -> Content:
    """Give the content without some items."""
    return make_content([item for item in content.items.values() if item.id not in names])
