"""Content files say exactly what the item says, and a slip in one is refused by the name of its key."""

from dataclasses import replace
from datetime import date
from itertools import pairwise
from unicodedata import normalize

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.entries.model import ASPECTS, CONFIDENCES, KINDS, TOPICS, Entry, Item, Link, Procedure, Source, Text
from faq.entries.yaml_form import dump_item, from_raw, load_item, to_raw
from faq.errors import ContentError

UNHURRIED = settings(deadline=None)  # a busy machine is no fault

DAY = date(2026, 11, 24)
ENTRY = """
id: vneid-quen-mat-khau
topic: vneid
kind: answer
title: Quên mật khẩu VNeID
label: Quên mật khẩu
answer: Bác bấm Quên mật khẩu ở màn hình đăng nhập.
steps:
- Mở VNeID.
links:
- label: Cổng dịch vụ công
  url: https://dichvucong.gov.vn
spoken: Dạ, bác bấm Quên mật khẩu.
variants:
- quên mật khẩu vneid
held_out: []
sources:
- document: Nghị định 69/2024/NĐ-CP
  article: Điều 12
  url: ''
facts: [V033]
valid_from: 2026-07-01
valid_until: null
confidence: cao
checked_on: 2026-11-23
review_by: 2027-05-23
related: []
"""
PROCEDURE = """
id: khai-sinh
title: Đăng ký khai sinh
label: Khai sinh
code: 1.004840
names: [khai sinh, làm khai sinh]
variants: []
held_out: []
aspects:
  fee:
    answer: Miễn phí.
    spoken: Dạ, miễn phí.
    confidence: cao
checked_on: 2026-11-23
review_by: 2027-05-23
"""


def _entry(text: str) -> Entry:
    item = load_item(text)
    assert isinstance(item, Entry)
    return item


def _procedure(text: str) -> Procedure:
    item = load_item(text)
    assert isinstance(item, Procedure)
    return item


def test_an_entry_is_read() -> None:
    entry = _entry(ENTRY)

    assert (entry.id, entry.topic, entry.checked_on, entry.replaces) == (
        "vneid-quen-mat-khau",
        "vneid",
        date(2026, 11, 23),
        "",
    )
    assert entry.text.links == (Link("Cổng dịch vụ công", "https://dichvucong.gov.vn"),)
    assert entry.text.sources == (Source("Nghị định 69/2024/NĐ-CP", "Điều 12"),)
    assert (entry.text.valid_from, entry.text.valid_until) == (date(2026, 7, 1), None)


def test_a_procedure_is_read_aspect_by_aspect() -> None:
    procedure = _procedure(PROCEDURE)

    assert list(procedure.texts()) == [("fee", Text("Miễn phí.", "Dạ, miễn phí."))]
    assert (procedure.topic, procedure.kind) == ("thu-tuc", "procedure")


AS_WRITTEN = {
    "code_with_a_zero": ("1.004840", "1.004840"),
    "area_code": ("0254", "0254"),
    "number": ("1022", "1022"),
    "truth_value": ("no", "no"),
    "time": ("12:30", "12:30"),
    "day": ("2025-07-01", "2025-07-01"),
    "with_underscore": ("1_000", "1_000"),
    "quoted": ("'a: b'", "a: b"),
    "folded": (">\n  hai\n  dòng", "hai dòng"),
}


@pytest.mark.parametrize(("written", "meant"), AS_WRITTEN.values(), ids=AS_WRITTEN)
def test_a_value_is_read_as_it_was_written(written: str, meant: str) -> None:
    assert _procedure(PROCEDURE.replace("1.004840", written)).code == meant


MISSING = ["id", "topic", "kind", "title", "label", "answer", "spoken", "confidence", "checked_on", "review_by"]


@pytest.mark.parametrize("key", MISSING)
def test_a_missing_key_is_named(key: str) -> None:
    with pytest.raises(ContentError, match=f"the key '{key}' is missing"):
        load_item("\n".join(line for line in ENTRY.splitlines() if not line.startswith(f"{key}:")))


@pytest.mark.parametrize("key", ["code", "names", "variants", "title"])
def test_a_missing_key_of_a_procedure_is_named(key: str) -> None:
    with pytest.raises(ContentError, match=f"the key '{key}' is missing"):
        load_item("\n".join(line for line in PROCEDURE.splitlines() if not line.startswith(f"{key}:")))


REFUSED = {
    "unknown_key": (ENTRY + "sorces: []\n", "unknown keys: sorces"),
    "several_unknown": (ENTRY + "b: 1\na: 2\n", "unknown keys: a, b"),
    "unknown_in_source": (ENTRY.replace("  article:", "  artcle:"), "unknown keys: artcle"),
    "unknown_in_link": (
        ENTRY.replace("- label: Cổng dịch vụ công\n", "- label: Cổng\n  text: x\n"),
        "unknown keys: text",
    ),
    "unknown_in_aspect": (
        PROCEDURE.replace("    answer:", "    fees: 1\n    answer:"),
        "aspects: fee: unknown keys: fees",
    ),
    "missing_in_aspect": (
        PROCEDURE.replace("    spoken: Dạ, miễn phí.\n", ""),
        "aspects: fee: the key 'spoken' is missing",
    ),
    "missing_in_source": (
        ENTRY.replace("- document: Nghị định 69/2024/NĐ-CP\n  article", "- article"),
        "the key 'document' is missing",
    ),
    "written_twice": (ENTRY + "id: khac\n", "the key 'id' is written twice"),
    "twice_inside": (ENTRY.replace("  url: ''", "  url: ''\n  url: b"), "the key 'url' is written twice"),
    "empty_title": (ENTRY.replace("title: Quên mật khẩu VNeID", "title:"), "title: it is empty"),
    "empty_day": (ENTRY.replace("review_by: 2027-05-23", "review_by:"), "review_by: None is not a date like"),
    "no_day": (ENTRY.replace("2027-05-23", "tháng năm"), "review_by: 'tháng năm' is not a date like 2026-11-24"),
    "impossible_day": (ENTRY.replace("2027-05-23", "2027-02-30"), "review_by: '2027-02-30' is not a date like"),
    "impossible_validity": (ENTRY.replace("2026-07-01", "2026-13-01"), "valid_from: '2026-13-01' is not a date"),
    "colon_in_a_variant": (
        ENTRY.replace("- quên mật khẩu vneid", "- vneid: là gì"),
        "variants: a text is expected.*quote texts that hold ': '",
    ),
    "text_for_a_list": (
        ENTRY.replace("facts: [V033]", "facts: V033"),
        "facts: a list is expected, not the single text 'V033'",
    ),
    "mapping_for_a_list": (ENTRY.replace("facts: [V033]", "facts: {V033: cao}"), "facts: a list is expected"),
    "list_for_a_text": (ENTRY.replace("label: Quên mật khẩu\n", "label: [a]\n"), "label: a text is expected"),
    "text_for_a_source": (
        ENTRY.replace("- document: Nghị định 69/2024/NĐ-CP\n  article: Điều 12\n  url: ''", "- Nghị định"),
        "keys with values are expected",
    ),
    "text_for_aspects": (
        PROCEDURE[: PROCEDURE.index("aspects")] + "aspects: fee\n",
        "aspects: keys with values are expected",
    ),
    "list_for_an_aspect": (
        PROCEDURE.replace("  fee:\n", "  fee: []\n").replace("    ", "# "),
        "aspects: fee: keys with values are expected",
    ),
    "no_yaml": ("id: 'a", "not valid YAML: .* in line 1"),
    "colon_in_an_answer": (
        ENTRY.replace("answer: Bác", "answer: Bác: "),
        "not valid YAML: mapping values are not allowed .*in line 7; quote texts",
    ),
    "a_list": ("- a\n", "the file must be a mapping"),
    "nothing": ("", "the file must be a mapping"),
    "a_number_as_key": (ENTRY + "1: x\n", "unknown keys: 1"),
    "code_in_yaml": ("!!python/object/apply:os.system ['true']\n", "not valid YAML"),
    "deep_lists": ("[" * 100_000, "more than 2000 lists"),
    "deep_dashes": ("- " * 100_000, "more than 2000 lists"),
    "nearly_too_deep": ("[" * 1999, "not valid YAML"),
    "aliases_of_aliases": (
        "a: &a [x, x, x, x]\n"
        + "".join(f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}]\n" for a, b in pairwise("abcdefghijklmnopqrstuvwxy"))
        + ENTRY.replace("title: Quên mật khẩu VNeID", "title: *y"),
        "title: a text is expected",
    ),
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_slip_is_refused_by_name(text: str, reason: str) -> None:
    with pytest.raises(ContentError, match=reason):
        load_item(text)


def test_a_mapping_is_not_changed_by_reading_it() -> None:
    raw = to_raw(load_item(ENTRY))

    assert from_raw(raw) == from_raw(raw) == load_item(ENTRY)


def test_an_entry_is_written_in_the_fixed_order() -> None:
    assert dump_item(load_item(ENTRY)) == ENTRY.lstrip()


def test_what_an_entry_replaces_stands_at_the_end() -> None:
    written = dump_item(replace(_entry(ENTRY), replaces="vneid-cu"))

    assert written.endswith("related: []\nreplaces: vneid-cu\n")
    assert _entry(written).replaces == "vneid-cu"


def test_aspects_are_written_in_the_order_residents_are_offered_them() -> None:
    texts = {aspect: Text(f"{aspect}.", "Dạ.") for aspect in reversed(ASPECTS)}
    written = dump_item(replace(_procedure(PROCEDURE), aspects=texts))

    assert list(yaml.safe_load(written)["aspects"]) == list(ASPECTS)


def test_texts_that_look_like_numbers_are_quoted() -> None:
    written = dump_item(replace(_procedure(PROCEDURE), names=("1022", "no", "2026-01-01", "null", "0254")))

    assert _procedure(written).names == tuple(yaml.safe_load(written)["names"])


WORDS = st.sampled_from(
    [
        "quên mật khẩu:",
        "'",
        '"',
        "#",
        "- a",
        "{x}",
        "[",
        "&a",
        "*b",
        "!c",
        "%",
        "@",
        "`",
        "|",
        ">",
        "?",
        ":",
        "null",
        "no",
        "1.10",
        "0254",
        "2026-01-01",
        "😭",
        "hoà",
        "hòa",
        "đ",
        "\\n",
        "https://a.vn/?b=c&d#e",
        "a: b",
        "\x07",
        "\u00ad",
        "~",
        "=",
        "<<",
    ]
)
LINE = st.lists(WORDS | st.text(max_size=8), max_size=6).map(
    lambda parts: normalize("NFC", " ".join(" ".join(parts).split()))
)
LINES = st.lists(LINE, max_size=3).map(tuple)
DAYS = st.dates(date(2020, 1, 1), date(2035, 1, 1))
TEXTS = st.builds(
    Text,
    LINE,
    LINE,
    LINES,
    st.lists(st.builds(Link, LINE, LINE), max_size=2).map(tuple),
    LINES,
    LINES,
    st.lists(st.builds(Source, LINE, LINE, LINE), max_size=2).map(tuple),
    LINES,
    st.none() | DAYS,
    st.none() | DAYS,
    st.sampled_from(CONFIDENCES),
)
ENTRIES = st.builds(
    Entry,
    LINE,
    st.sampled_from(TOPICS),
    st.sampled_from(KINDS),
    LINE,
    LINE,
    TEXTS,
    DAYS,
    DAYS,
    LINES,
    LINE,
)
PROCEDURES = st.builds(
    Procedure,
    LINE,
    LINE,
    LINE,
    LINE,
    LINES,
    LINES,
    st.dictionaries(st.sampled_from(ASPECTS), TEXTS, max_size=3),
    DAYS,
    DAYS,
    LINES,
    LINES,
)


@UNHURRIED
@given(ENTRIES | PROCEDURES)
def test_what_is_written_is_read_back_equal(item: Item) -> None:
    assert load_item(dump_item(item)) == item


@UNHURRIED
@given(ENTRIES | PROCEDURES)
def test_writing_again_gives_the_same_bytes(item: Item) -> None:
    written = dump_item(item)

    assert dump_item(load_item(written)) == written


@UNHURRIED
@given(st.text("ab \n\t\u00a0", max_size=30))
def test_line_breaks_and_blanks_become_one_blank(text: str) -> None:
    entry = replace(_entry(ENTRY), title=text)

    assert _entry(dump_item(entry)).title == " ".join(text.split())


def test_texts_are_composed_when_they_are_read() -> None:
    assert load_item(normalize("NFD", ENTRY)) == load_item(ENTRY)


@UNHURRIED
@given(st.text(max_size=60))
def test_any_other_text_is_refused_politely(text: str) -> None:
    with pytest.raises(ContentError):
        load_item(text)
