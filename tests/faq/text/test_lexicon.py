"""The FAQ team's word lists: which rule wins, and that the shipped lists do no harm."""

from pathlib import Path

import pytest

from faq.errors import ContentError
from faq.text.lexicon import Lexicon, build_lexicon, expand, keys, load_lexicon, replace_phrases
from faq.text.normalise import normalise
from faq.text.syllables import fold_key, words

SMALL = build_lexicon(
    {"dk": "đăng ký", "ko": "không", "hong": "không", "web": "trang", "taxi": "taxi", "visa": "thị thực"},
    {
        "bằng lái": "giấy phép lái xe",
        "không nhớ": "quên",
        "chỗ nào": "ở đâu",
        "mã": "số",
        "sổ hồng": "sổ hồng",
        "web dịch vụ công": "cổng dịch vụ công",
        "tốn bao nhiêu": "bao nhiêu tiền",
        "tốn bao nhiêu ngày": "bao lâu",
        "mã 12 số": "số căn cước",
        "kt3": "tạm trú",
    },
    {"qua đời": "chết"},
)
PHRASES = {
    "marked": ("mất bằng lái", "mất giấy phép lái xe"),
    "unmarked": ("mat bang lai", "mat giấy phép lái xe"),
    "half_marked": ("mất bang lái", "mất giấy phép lái xe"),
    "other_marks": ("bằng lãi suất", "bằng lãi suất"),
    "longest_wins": ("tốn bao nhiêu ngày", "bao lâu"),
    "short_phrase_needs_its_marks": ("ma so", "ma so"),
    "with_a_number": ("mã 12 số", "số căn cước"),
    "with_a_number_unmarked": ("ma 12 so", "số căn cước"),
    "ends_in_a_digit": ("làm kt3", "làm tạm trú"),
    "protected": ("so hong", "so hong"),
    "marked_only": ("qua doi ma khac", "qua doi ma khac"),
    "marked_only_marked": ("mới qua đời", "mới chết"),
    "nothing": ("", ""),
}
EXPANDED = {
    "short_form": ("dk web", "đăng ký trang"),
    "phrase_before_short_form": ("web dich vu cong", "cổng dịch vụ công"),
    "protected_from_short_form": ("doi so hong", "doi so hong"),
    "unprotected": ("dc hong", "dc không"),
    "stays_as_typed": ("taxi", "taxi"),
}


@pytest.mark.parametrize(("typed", "meant"), PHRASES.values(), ids=PHRASES)
def test_phrases_are_replaced(typed: str, meant: str) -> None:
    assert replace_phrases(keys(typed), SMALL) == list(keys(meant))


@pytest.mark.parametrize(("typed", "meant"), EXPANDED.values(), ids=EXPANDED)
def test_short_forms_are_written_in_full(typed: str, meant: str) -> None:
    assert expand(keys(typed), SMALL) == list(keys(meant))


def test_a_mixed_phrase_is_found_after_its_short_form_is_expanded() -> None:
    assert normalise("ko nho mat khau", SMALL).folded == ("quen", "mat", "khau")


def test_an_empty_lexicon_changes_nothing() -> None:
    assert replace_phrases(keys("mất bằng lái"), Lexicon()) == list(keys("mất bằng lái"))
    assert Lexicon().longest == 0


def test_the_vocabulary_holds_every_word_with_and_without_marks() -> None:
    assert {"dk", "taxi", "băng2", "bang", "không", "khong", "kt3'", "kt3"} <= SMALL.vocabulary


def _folder(path: Path, **files: str) -> Path:
    for name in ("abbreviations", "regional", "marked"):
        (path / f"{name}.yml").write_text(files.get(name, "a b: c d\n"), "utf-8")
    return path


def test_words_that_yaml_takes_for_truth_values_stay_words(tmp_path: Path) -> None:
    found = load_lexicon(_folder(tmp_path, abbreviations="no: nó\non: ổn\ny: ý\n12: mười hai\n"))

    assert found.abbreviations == {"no": ("no1",), "on": ("ôn3",), "y": ("y1",), "12": ("mươi2", "hai")}


@pytest.mark.parametrize(
    "text", ["", "- a\n- b\n", "dk:\n", "dk: [a, b]\n"], ids=["empty", "list", "no_meaning", "many"]
)
def test_a_list_of_another_shape_is_refused_by_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(ContentError, match=r"regional\.yml: write one 'old: new' a line"):
        load_lexicon(_folder(tmp_path, regional=text))


def test_a_short_form_is_one_token_without_blanks(lexicon: Lexicon) -> None:
    assert [form for form in lexicon.abbreviations if len(words(fold_key(form))) != 1] == []


def test_a_phrase_without_marks_has_one_meaning(lexicon: Lexicon) -> None:
    meanings: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for old, new in lexicon.phrases.items():
        bare = tuple(map(fold_key, old))
        if bare in lexicon.folded_phrases:
            meanings.setdefault(bare, set()).add(tuple(map(fold_key, new)))

    assert {bare: new for bare, new in meanings.items() if len(new) > 1} == {}


def test_every_meaning_stays_as_it_is(lexicon: Lexicon) -> None:
    """A second reading changes nothing, with or without marks: no rule feeds another."""
    meanings = {*lexicon.phrases.values(), *lexicon.abbreviations.values()}
    folded = {" ".join(map(fold_key, meaning)) for meaning in meanings}
    changed = {text: " ".join(normalise(text, lexicon).folded) for text in folded}

    assert {text: new for text, new in changed.items() if text != new} == {}


def test_every_rule_can_fire(lexicon: Lexicon) -> None:
    """Typed as listed, a phrase becomes its meaning: no short form and no Telex reading is in its way."""
    dead = {
        " ".join(old): " ".join(normalise(" ".join(map(_retype, old)), lexicon).keys)
        for old, new in lexicon.phrases.items()
        if normalise(" ".join(map(_retype, old)), lexicon).folded != tuple(map(fold_key, new))
    }

    assert dead == {}


def _retype(key: str) -> str:
    marks = {"1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323"}
    if key[-1] not in marks or key.isdigit():
        return key.removesuffix("'")
    vowel = max(index for index, char in enumerate(key[:-1]) if fold_key(char) in "aeiouy")
    return key[: vowel + 1] + marks[key[-1]] + key[vowel + 1 : -1]


HARMLESS = {
    "forgot_the_password": ("quen mat mat khau", "quen mat mat khau"),
    "forgot_password": ("quen mat khau vneid", "quen mat khau vneid"),
    "guess_and_change": ("đoán qua, đổi mã khác", "doan qua doi ma khac"),
    "guess_and_change_unmarked": ("doan qua, doi ma khac", "doan qua doi ma khac"),
    "how_to_open": ("cach mo lai tiem", "cach mo lai tiem"),
    "when_opening": ("loi khi mo bang dien thoai", "loi khi mo bang dien thoai"),
    "where_to_open": ("bam cho mo hai noi", "bam cho mo hai noi"),
    "notary": ("van phong cong chung nao gan", "van phong cong chung nao gan"),
    "power_company": ("dien luc nao quan ly", "dien luc nao quan ly"),
    "insurance_office": ("bao hiem xa hoi nao", "bao hiem xa hoi nao"),
    "zero_fee": ("duoc 0 dong le phi khong", "duoc 0 dong phi khong"),
    "check_progress": ("kiem tra tien do ho so", "kiem tra tien do ho so"),
    "bring_along": ("di lay ket qua mang theo gi", "di lay ket qua mang theo gi"),
    "ask_nobody": ("khong nho ai duoc", "khong nho ai duoc"),
    "prove_residence": ("lay gi chung minh noi o", "lay gi chung minh noi o"),
    "bank_pin": ("quen ma pin ngan hang", "quen ma pin ngan hang"),
    "red_book": ("cap lai so hong", "cap lai so hong"),
    "imported_goods": ("hang nhap khau", "hang nhap khau"),
    "orphan": ("tre mo coi", "tre mo coi"),
    "compare": ("so sanh muc 1 muc 2", "so sanh muc 1 muc 2"),
    "ministry": ("vi sao y te hoi", "vi sao y te hoi"),
    "days": ("mất bao nhiêu ngày", "bao lau"),
    "money": ("mất bao nhiêu tiền", "bao nhieu tien"),
    "last_days": ("mấy bữa nay không vô được", "may ngay nay khong vao duoc"),
    "disabled": ("nick bị vô hiệu hóa", "nick bi vo hieu hoa"),
    "licence_by_car": ("đi bằng xe máy", "di bang xe may"),
    "invalid_by_camera": ("nộp phạt nguội", "nop phat nguoi"),
    "copy_shop": ("bản photo căn cước", "ban photo can cuoc"),
    "refund": ("co duoc tra tien lai khong", "co duoc hoan tien khong"),
    "business_registration": ("dkkd ho ca the", "dang ky kinh doanh ho ca the"),
    "old_card": ("số CMND cũ", "so chung minh nhan dan cu"),
    "account": ("xoa acc vneid", "xoa tai khoan vneid"),
}


@pytest.mark.parametrize(("typed", "read"), HARMLESS.values(), ids=HARMLESS)
def test_no_rule_changes_the_meaning(lexicon: Lexicon, typed: str, read: str) -> None:
    assert " ".join(normalise(typed, lexicon).folded) == read
