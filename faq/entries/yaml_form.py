"""The YAML form of entries and procedures, written the same way byte for byte."""

import reprlib
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any, TypeVar

import yaml

from faq.entries.model import ASPECTS, Entry, Item, Link, Procedure, Source, Text
from faq.errors import ContentError

_TEXT_TAIL = ("sources", "facts", "valid_from", "valid_until", "confidence")
#: Brackets and dashes of one file; ours have 124 at most. The C reader crashes the process at 40,000 nested ones.
_MOST_OPENERS = 2000
Raw = dict[str, Any]
_T = TypeVar("_T")


def load_item(text: str) -> Item:
    """Read one YAML document.

    Raises:
        ContentError: It is not YAML, a key is missing, unknown or written twice, or a value is of the wrong kind.
    """
    if sum(map(text.count, ("[", "{", "- ", "? "))) > _MOST_OPENERS:
        raise ContentError(f"more than {_MOST_OPENERS} lists and mappings: one file holds one entry")
    try:
        raw = yaml.load(text, Loader=_Loader)  # noqa: S506, a safe loader with fewer types
    except yaml.YAMLError as error:
        raise ContentError(f"not valid YAML: {_reason(error)}; quote texts that hold ': '") from error
    if not isinstance(raw, dict):
        raise ContentError("the file must be a mapping with the keys of DESIGN section 6")
    return from_raw(raw)


def from_raw(raw: Raw) -> Item:
    """Build an item from its mapping; see :func:`load_item` for errors."""
    raw = dict(raw)
    try:
        item: Item = _procedure(raw) if "aspects" in raw else _entry(raw)
    except KeyError as error:
        raise ContentError(f"the key {error} is missing") from error
    _refuse_rest(raw)
    return item


def dump_item(item: Item) -> str:
    """Write an item; ``load_item`` of the result is equal to it."""
    return yaml.dump(to_raw(item), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


def to_raw(item: Item) -> Raw:
    """Give the mapping of an item in the fixed key order."""
    return _procedure_raw(item) if isinstance(item, Procedure) else _entry_raw(item)


def _entry(raw: Raw) -> Entry:
    head: Raw = {key: _take(raw, key, _line) for key in ("id", "topic", "kind", "title", "label")}
    replaces = _take(raw, "replaces", _optional, None)
    return Entry(**head, **_review(raw), replaces=replaces, text=_text(raw))


def _procedure(raw: Raw) -> Procedure:
    head: Raw = {key: _take(raw, key, _line) for key in ("id", "title", "label", "code")}
    lists: Raw = {key: _take(raw, key, _lines) for key in ("names", "variants")}
    aspects = _take(raw, "aspects", _aspects)
    held_out = _take(raw, "held_out", _lines, None)
    return Procedure(**head, **lists, aspects=aspects, held_out=held_out, **_review(raw))


def _aspects(values: Any) -> dict[str, Text]:
    aspects = {}
    for aspect, fields in _mapping(values).items():
        try:
            rest = dict(_mapping(fields))
            aspects[str(aspect)] = _text(rest)
            _refuse_rest(rest)
        except KeyError as error:
            raise ContentError(f"{aspect}: the key {error} is missing") from error
        except ContentError as error:
            raise ContentError(f"{aspect}: {error}") from error
    return aspects


def _text(raw: Raw) -> Text:
    return Text(
        answer=_take(raw, "answer", _line),
        spoken=_take(raw, "spoken", _line),
        steps=_take(raw, "steps", _lines, None),
        links=tuple(_link(link) for link in _take(raw, "links", _list, None)),
        variants=_take(raw, "variants", _lines, None),
        held_out=_take(raw, "held_out", _lines, None),
        sources=tuple(_source(source) for source in _take(raw, "sources", _list, None)),
        facts=_take(raw, "facts", _lines, None),
        valid_from=_take(raw, "valid_from", _optional_day, None),
        valid_until=_take(raw, "valid_until", _optional_day, None),
        confidence=_take(raw, "confidence", _line),
    )


def _link(value: Any) -> Link:
    raw = dict(_mapping(value))
    link = Link(_take(raw, "label", _line), _take(raw, "url", _line))
    _refuse_rest(raw)
    return link


def _source(value: Any) -> Source:
    raw = dict(_mapping(value))
    other = (_take(raw, key, _optional, None) for key in ("article", "url"))
    source = Source(_take(raw, "document", _line), *other)
    _refuse_rest(raw)
    return source


def _review(raw: Raw) -> Raw:
    days: Raw = {key: _take(raw, key, _day) for key in ("checked_on", "review_by")}
    return days | {"related": _take(raw, "related", _lines, None)}


def _take(raw: Raw, key: str, read: Callable[[Any], _T], *default: None) -> _T:
    """Take one key out of a mapping and read its value; an error names the key."""
    value = raw.pop(key, *default)
    try:
        return read(value)
    except ContentError as error:
        raise ContentError(f"{key}: {error}") from error


def _refuse_rest(raw: Collection[object]) -> None:
    if raw:
        raise ContentError(f"unknown keys: {', '.join(sorted(map(str, raw)))}")


def _day(value: Any) -> date:
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ContentError(f"{value!r} is not a date like 2026-11-24") from error


def _optional_day(value: Any) -> date | None:
    return None if value is None else _day(value)


def _line(value: Any) -> str:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", " ".join(value.split()))
    if value is None:
        raise ContentError("it is empty: write the text, or '' if there is none")
    raise ContentError(f"a text is expected, not {_shown(value)}: quote texts that hold ': '")


def _optional(value: Any) -> str:
    return "" if value is None else _line(value)


def _list(values: Any) -> list[Any] | tuple[Any, ...]:
    if values is None:
        return ()
    if not isinstance(values, list | tuple):
        raise ContentError(f"a list is expected, not the single text {_shown(values)}")
    return values


def _lines(values: Any) -> tuple[str, ...]:
    return tuple(_line(value) for value in _list(values))


def _shown(value: Any) -> str:
    return reprlib.repr(value)  # bounded: a few aliases can stand for a value of any size


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ContentError(f"keys with values are expected, not {_shown(value)}")
    return value


def _entry_raw(entry: Entry) -> Raw:
    text = _text_raw(entry.text)
    head = {key: getattr(entry, key) for key in ("id", "topic", "kind", "title", "label")}
    replaces = {"replaces": entry.replaces} if entry.replaces else {}
    return {**head, **text, **_review_raw(entry), **replaces}


def _procedure_raw(procedure: Procedure) -> Raw:
    head: Raw = {key: getattr(procedure, key) for key in ("id", "title", "label", "code")}
    lists = {key: list(getattr(procedure, key)) for key in ("names", "variants", "held_out")}
    aspects = {aspect: _text_raw(procedure.aspects[aspect]) for aspect in ASPECTS if aspect in procedure.aspects}
    return {**head, **lists, "aspects": aspects, **_review_raw(procedure)}


def _text_raw(text: Text) -> Raw:
    raw: Raw = {"answer": text.answer}
    if text.steps:
        raw["steps"] = list(text.steps)
    if text.links:
        raw["links"] = [{"label": link.label, "url": link.url} for link in text.links]
    raw |= {"spoken": text.spoken, "variants": list(text.variants), "held_out": list(text.held_out)}
    sources = [{"document": source.document, "article": source.article, "url": source.url} for source in text.sources]
    values = (sources, list(text.facts), text.valid_from, text.valid_until, text.confidence)
    return raw | dict(zip(_TEXT_TAIL, values, strict=True))


def _review_raw(item: Item) -> Raw:
    return {"checked_on": item.checked_on, "review_by": item.review_by, "related": list(item.related)}


def _reason(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f" in line {mark.line + 1}" if mark else ""
    return f"{getattr(error, 'problem', None) or str(error).splitlines()[0]}{where}"


class _Loader(yaml.CSafeLoader):  # the C reader: 476 items in 0.6 s instead of 6
    """Reads every value as text, null apart: the code 1.004840 keeps its zero, "no" is a word, 0254 is no octal."""

    yaml_implicit_resolvers = {  # noqa: RUF012, as in the parent
        first: [pair for pair in pairs if pair[0] == "tag:yaml.org,2002:null"]
        for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuse a key that is written twice; the parent would silently keep the last."""
        written = [str(key.value) for key, _ in node.value]
        for key in written:
            if written.count(key) > 1:
                raise ContentError(f"the key {key!r} is written twice near line {node.start_mark.line + 1}: keep one")
        return super().construct_mapping(node, deep)


class _Dumper(yaml.SafeDumper):
    """Safe dumper whose lists stay short when they hold ids."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_list(dumper: yaml.SafeDumper, values: list[Any]) -> yaml.Node:
    is_ids = all(isinstance(value, str) and " " not in value and len(value) < 60 for value in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=is_ids)


_Dumper.add_representer(list, _represent_list)
