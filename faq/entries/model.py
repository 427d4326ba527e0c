"""Entries and procedures: the texts a person has checked, with their sources and dates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType

#: Aspects of a procedure in the order a resident is offered them.
ASPECTS = ("how", "where", "papers", "fee", "time", "basis")
ASPECT_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "how": "Cách làm",
        "where": "Làm ở đâu",
        "papers": "Giấy tờ cần có",
        "fee": "Phí, lệ phí",
        "time": "Thời gian",
        "basis": "Căn cứ pháp lý",
    }
)
KINDS = ("answer", "signpost", "safety", "emergency", "small_talk")
TOPICS = (
    "ho-so",
    "vneid",
    "thanh-toan",
    "ban-sao",
    "buu-chinh",
    "ky-so",
    "gop-y",
    "dia-phuong",
    "an-toan",
    "xa-giao",
    "noi-khac",
    "thu-tuc",
)
CONFIDENCES = ("cao", "vừa", "thấp")
STATES = ("draft", "reviewed", "published", "expired", "withdrawn")


@dataclass(frozen=True)
class Source:
    """Where a claim stands: the document, its article, and an address to read it."""

    document: str
    article: str = ""
    url: str = ""


@dataclass(frozen=True)
class Link:
    """A button that opens an official page."""

    label: str
    url: str


@dataclass(frozen=True)
class Text:
    """One checked answer with everything that makes it believable.

    Attributes:
        answer: What the resident reads, at most 600 characters.
        steps: One action each, at most 200 characters.
        spoken: What an operator says on the phone, at most 60 words.
        valid_from: First day on which the text is right; None when it is not dated.
        valid_until: Last day on which the text is right.
    """

    answer: str
    spoken: str
    steps: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    variants: tuple[str, ...] = ()
    held_out: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    facts: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    confidence: str = "cao"

    def validity(self, day: date) -> str:
        """Tell whether the text is ``current``, ``future`` or ``expired`` on a day (Asia/Ho_Chi_Minh)."""
        if self.valid_from and day < self.valid_from:
            return "future"
        return "expired" if self.valid_until and day > self.valid_until else "current"


@dataclass(frozen=True)
class Entry:
    """One answerable thing.

    Attributes:
        replaces: Id of the entry that holds until this one begins; both may share variants.
    """

    id: str
    topic: str
    kind: str
    title: str
    label: str
    text: Text
    checked_on: date
    review_by: date
    related: tuple[str, ...] = ()
    replaces: str = ""

    def texts(self) -> Iterator[tuple[str, Text]]:
        """Yield (aspect, text); an entry has one text under the aspect ""."""
        yield "", self.text


@dataclass(frozen=True)
class Procedure:
    """An administrative procedure, answered aspect by aspect.

    Attributes:
        code: Its code on the national portal, "" when unknown.
        names: What residents call it; short phrases without aspect words.
        variants: Whole questions about it in general.
        held_out: Questions of the general kind kept for examination.
    """

    id: str
    title: str
    label: str
    code: str
    names: tuple[str, ...]
    variants: tuple[str, ...]
    aspects: Mapping[str, Text]
    checked_on: date
    review_by: date
    held_out: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    topic: str = field(default="thu-tuc", init=False)
    kind: str = field(default="procedure", init=False)

    def texts(self) -> Iterator[tuple[str, Text]]:
        """Yield (aspect, text) in the order of :data:`ASPECTS`."""
        for aspect in ASPECTS:
            if aspect in self.aspects:
                yield aspect, self.aspects[aspect]


Item = Entry | Procedure


@dataclass(frozen=True)
class Content:
    """One state of the whole answer base, items by id in sorted order."""

    items: Mapping[str, Item]

    @property
    def entries(self) -> list[Entry]:
        """All entries."""
        return [item for item in self.items.values() if isinstance(item, Entry)]

    @property
    def procedures(self) -> list[Procedure]:
        """All procedures."""
        return [item for item in self.items.values() if isinstance(item, Procedure)]

    @cached_property
    def _successors(self) -> Mapping[str, list[str]]:
        """Entries that take the place of another, by the id of that one."""
        found: dict[str, list[str]] = {}
        for entry in self.entries:
            if entry.replaces:
                found.setdefault(entry.replaces, []).append(entry.id)
        return found

    def holding(self, name: str, day: date) -> str | None:
        """Tell which item answers for ``name`` on a day: itself, or the entry that has replaced it by then.

        Returns:
            The id; None when the item is unknown or has not begun.
        """
        held: list[str] = []
        ahead = [name]
        while begun := [other for other in ahead if other not in held and self._has_begun(other, day)]:
            held.append(begun[0])
            ahead = self._successors.get(begun[0], [])
        return held[-1] if held else None

    def _has_begun(self, name: str, day: date) -> bool:
        item = self.items.get(name)
        return item is not None and not (isinstance(item, Entry) and item.text.validity(day) == "future")


def make_content(items: list[Item]) -> Content:
    """Index items by id, sorted."""
    return Content(MappingProxyType({item.id: item for item in sorted(items, key=lambda item: item.id)}))
