"""Reading a message: which stretches are wards, and whether it asks for nothing else."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from faq.locality.ward_names import (
    DISTRICT_KINDS,
    SMALL_KINDS,
    WARD_KINDS,
    Place,
    Register,
    Span,
    Unit,
    WardMatch,
    tokens_of,
)
from faq.text.canonical import canonical
from faq.text.syllables import fold

#: After "phường 7" these tell that the number counts something: "ra phường 3 lần", "phường 7 giờ sáng mở cửa".
_COUNTED = frozenset("ngay thang nam nguoi lan phut tuan bua tuoi dong trieu buoi cap".split())
_CLOCK = frozenset("sang chieu toi trua ruoi dung mo hon kem".split())
_AND = frozenset("va voi hay hoac".split())
#: Words that may stand between a ward and its district.
_LINKS = frozenset({"cu", "cua", "thuoc", "o", "tai", "ben", "duoi", "hoi truoc", "truoc day", "khu vuc"})
_FOREIGN_TO_QUESTIONS = ("guard", "other")
_AT = ("o", "tai", "que")
PLACEHOLDER = re.compile(r"\[[^\]\n]{1,40}\]")  # what masking left
DOTTED = re.compile(r"\bt\. ?([ptx])\b")


class Reading:
    """One message, split into names and the words around them.

    Args:
        only_questions: Stop at the first word that no plain question about wards holds (most messages: at once).
    """

    def __init__(self, text: str, register: Register, only_questions: bool = False) -> None:
        self._register = register
        text = DOTTED.sub(r"t\1", PLACEHOLDER.sub(" ", canonical(text)).lower())
        self._text = text
        self._tokens = tokens_of(text)
        self._spans: list[Span] = []
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

    def _span(self, start: int) -> Span:
        register = self._register
        length, has_marks, values = register.names.at(self._tokens, start)
        if length and not (_are_foreign(values) and register.words.at(self._tokens, start)[0] == length):  # "la gi"
            return _name_span(start + length, has_marks, values)
        number = self._number(start)
        if number:
            return number
        length, _, kinds = register.kinds.at(self._tokens, start)
        if length:
            return Span("kind", start + length, kinds[0])
        length, has_marks, loosely = register.guards.at(self._tokens, start)
        if length and (has_marks or any(loosely)):
            return Span("guard", start + length)
        length, _, words = register.words.at(self._tokens, start)
        return replace(words[0], end=start + length) if length else Span("other", start + 1)

    def _number(self, start: int) -> Span | None:
        before = self._spans[-1] if self._spans else Span("other", 0)
        folded = self._tokens[start].folded
        if not folded.isdigit():
            return None
        if before.text == "quận":
            return Span("name", start + 1, place=Place(is_foreign=True))
        if before.text in SMALL_KINDS:
            return Span("word", start + 1)
        unit = self._register.numbers.get(folded.lstrip("0"))
        if unit is None or self._counts(start) or not (before.text == "phường" or self._continues_list()):
            return None
        return Span("number", start + 1, units=(unit,))

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
        if kind in DISTRICT_KINDS:
            return "ward" if any(unit.kind == kind for unit in span.units) else "place"
        if kind in WARD_KINDS:
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

    def _units(self, index: int) -> Sequence[Unit]:
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

    def _district_after(self, index: int) -> Place | None:
        """Give the place named right behind a ward."""
        for place, span in enumerate(self._spans[index + 1 :], index + 1):
            if span.role == "name":
                return span.place if self._kind_before(place) not in WARD_KINDS else None
            if span.text not in _LINKS and span.text not in DISTRICT_KINDS:
                return None
        return None

    @cached_property
    def _districts(self) -> set[str]:
        """The one district that the message names anywhere; empty when there is none or more."""
        places = [span.place for i, span in enumerate(self._spans) if self._verdict(i) in ("place", "maybe")]
        found = {place.district for place in places if place and place.district}
        return found if len(found) == 1 else set()


def _of_kind(units: Sequence[Unit], kind: str) -> Sequence[Unit]:
    """Prefer the wards of the typed kind, then old ones to those that exist only now: residents mix up the kinds."""
    same = [unit for unit in units if unit.kind == kind]
    old = [unit for unit in units if not unit.is_present_only]
    return same or old or units


def _are_foreign(values: Sequence[Unit | Place]) -> bool:
    return all(isinstance(value, Place) and value.is_foreign for value in values)


def _name_span(end: int, has_marks: bool, values: Sequence[Unit | Place]) -> Span:
    units = tuple(value for value in values if isinstance(value, Unit))
    places = [value for value in values if isinstance(value, Place)]
    name = units[0].match.name.lower() if units else ""
    return Span("name", end, name, units, places[0] if places else None, has_marks)
