"""Names of wards and how residents write them: tables that match with all, some or none of the marks."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, TypeVar

from faq.text.syllables import fold, is_syllable, split_tone, tone_key
from faq.text.telex import decode_telex

WARD_KINDS = ("phường", "xã", "thị trấn", "đặc khu")
DISTRICT_KINDS = ("huyện", "thành phố", "thị xã", "quận", "tỉnh")
SMALL_KINDS = ("ấp", "khu phố", "kp", "tổ", "thôn")  # numbered parts of a ward
SHORT_WARDS = {"p": "phường", "f": "phường", "phg": "phường", "x": "xã", "tt": "thị trấn"}
SHORT_DISTRICTS = {"h": "huyện", "q": "quận", "tp": "thành phố", "tx": "thị xã"}
TOKEN = re.compile(r"\d+[^\W_]*|[^\W\d_]+")
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
        return split_kind(self.old)[1]

    @property
    def label(self) -> str:
        """The old name that cannot be mistaken: ``Phường 1 (thành phố Vũng Tàu cũ)``."""
        return f"{self.old} ({self.old_district} cũ)" if self.old_district else self.old


@dataclass(frozen=True)
class Token:
    """One word of a message: as its tone key, without marks, and where it ends."""

    key: str
    folded: str
    end: int


@dataclass(frozen=True)
class Unit:
    """A ward with its kind and former district."""

    kind: str
    district: str  # name in the data, also for wards that were gone before
    match: WardMatch

    @property
    def is_present_only(self) -> bool:
        """Whether the ward only exists since the merger."""
        return not self.district


@dataclass(frozen=True)
class Place:
    """A name that is no ward: a former district, or a place elsewhere."""

    district: str = ""
    is_foreign: bool = False


class Table(Generic[T]):
    """Phrases with values; a phrase also matches without some or all of its marks."""

    def __init__(self, rows: Iterable[tuple[str, T]]) -> None:
        self._rows: dict[tuple[str, ...], list[tuple[tuple[str, ...], T]]] = defaultdict(list)
        for phrase, value in rows:
            keys = tuple(ward_key(word) for word in TOKEN.findall(phrase.lower()))
            self._rows[tuple(fold_ward_key(key) for key in keys)].append((keys, value))
        self._longest: dict[str, int] = defaultdict(int)
        for folded in self._rows:
            self._longest[folded[0]] = max(self._longest[folded[0]], len(folded))

    def at(self, tokens: Sequence[Token], start: int) -> tuple[int, bool, list[T]]:
        """Find the longest phrase that begins here: tokens used (0: none), whether all marks were typed, values."""
        longest = self._longest.get(tokens[start].folded, 0)
        for length in range(min(longest, len(tokens) - start), 0, -1):
            stretch = tokens[start : start + length]
            rows = self._rows.get(tuple(token.folded for token in stretch), ())
            typed = tuple(token.key for token in stretch)
            found = [value for keys, value in rows if all(map(agree, typed, keys))]
            if found:
                return length, any(keys == typed for keys, _ in rows), found
        return 0, False, []


@dataclass(frozen=True)
class Span:
    """A stretch of tokens.

    Attributes:
        role: ``name``, ``number`` of a ward, ``kind`` (phường, huyện …), ``asking`` or ``word`` (what a ward
            question is made of), ``guard`` (what follows is no ward) or ``other``.
    """

    role: str
    end: int
    text: str = ""
    units: tuple[Unit, ...] = ()
    place: Place | None = None
    has_marks: bool = False


@dataclass(frozen=True)
class Register:
    """Everything that is known about names, compiled for reading messages; made by :func:`load_register`."""

    units: tuple[Unit, ...]
    names: Table[Unit | Place]
    numbers: Mapping[str, Unit]
    words: Table[Span]
    stops: Mapping[str, frozenset[str]]
    elsewhere: frozenset[str]  # folded full names of the other present wards of the province
    present_province: str
    kinds: Table[str] = field(default_factory=lambda: Table(kind_rows()))
    guards: Table[bool] = field(default_factory=lambda: Table(()))

    def is_district(self, name: str) -> bool:
        """Tell whether a former district bore a name."""
        _, _, values = self.names.at(tokens_of(name.lower()), 0)
        return any(isinstance(value, Place) for value in values)

    def is_doubtful(self, name: str, has_marks: bool = False) -> bool:
        """Tell whether a bare name may be other words."""
        return name.lower() in self.stops["needs_ward_word"] or (
            not has_marks and name.lower() in self.stops["needs_marks"]
        )


def tokens_of(text: str) -> list[Token]:
    """Cut a lower-case text into tokens."""
    keys = [(ward_key(match.group()), match.end()) for match in TOKEN.finditer(text)]
    return [Token(key, fold_ward_key(key), end) for key, end in keys]


@lru_cache(maxsize=16384)
def ward_key(word: str) -> str:
    """Give a tone key in which spellings that residents mix up are one: hỏi and ngã, "Mỹ" and "Mĩ"; Telex is undone."""
    if word.isdigit():
        return word
    key = tone_key(word)
    if word.isascii() and not is_syllable(key):
        key = decode_telex(word) or key
    letters, tone = split_tone(key)
    return re.sub(r"^([hklmst])y$", r"\1i", letters) + ("3" if tone == "4" else tone)


def fold_ward_key(key: str) -> str:
    """Remove the marks of a ward key."""
    return fold(key if key[:1].isdigit() else split_tone(key)[0])


@lru_cache(maxsize=16384)
def agree(typed: str, known: str) -> bool:
    """Tell whether a typed syllable is a known one with all, some or none of its marks."""
    if typed == known or typed[:1].isdigit():
        return typed == known
    (letters, tone), (full, full_tone) = split_tone(typed), split_tone(known)
    return tone in ("", full_tone) and all(map(lambda one, two: one in (two, fold(two)), letters, full))


def kind_rows() -> Iterator[tuple[str, str]]:
    """List the words of kinds, short forms included, with what they stand for."""
    yield from ((kind, kind) for kind in (*WARD_KINDS, *DISTRICT_KINDS, *SMALL_KINDS))
    yield from (SHORT_WARDS | SHORT_DISTRICTS).items()


def split_kind(full: str) -> tuple[str, str]:
    """Split "Phường Rạch Dừa" into "phường" and "Rạch Dừa"."""
    for kind in (*WARD_KINDS, *DISTRICT_KINDS):
        if full.lower().startswith(f"{kind} "):
            return kind, full[len(kind) + 1 :]
    return "", full
