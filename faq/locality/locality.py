"""The locality the assistant answers for: its names, hotlines with their hours, offices and emergency numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from faq.clock import VIET_NAM
from faq.errors import ContentError
from faq.settings import load_settings

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # 70 times as fast; not in every build of PyYAML


@dataclass(frozen=True)
class OpenHours:
    """Hours of a hotline that a machine can read, as its owner published them.

    Attributes:
        days: ISO weekdays, 1 is Monday.
        start: First minute, Viet Nam time.
        end: First minute after closing.
    """

    days: frozenset[int]
    start: time
    end: time


def is_open(hours: OpenHours, now: datetime) -> bool:
    """Tell whether an instant with a time zone falls into the hours.

    Public holidays are not known: on Tết and other holidays this says "open" although nobody may answer, so a text
    built on it must speak of the published hours.
    """
    there = now.astimezone(VIET_NAM)
    return there.isoweekday() in hours.days and hours.start <= there.time() < hours.end


@dataclass(frozen=True)
class Hotline:
    """One place to call; ``hours`` and ``cost`` are sentences for residents.

    Attributes:
        number: Digits to dial; "" when it is written on the resident's own papers.
        open: Machine-readable hours, only where a fact carries them.
    """

    id: str
    number: str
    name: str
    purpose: str
    hours: str
    cost: str
    open: OpenHours | None = None


@dataclass(frozen=True)
class Emergency:
    """A number for danger to life, and when to dial it."""

    number: str
    purpose: str


@dataclass(frozen=True)
class Locality:
    """What locality.yml says (DESIGN section 1); another province changes that file, never the code.

    Attributes:
        merged_on: Day from which the present names hold.
        offices_hours: What residents are told about opening hours of the ward offices.
        offices_how: How to find the address of an office.
        prepare: What to have at hand before calling.
    """

    name: str
    former_name: str
    merged_on: date
    portal_name: str
    portal_url: str
    hotlines: tuple[Hotline, ...]
    offices_hours: str
    offices_how: str
    emergency: tuple[Emergency, ...]
    prepare: tuple[str, ...]


def load_locality(path: Path) -> Locality:
    """Read locality.yml.

    Raises:
        ContentError: The file cannot be read, or a key is missing or of the wrong form; the text names it.
    """
    raw = read_yaml(path)
    return Locality(
        name=need(raw, "name", path),
        former_name=need(raw, "former_name", path),
        merged_on=_day(raw, path),
        portal_name=need(raw, "portal.name", path),
        portal_url=need(raw, "portal.url", path),
        hotlines=tuple(_hotline(row, f"hotlines[{place}]", path) for place, row in _rows(raw, "hotlines", path)),
        offices_hours=need(raw, "offices.hours", path),
        offices_how=need(raw, "offices.how_to_find", path),
        emergency=tuple(_emergency(row, f"emergency[{place}]", path) for place, row in _rows(raw, "emergency", path)),
        prepare=tuple(map(str, need(raw, "handoff.prepare", path))),
    )


@lru_cache(maxsize=1)
def our_locality() -> Locality:
    """Give the locality of the settings, read once per process."""
    return load_locality(load_settings().content / "locality.yml")


def read_yaml(path: Path) -> Mapping[str, Any]:
    """Read a YAML mapping without checking its keys.

    Raises:
        ContentError: The file cannot be read or holds no mapping.
    """
    try:
        raw = yaml.load(path.read_text("utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ContentError(f"{path}: cannot be read as YAML: {error}") from error
    if not isinstance(raw, Mapping):
        raise ContentError(f"{path}: expected `key: value` lines, found {type(raw).__name__}")
    return raw


def need(raw: Mapping[str, Any], name: str, path: Path, at: str = "") -> Any:
    """Look up a dotted key; ``at`` says where ``raw`` lies in the file, for the error text.

    Raises:
        ContentError: The key is missing; the text names it.
    """
    value: Any = raw
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
        if value is None:
            raise ContentError(f"{path}: the key {f'{at}.{name}' if at else name} is missing: add it")
    return value


def _rows(raw: Mapping[str, Any], name: str, path: Path) -> list[tuple[int, Mapping[str, Any]]]:
    rows = need(raw, name, path)
    if not isinstance(rows, Sequence) or not all(isinstance(row, Mapping) for row in rows):
        raise ContentError(f"{path}: {name} must be a list of `- key: value` blocks")
    return list(enumerate(rows))


def _day(raw: Mapping[str, Any], path: Path) -> date:
    day = need(raw, "merged_on", path)
    if not isinstance(day, date):
        raise ContentError(f"{path}: merged_on must be a day such as 2025-07-01, found {day!r}")
    return day


def _hotline(row: Mapping[str, Any], at: str, path: Path) -> Hotline:
    texts = {key: str(need(row, key, path, at)) for key in ("id", "number", "name", "purpose", "hours", "cost")}
    return Hotline(**texts, open=_open_hours(row["open"], f"{at}.open", path) if "open" in row else None)


def _open_hours(raw: Any, at: str, path: Path) -> OpenHours:
    days, start, end = (need(raw, key, path, at) for key in ("days", "from", "until"))
    try:
        hours = OpenHours(frozenset(days), time.fromisoformat(start), time.fromisoformat(end))
    except (TypeError, ValueError) as error:
        raise ContentError(f'{path}: {at} needs days: [1, 2] and from/until: "07:30" in quotes') from error
    if not hours.days or not hours.days <= set(range(1, 8)) or hours.start >= hours.end:
        raise ContentError(f"{path}: {at} needs days from 1 (Monday) to 7 and `from` before `until`")
    return hours


def _emergency(row: Mapping[str, Any], at: str, path: Path) -> Emergency:
    return Emergency(str(need(row, "number", path, at)), str(need(row, "purpose", path, at)))
