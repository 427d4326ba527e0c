"""Loading the ward names of one province from underthesea's address data.

The data file is read directly: importing ``underthesea.address`` for it takes 1.5 s and 110 MB, the file alone
0.05 s and 14 MB for a moment. What the data lacks: ``wards`` in locality.yml. Words that keep a name from being one
are in nlu_data/lexicon/ward_stop.yml.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from faq.errors import ContentError
from faq.locality.locality import need, read_yaml
from faq.locality.ward_names import (
    Place,
    Register,
    Span,
    Table,
    Unit,
    WardMatch,
    split_kind,
)
from faq.settings import load_settings
from faq.text.syllables import fold

_DATA = "underthesea/address/data/mapping.json"


@lru_cache(maxsize=1)
def our_register() -> Register:
    """Give the names of our locality, loaded once per process."""
    settings = load_settings()
    return load_register(settings.content / "locality.yml", settings.nlu_data / "lexicon" / "ward_stop.yml")


def load_register(locality: Path, stops: Path) -> Register:
    """Compile the names of the locality; tests and tools call this, everyone else the functions above.

    Raises:
        ContentError: A key is missing, or ``wards.earlier`` names a ward that the data lacks.
    """
    raw, lists = read_yaml(locality), read_yaml(stops)
    data = _read_addresses(need(raw, "wards.province", locality))
    units = _units(data, raw, locality)
    words = [(phrase, Span("asking", 0, fold(phrase))) for phrase in lists["asking_words"]]
    words += [(phrase, Span("word", 0, fold(phrase))) for phrase in lists["other_words"]]
    guards = [(phrase, True) for phrase in lists["not_after"]]
    return Register(
        units=tuple(units),
        names=Table(_name_rows(units, data, raw, locality)),
        numbers={unit.match.name: unit for unit in units if unit.match.name.isdigit()},
        words=Table(words),
        stops={name: frozenset(lists[name]) for name in ("needs_ward_word", "needs_marks")},
        elsewhere=data.other_wards,
        present_province=data.rows[0]["new_province"],
        guards=Table(guards + [(phrase, False) for phrase in lists["not_after_marked"]]),
    )


@dataclass(frozen=True)
class _Addresses:
    rows: Sequence[Mapping[str, str]]
    other_places: frozenset[str]  # districts and provinces elsewhere
    other_wards: frozenset[str]


def _read_addresses(province: str) -> _Addresses:
    """Read the data file of underthesea, keeping the records of one former province and a few names of the others."""
    districts: set[str] = set()
    wards: set[tuple[str, str]] = set()

    def keep(row: dict[str, Any]) -> dict[str, Any] | None:
        if "old_ward" not in row or row["old_province_key"] == province:
            return row
        districts.add(row["old_district"])
        wards.add((row["new_province_key"], row["new_ward"]))
        return None

    path = Path(str(distribution("underthesea").locate_file(_DATA)))
    data = json.loads(path.read_text("utf-8"), object_hook=keep)
    rows = [row for row in data["ward_mapping"] if row]
    if not rows:
        raise ContentError(f"locality.yml: wards.province {province!r} is not in {path}: see old_province_names there")
    here = {province, rows[0]["new_province_key"]}
    provinces = {row["short"] for key, row in data["old_province_names"].items() if key not in here}
    places = provinces | {split_kind(district)[1] for district in districts}
    return _Addresses(rows, frozenset(places), frozenset(fold(ward) for where, ward in wards if where in here))


def _units(data: _Addresses, raw: Mapping[str, Any], path: Path) -> list[Unit]:
    """Make the old wards, those that were gone before, and the present wards under names that no old one bore."""
    new: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in data.rows:
        if row["old_ward"] or not row["old_ward_key"]:  # the data lost some names, elsewhere; Côn Đảo had no wards
            new[row["old_ward"] or row["old_district"], row["old_district"]].append(row["new_ward"])
    units = [_unit(old, where, where, tuple(wards)) for (old, where), wards in new.items() if all(wards)]
    units += [_earlier(row, units, path) for row in need(raw, "wards", path).get("earlier", ())]
    taken = {unit.match.old for unit in units}
    present = sorted({row["new_ward"] for row in data.rows} - taken - {""})
    return units + [Unit(split_kind(ward)[0], "", WardMatch(ward, "", (ward,), is_new=True)) for ward in present]


def _unit(old: str, district: str, data_district: str, new: tuple[str, ...]) -> Unit:
    shown = "" if old == district else district[:1].lower() + district[1:]
    return Unit(split_kind(old)[0], data_district, WardMatch(old, shown, new, is_new=old in new))


def _earlier(row: Mapping[str, str], units: Sequence[Unit], path: Path) -> Unit:
    old, district, into = (need(row, key, path, "wards.earlier") for key in ("old", "district", "into"))
    heirs = [unit for unit in units if unit.match.old == into]
    if len(heirs) != 1:
        raise ContentError(f"{path}: wards.earlier: {old} went into {into}, which names {len(heirs)} wards of the data")
    return _unit(old, district, heirs[0].district, heirs[0].match.new)


def _name_rows(
    units: Sequence[Unit], data: _Addresses, raw: Mapping[str, Any], path: Path
) -> Iterator[tuple[str, Unit | Place]]:
    """Give each name with what it may mean; a name of ours never stands for a place elsewhere."""
    more, taken = need(raw, "wards", path), {unit.match.old for unit in units}
    ours: list[tuple[str, Unit | Place]] = [(unit.match.name, unit) for unit in units]
    for district in {row["old_district"] for row in data.rows} - taken:
        names = (split_kind(district)[1], *more.get("district_names", {}).get(district, ()))
        ours += [(name, Place(district)) for name in names]
    ours += [(name, Place()) for name in more.get("place_names", ())]
    ours = [(name, value) for name, value in ours if not name.isdigit()]
    known = {fold(name) for name, _ in ours}
    yield from ours
    yield from ((fold(name).replace(" ", ""), value) for name, value in ours if " " in name)  # "rachdua"
    others = (name for name in data.other_places if " " in name and fold(name) not in known)
    yield from ((name, Place(is_foreign=True)) for name in others)
