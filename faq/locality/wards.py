"""Old wards of the former province -> present wards, found in what a resident typed.

The mapping is the address data of underthesea, of which only the records of one province are kept (which one, what
the data lacks and other names of the districts: ``wards`` in locality.yml). The data file is read directly: importing
``underthesea.address`` for it takes 1.5 s and 110 MB, the file alone 0.05 s and 14 MB for a moment. Words that keep a
name from being one are in nlu_data/lexicon/ward_stop.yml.

Three parts in one file: the answers, reading a message (:class:`_Reading`), loading the names (:func:`load_register`).
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, Generic, TypeVar

from faq.errors import ContentError
from faq.locality.locality import need, read_yaml
from faq.settings import load_settings
from faq.text.canonical import canonical
from faq.text.syllables import fold, is_syllable, split_tone, tone_key
from faq.text.telex import decode_telex

_DATA = "underthesea/address/data/mapping.json"
_WARD_KINDS = ("phường", "xã", "thị trấn", "đặc khu")
_DISTRICT_KINDS = ("huyện", "thành phố", "thị xã", "quận", "tỉnh")
_SMALL_KINDS = ("ấp", "khu phố", "kp", "tổ", "thôn")  # numbered parts of a ward
_SHORT_WARDS = {"p": "phường", "f": "phường", "phg": "phường", "x": "xã", "tt": "thị trấn"}
_SHORT_DISTRICTS = {"h": "huyện", "q": "quận", "tp": "thành phố", "tx": "thị xã"}
#: After "phường 7" these tell that the number counts something: "ra phường 3 lần", "phường 7 giờ sáng mở cửa".
_COUNTED = frozenset("ngay thang nam nguoi lan phut tuan bua tuoi dong trieu buoi".split())
_CLOCK = frozenset("sang chieu toi trua ruoi dung mo hon kem".split())
_AND = frozenset("va voi hay hoac".split())
#: Words that may stand between a ward and its district.
_LINKS = frozenset({"cu", "cua", "thuoc", "o", "tai", "ben", "duoi", "hoi truoc", "truoc day", "khu vuc"})
_FOREIGN_TO_QUESTIONS = ("guard", "other")
_AT = ("o", "tai", "que")
_PLACEHOLDER = re.compile(r"\[[^\]\n]{1,40}\]")  # what masking left
_DOTTED = re.compile(r"\bt\. ?([ptx])\b")
_TOKEN = re.compile(r"\d+[^\W_]*|[^\W\d_]+")

T = TypeVar("T")


@dataclass(frozen=True)
class WardMatch:
    """A ward that a message names.

    Attributes:
        old: Full name as it was until the merger ("Phường 1"); the present name when no old ward bore it.
        old_district: What it belonged to ("thành phố Vũng Tàu"); "" when ``old`` only exists since the merger.
        new: Full names of the present wards; several when the old one was split.
        is_new: ``old`` is also the name of a present ward.
        is_district_name: The message gave a bare name that a former district bore too; any ward of it may be meant.
    """

    old: str
    old_district: str
    new: tuple[str, ...]
    is_new: bool = False
    is_district_name: bool = False

    @property
    def name(self) -> str:
        """``old`` without the word of its kind: wards of the same name differ in their district."""
        return _split_kind(self.old)[1]

    @property
    def label(self) -> str:
        """The old name that cannot be mistaken: ``Phường 1 (thành phố Vũng Tàu cũ)``."""
        return f"{self.old} ({self.old_district} cũ)" if self.old_district else self.old


def find_old_wards(text: str) -> list[WardMatch]:
    """Find the wards that a message names, with or without marks, in order of appearance.

    A name that several wards bore gives all of them unless the message names the district. Nothing is found for a ward
    of another province ("phường 7 quận 3") or when the syllables are rather ordinary words ("cu bi tra" = cứ bị trả).

    Args:
        text: Any message of at most some thousand characters; placeholders of masking are ignored.
    """
    return _Reading(text, _register()).matches


def is_ward_question(text: str) -> bool:
    """Tell whether a message asks nothing but what became of a ward.

    True when at least one ward is found and all other words are place words or words of such a question; the name of a
    ward alone is enough. "Nộp hồ sơ ở phường Rạch Dừa" is not one.
    """
    reading = _Reading(text, _register(), only_questions=True)
    return reading.asks_only and bool(reading.matches)


def old_ward_names() -> tuple[str, ...]:
    """List ward names, old and present, as a text may hold them.

    With the word of their kind ("Phường 1", "Xã Cù Bị") and also bare where that is unmistakable without marks.
    """
    register = _register()
    full = {unit.match.old for unit in register.units}
    bare = {_split_kind(name)[1] for name in full}
    return tuple(sorted(full | {name for name in bare if not name.isdigit() and not register.is_doubtful(name)}))


def present_province() -> str:
    """Give the full name of the province to which the wards belong now."""
    return _register().present_province


@dataclass(frozen=True)
class _Token:
    key: str
    folded: str
    end: int


@dataclass(frozen=True)
class _Unit:
    kind: str
    district: str  # name in the data, also for wards that were gone before
    match: WardMatch

    @property
    def is_present_only(self) -> bool:
        return not self.district


@dataclass(frozen=True)
class _Place:
    district: str = ""
    is_foreign: bool = False


class _Table(Generic[T]):
    """Phrases with values; a phrase also matches without some or all of its marks."""

    def __init__(self, rows: Iterable[tuple[str, T]]) -> None:
        self._rows: dict[tuple[str, ...], list[tuple[tuple[str, ...], T]]] = defaultdict(list)
        for phrase, value in rows:
            keys = tuple(_key(word) for word in _TOKEN.findall(phrase.lower()))
            self._rows[tuple(_fold_key(key) for key in keys)].append((keys, value))
        self._longest: dict[str, int] = defaultdict(int)
        for folded in self._rows:
            self._longest[folded[0]] = max(self._longest[folded[0]], len(folded))

    def at(self, tokens: Sequence[_Token], start: int) -> tuple[int, bool, list[T]]:
        """Find the longest phrase that begins here: tokens used (0: none), whether all marks were typed, values."""
        longest = self._longest.get(tokens[start].folded, 0)
        for length in range(min(longest, len(tokens) - start), 0, -1):
            stretch = tokens[start : start + length]
            rows = self._rows.get(tuple(token.folded for token in stretch), ())
            typed = tuple(token.key for token in stretch)
            found = [value for keys, value in rows if all(map(_agree, typed, keys))]
            if found:
                return length, any(keys == typed for keys, _ in rows), found
        return 0, False, []


@dataclass(frozen=True)
class _Span:
    """A stretch of tokens.

    Attributes:
        role: ``name``, ``number`` of a ward, ``kind`` (phường, huyện …), ``asking`` or ``word`` (what a ward
            question is made of), ``guard`` (what follows is no ward) or ``other``.
    """

    role: str
    end: int
    text: str = ""
    units: tuple[_Unit, ...] = ()
    place: _Place | None = None
    has_marks: bool = False


@dataclass(frozen=True)
class Register:
    """Everything that is known about names, compiled for reading messages; made by :func:`load_register`."""

    units: tuple[_Unit, ...]
    names: _Table[_Unit | _Place]
    numbers: Mapping[str, _Unit]
    words: _Table[_Span]
    stops: Mapping[str, frozenset[str]]
    elsewhere: frozenset[str]  # folded full names of the other present wards of the province
    present_province: str
    kinds: _Table[str] = field(default_factory=lambda: _Table(_kind_rows()))
    guards: _Table[bool] = field(default_factory=lambda: _Table(()))

    def is_doubtful(self, name: str, has_marks: bool = False) -> bool:
        """Tell whether a bare name may be other words."""
        return name.lower() in self.stops["needs_ward_word"] or (
            not has_marks and name.lower() in self.stops["needs_marks"]
        )


class _Reading:
    """One message, split into names and the words around them.

    Args:
        only_questions: Stop at the first word that no plain question about wards holds (most messages: at once).
    """

    def __init__(self, text: str, register: Register, only_questions: bool = False) -> None:
        self._register = register
        text = _DOTTED.sub(r"t\1", _PLACEHOLDER.sub(" ", canonical(text)).lower())
        self._text = text
        self._tokens = [_token(match) for match in _TOKEN.finditer(text)]
        self._spans: list[_Span] = []
        position = 0
        while position < len(self._tokens):
            self._spans.append(self._span(position))
            position = self._spans[-1].end
            if only_questions and self._spans[-1].role in _FOREIGN_TO_QUESTIONS:
                break

    @cached_property
    def matches(self) -> list[WardMatch]:
        """Wards, each once, in order."""
        found = dict.fromkeys(match for index in range(len(self._spans)) for match in self._matches_at(index))
        return list(found)

    @cached_property
    def asks_only(self) -> bool:
        """Whether everything beside names belongs to a question about wards."""
        return not any(
            span.role in _FOREIGN_TO_QUESTIONS
            or (span.place and span.place.is_foreign)
            or (span.role == "name" and self._verdict(index) == "no")
            for index, span in enumerate(self._spans)
        )

    # Reading: from tokens to spans.

    def _span(self, start: int) -> _Span:
        register = self._register
        length, has_marks, values = register.names.at(self._tokens, start)
        if length:
            return _name_span(start + length, has_marks, values)
        number = self._number(start)
        if number:
            return number
        length, _, kinds = register.kinds.at(self._tokens, start)
        if length:
            return _Span("kind", start + length, kinds[0])
        length, has_marks, loosely = register.guards.at(self._tokens, start)
        if length and (has_marks or any(loosely)):
            return _Span("guard", start + length)
        length, _, words = register.words.at(self._tokens, start)
        return replace(words[0], end=start + length) if length else _Span("other", start + 1)

    def _number(self, start: int) -> _Span | None:
        before = self._spans[-1] if self._spans else _Span("other", 0)
        folded = self._tokens[start].folded
        if not folded.isdigit():
            return None
        if before.text == "quận":
            return _Span("name", start + 1, place=_Place(is_foreign=True))
        if before.text in _SMALL_KINDS:
            return _Span("word", start + 1)
        unit = self._register.numbers.get(folded.lstrip("0"))
        if unit is None or self._counts(start) or not (before.text == "phường" or self._continues_list()):
            return None
        return _Span("number", start + 1, units=(unit,))

    def _counts(self, start: int) -> bool:
        """Whether a number is a quantity, a time or part of a date."""
        after = [token.folded for token in self._tokens[start + 1 : start + 3]] + ["", ""]
        if re.match(r"[/.-]\d", self._text[self._tokens[start].end :]):
            return True
        return after[0] in _COUNTED or (after[0] == "gio" and after[1] in _CLOCK)

    def _continues_list(self) -> bool:
        """Whether the tokens so far end in "phường 7," or "phường 7 và"."""
        spans = self._spans
        if spans[-1:] and spans[-1].role == "number":
            return self._text[self._tokens[spans[-1].end - 1].end :].lstrip()[:1] in (",", "&", "+", ";")
        return len(spans) > 1 and spans[-2].role == "number" and spans[-1].text in _AND

    # Judging: which names are wards.

    def _kind_before(self, index: int) -> str:
        return self._spans[index - 1].text if index and self._spans[index - 1].role == "kind" else ""

    def _verdict(self, index: int) -> str:
        """Judge a span: ``ward``, ``maybe`` (only in a plain ward question), ``place`` or ``no``."""
        span, kind = self._spans[index], self._kind_before(index)
        if span.role == "number":
            return "ward"
        if span.role != "name":
            return "no"
        if kind in _DISTRICT_KINDS:
            return "ward" if any(unit.kind == kind for unit in span.units) else "place"
        if kind in _WARD_KINDS:
            return "ward" if span.units else "place"
        if index and self._spans[index - 1].role == "guard":
            return "no"
        return self._verdict_of_bare(index)

    def _verdict_of_bare(self, index: int) -> str:
        span = self._spans[index]
        if span.place:
            return "place" if all(unit.is_present_only for unit in span.units) else "maybe"
        if not self._register.is_doubtful(span.text, span.has_marks):
            return "ward"
        district = self._district_after(index)
        return "ward" if district and any(unit.district == district.district for unit in span.units) else "maybe"

    def _matches_at(self, index: int) -> Iterator[WardMatch]:
        verdict, span = self._verdict(index), self._spans[index]
        if verdict == "ward":
            yield from (unit.match for unit in self._units(index))
        elif verdict == "maybe" and self._is_likely(index):
            is_district = span.place is not None
            yield from (replace(unit.match, is_district_name=is_district) for unit in self._units(index))

    def _is_likely(self, index: int) -> bool:
        """Whether a doubtful name is meant as a ward: it stands alone or in a plain question, or behind "ở"."""
        if not self.asks_only or (self._spans[index].place and self._has_sure_ward):
            return False
        roles = {span.role for span in self._spans}
        behind_at = bool(index) and self._spans[index - 1].text in _AT
        return behind_at or bool(roles & {"asking", "kind"}) or "word" not in roles

    @cached_property
    def _has_sure_ward(self) -> bool:
        return any(self._verdict(index) == "ward" for index in range(len(self._spans)))

    def _units(self, index: int) -> Sequence[_Unit]:
        """Choose among the wards of one name by their kind and by the district that the message names."""
        span, place, kind = self._spans[index], self._district_after(index), self._kind_before(index)
        if place and place.is_foreign:
            return ()
        district = {place.district} if place and place.district else self._districts
        units = _of_kind(span.units, kind)
        here = [unit for unit in units if unit.district in district]
        if here or (span.role == "number" and place and place.district):
            return here
        is_elsewhere = units and units[0].kind != kind and fold(f"{kind} {span.text}") in self._register.elsewhere
        return () if is_elsewhere else units

    def _district_after(self, index: int) -> _Place | None:
        """Give the place named right behind a ward."""
        for place, span in enumerate(self._spans[index + 1 :], index + 1):
            if span.role == "name":
                return span.place if self._kind_before(place) not in _WARD_KINDS else None
            if span.text not in _LINKS and span.text not in _DISTRICT_KINDS:
                return None
        return None

    @cached_property
    def _districts(self) -> set[str]:
        """The one district that the message names anywhere; empty when there is none or more."""
        places = [span.place for i, span in enumerate(self._spans) if self._verdict(i) in ("place", "maybe")]
        found = {place.district for place in places if place and place.district}
        return found if len(found) == 1 else set()


def _of_kind(units: Sequence[_Unit], kind: str) -> Sequence[_Unit]:
    """Prefer the wards of the typed kind, then old ones to those that exist only now: residents mix up the kinds."""
    same = [unit for unit in units if unit.kind == kind]
    old = [unit for unit in units if not unit.is_present_only]
    return same or old or units


def _name_span(end: int, has_marks: bool, values: Sequence[_Unit | _Place]) -> _Span:
    units = tuple(value for value in values if isinstance(value, _Unit))
    places = [value for value in values if isinstance(value, _Place)]
    name = units[0].match.name.lower() if units else ""
    return _Span("name", end, name, units, places[0] if places else None, has_marks)


def _token(match: re.Match[str]) -> _Token:
    key = _key(match.group())
    return _Token(key, _fold_key(key), match.end())


@lru_cache(maxsize=16384)
def _key(word: str) -> str:
    """Give a tone key in which spellings that residents mix up are one: hỏi and ngã, "Mỹ" and "Mĩ"; Telex is undone."""
    if word.isdigit():
        return word
    key = tone_key(word)
    if word.isascii() and not is_syllable(key):
        key = decode_telex(word) or key
    letters, tone = split_tone(key)
    return re.sub(r"^([hklmst])y$", r"\1i", letters) + ("3" if tone == "4" else tone)


def _fold_key(key: str) -> str:
    return fold(key if key[:1].isdigit() else split_tone(key)[0])


@lru_cache(maxsize=16384)
def _agree(typed: str, known: str) -> bool:
    """Tell whether a typed syllable is a known one with all, some or none of its marks."""
    if typed == known or typed[:1].isdigit():
        return typed == known
    (letters, tone), (full, full_tone) = split_tone(typed), split_tone(known)
    return tone in ("", full_tone) and all(map(lambda one, two: one in (two, fold(two)), letters, full))


def _kind_rows() -> Iterator[tuple[str, str]]:
    yield from ((kind, kind) for kind in (*_WARD_KINDS, *_DISTRICT_KINDS, *_SMALL_KINDS))
    yield from (_SHORT_WARDS | _SHORT_DISTRICTS).items()


def _split_kind(full: str) -> tuple[str, str]:
    """Split "Phường Rạch Dừa" into "phường" and "Rạch Dừa"."""
    for kind in (*_WARD_KINDS, *_DISTRICT_KINDS):
        if full.lower().startswith(f"{kind} "):
            return kind, full[len(kind) + 1 :]
    return "", full


# Loading.


@lru_cache(maxsize=1)
def _register() -> Register:
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
    words = [(phrase, _Span("asking", 0, fold(phrase))) for phrase in lists["asking_words"]]
    words += [(phrase, _Span("word", 0, fold(phrase))) for phrase in lists["other_words"]]
    guards = [(phrase, True) for phrase in lists["not_after"]]
    return Register(
        units=tuple(units),
        names=_Table(_name_rows(units, data, raw, locality)),
        numbers={unit.match.name: unit for unit in units if unit.match.name.isdigit()},
        words=_Table(words),
        stops={name: frozenset(lists[name]) for name in ("needs_ward_word", "needs_marks")},
        elsewhere=data.other_wards,
        present_province=data.rows[0]["new_province"],
        guards=_Table(guards + [(phrase, False) for phrase in lists["not_after_marked"]]),
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
    places = provinces | {_split_kind(district)[1] for district in districts}
    return _Addresses(rows, frozenset(places), frozenset(fold(ward) for where, ward in wards if where in here))


def _units(data: _Addresses, raw: Mapping[str, Any], path: Path) -> list[_Unit]:
    """Make the old wards, those that were gone before, and the present wards under names that no old one bore."""
    new: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in data.rows:
        if row["old_ward"] or not row["old_ward_key"]:  # the data lost some names, elsewhere; Côn Đảo had no wards
            new[row["old_ward"] or row["old_district"], row["old_district"]].append(row["new_ward"])
    units = [_unit(old, where, where, tuple(wards)) for (old, where), wards in new.items() if all(wards)]
    units += [_earlier(row, units, path) for row in need(raw, "wards", path).get("earlier", ())]
    taken = {unit.match.old for unit in units}
    present = sorted({row["new_ward"] for row in data.rows} - taken - {""})
    return units + [_Unit(_split_kind(ward)[0], "", WardMatch(ward, "", (ward,), is_new=True)) for ward in present]


def _unit(old: str, district: str, data_district: str, new: tuple[str, ...]) -> _Unit:
    shown = "" if old == district else district[:1].lower() + district[1:]
    return _Unit(_split_kind(old)[0], data_district, WardMatch(old, shown, new, is_new=old in new))


def _earlier(row: Mapping[str, str], units: Sequence[_Unit], path: Path) -> _Unit:
    old, district, into = (need(row, key, path, "wards.earlier") for key in ("old", "district", "into"))
    heirs = [unit for unit in units if unit.match.old == into]
    if len(heirs) != 1:
        raise ContentError(f"{path}: wards.earlier: {old} went into {into}, which names {len(heirs)} wards of the data")
    return _unit(old, district, heirs[0].district, heirs[0].match.new)


def _name_rows(
    units: Sequence[_Unit], data: _Addresses, raw: Mapping[str, Any], path: Path
) -> Iterator[tuple[str, _Unit | _Place]]:
    """Give each name with what it may mean; a name of ours never stands for a place elsewhere."""
    more, taken = need(raw, "wards", path), {unit.match.old for unit in units}
    ours: list[tuple[str, _Unit | _Place]] = [(unit.match.name, unit) for unit in units]
    for district in {row["old_district"] for row in data.rows} - taken:
        names = (_split_kind(district)[1], *more.get("district_names", {}).get(district, ()))
        ours += [(name, _Place(district)) for name in names]
    ours += [(name, _Place()) for name in more.get("place_names", ())]
    ours = [(name, value) for name, value in ours if not name.isdigit()]
    known = {fold(name) for name, _ in ours}
    yield from ours
    yield from ((fold(name).replace(" ", ""), value) for name, value in ours if " " in name)  # "rachdua"
    others = (name for name in data.other_places if " " in name and fold(name) not in known)
    yield from ((name, _Place(is_foreign=True)) for name in others)
