"""locality.yml: what it must hold, and when a hotline is open."""

from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml

from faq.errors import ContentError
from faq.locality.locality import Locality, is_open, load_locality

_FILE = Path(__file__).parents[3] / "faq" / "content" / "locality.yml"


@pytest.fixture(scope="module")
def locality() -> Locality:
    return load_locality(_FILE)


def _write(folder: Path, raw: Any) -> Path:
    path = folder / "locality.yml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), "utf-8")
    return path


def _without(raw: Any, name: str) -> Any:
    *above, last = name.split(".")
    inner = raw
    for part in above:
        inner = inner[int(part) if part.isdigit() else part]
    del inner[last]
    return raw


def test_the_locality_of_the_project_is_read_whole(locality: Locality) -> None:
    assert locality.former_name == "tỉnh Bà Rịa - Vũng Tàu"
    assert locality.merged_on == date(2025, 7, 1)
    assert locality.portal_url == "https://dichvucong.gov.vn"
    assert [line.number for line in locality.hotlines] == ["", "1022", "18001096", "19000368"]
    assert [line.number for line in locality.emergency] == ["113", "114", "115"]
    assert locality.prepare
    assert locality.offices_hours
    assert locality.offices_how


def test_only_the_line_whose_hours_a_fact_carries_has_hours_for_machines(locality: Locality) -> None:
    assert [line.id for line in locality.hotlines if line.open] == ["vneid"]


def _utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=timezone.utc)  # 23 November 2026 is a Monday


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(_utc(23, 0, 29), False, id="Monday 7:29"),
        pytest.param(_utc(23, 0, 30), True, id="Monday 7:30"),
        pytest.param(_utc(27, 10, 29), True, id="Friday 17:29"),
        pytest.param(_utc(27, 10, 30), False, id="Friday 17:30"),
        pytest.param(_utc(28, 3), False, id="Saturday 10:00"),
        pytest.param(_utc(29, 3), False, id="Sunday 10:00"),
        pytest.param(_utc(22, 23), False, id="Monday 6:00, still Sunday in UTC"),
    ],
)
def test_a_hotline_is_open_by_the_clock_of_viet_nam(locality: Locality, now: datetime, expected: bool) -> None:
    open_now = [line.number for line in locality.hotlines if line.open and is_open(line.open, now)]
    assert open_now == (["19000368"] if expected else [])


@pytest.mark.parametrize(
    "name",
    [
        "name",
        "former_name",
        "merged_on",
        "portal.url",
        "hotlines",
        "hotlines.1.purpose",
        "offices.hours",
        "offices.how_to_find",
        "emergency",
        "emergency.0.number",
        "handoff.prepare",
        "hotlines.3.open.until",
    ],
)
def test_a_missing_key_is_named(tmp_path: Path, name: str) -> None:
    raw = _without(yaml.safe_load(_FILE.read_text("utf-8")), name)
    with pytest.raises(ContentError, match="is missing: add it") as caught:
        load_locality(_write(tmp_path, raw))
    assert name.rsplit(".", maxsplit=1)[-1] in str(caught.value)
    assert name.split(".", maxsplit=1)[0] in str(caught.value)


@pytest.mark.parametrize(
    "hours",
    [
        pytest.param({"days": [0], "from": "07:30", "until": "17:30"}, id="no such day"),
        pytest.param({"days": [], "from": "07:30", "until": "17:30"}, id="no day"),
        pytest.param({"days": [1], "from": "17:30", "until": "07:30"}, id="backwards"),
        pytest.param({"days": [1], "from": "7h30", "until": "17:30"}, id="not a time"),
        pytest.param({"days": [1], "from": 450, "until": "17:30"}, id="a time that YAML read as a number"),
        pytest.param({"days": 1, "from": "07:30", "until": "17:30"}, id="no list"),
    ],
)
def test_hours_of_a_wrong_form_are_refused(tmp_path: Path, hours: Any) -> None:
    raw = yaml.safe_load(_FILE.read_text("utf-8"))
    raw["hotlines"][3]["open"] = hours
    with pytest.raises(ContentError, match=r"hotlines\[3\].open needs"):
        load_locality(_write(tmp_path, raw))


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [("merged_on", "mới đây", "merged_on must be a day"), ("hotlines", ["1022"], "hotlines must be a list")],
)
def test_values_of_a_wrong_form_are_refused(tmp_path: Path, key: str, value: Any, complaint: str) -> None:
    raw = yaml.safe_load(_FILE.read_text("utf-8")) | {key: value}
    with pytest.raises(ContentError, match=complaint):
        load_locality(_write(tmp_path, raw))


@pytest.mark.parametrize("text", ["- một\n- hai\n", "name: [", ""], ids=["a list", "broken", "empty"])
def test_a_file_without_a_mapping_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "locality.yml"
    path.write_text(text, "utf-8")
    with pytest.raises(ContentError, match=str(path)):
        load_locality(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="nowhere"):
        load_locality(tmp_path / "nowhere.yml")
