"""The spaCy package of names, built into a folder and loaded as an installed package."""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import spacy

from bot.entities import NAME, build, folder, make_importable, patterns
from faq.entries.model import make_content
from faq.settings import ROOT, Settings
from faq.text.noise import unmark
from tests.faq.small import read_item, small_inputs

LOOKUPS = ROOT / "nlu_data" / "lookups"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Build the package once."""
    settings = Settings(var=tmp_path_factory.mktemp("var"))
    assert build(small_inputs().content, settings)
    return settings


@pytest.fixture
def nlp(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Load it by its name, as Rasa's SpacyNLP does."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, NAME, raising=False)
    make_importable(settings)
    return spacy.load(NAME)


def entities(nlp: Any, text: str) -> list[tuple[str, str, str]]:
    return [(entity.label_, entity.ent_id_, entity.text) for entity in nlp(text.lower()).ents]


FOUND = {
    "tôi muốn đăng ký tạm trú": [("procedure", "tam-tru", "đăng ký tạm trú")],
    "toi muon dang ky tam tru": [("procedure", "tam-tru", "dang ky tam tru")],
    "Làm Hộ Chiếu ở công an phường": [
        ("procedure", "ho-chieu", "làm hộ chiếu"), ("agency", "Công an cấp xã", "công an phường"),
    ],
    "lam ho chieu o cong an phuong": [
        ("procedure", "ho-chieu", "lam ho chieu"), ("agency", "Công an cấp xã", "cong an phuong"),
    ],
    "nhà tôi ở phường rạch dừa": [("ward", "Phường Rạch Dừa", "phường rạch dừa")],
    "nha toi o phuong rach dua": [("ward", "Phường Rạch Dừa", "phuong rach dua")],
    "hôm nay trời đẹp": [],
    "": [],
}  # fmt: skip


@pytest.mark.parametrize(("text", "found"), FOUND.items(), ids=repr)
def test_names_are_found_with_and_without_marks(nlp: Any, text: str, found: list[tuple[str, str, str]]) -> None:
    assert [entity for entity in entities(nlp, text) if entity[0] != "aspect"] == found


def test_every_name_is_found_by_itself(nlp: Any) -> None:
    content = small_inputs().content
    for procedure in content.procedures:
        for name in procedure.names:
            assert ("procedure", procedure.id) in [(kind, key) for kind, key, _ in entities(nlp, name)], name


def test_aspects_are_found(nlp: Any) -> None:
    assert ("aspect", "fee") in [(kind, key) for kind, key, _ in entities(nlp, "lệ phí bao nhiêu tiền")]


def test_offsets_point_into_the_text(nlp: Any) -> None:
    text = "đăng ký tạm trú,  ở  phường rạch dừa?"

    assert all(text[entity.start_char : entity.end_char] == entity.text for entity in nlp(text).ents)


def test_it_is_seen_as_an_installed_package(nlp: Any) -> None:
    assert version(NAME) == nlp.meta["version"] == "1.0.0"
    assert spacy.util.is_package(NAME)
    assert f"{nlp.lang}_{nlp.meta['name']}" == NAME
    assert nlp.pipe_names == ["entity_ruler"]


def test_building_again_does_nothing(settings: Settings) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder(settings).rglob("*")}

    assert not build(small_inputs().content, settings)
    assert {path: path.stat().st_mtime_ns for path in folder(settings).rglob("*")} == before


def test_other_names_are_built_anew(settings: Settings, tmp_path: Path) -> None:
    other = Settings(var=tmp_path)
    items = list(small_inputs().content.items.values())

    assert build(make_content(items), other)
    assert build(make_content([*items, read_item("luu-tru")]), other)
    assert not build(make_content([*items, read_item("luu-tru")]), other)


def test_a_half_built_package_is_built_anew(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    build(small_inputs().content, settings)
    (folder(settings) / "DIGEST").unlink()

    assert build(small_inputs().content, settings)
    assert (folder(settings) / NAME / "__init__.py").exists()


def test_the_folder_is_put_on_the_path_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    make_importable(settings)
    make_importable(settings)

    assert sys.path.count(str(folder(settings))) == 1


def test_patterns_are_sorted_and_short_folded_forms_are_left_out() -> None:
    rows = patterns(small_inputs().content, LOOKUPS)
    phrases = [row["pattern"] for row in rows]

    assert phrases == sorted(set(phrases))
    assert "thuế" in phrases
    assert "thue" not in phrases
    assert all(row["label"] in ("procedure", "aspect", "agency", "ward") for row in rows)
    assert all(unmark(phrase) in phrases for phrase in phrases if len(unmark(phrase).replace(" ", "")) >= 5)
