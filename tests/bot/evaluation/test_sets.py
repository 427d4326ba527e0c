"""The examination asks what was written for it, and nothing that teaches a system."""

from pathlib import Path

import pytest

from bot.evaluation.sets import (
    COMMANDS,
    HELD_OUT,
    OUT_OF_SCOPE,
    Case,
    Exam,
    held_out_cases,
    known_rows,
    labelled_cases,
    leaks,
    load_exam,
    read_equivalents,
    sample_content,
    training_wordings,
    with_noise,
)
from faq.entries.model import Content
from faq.matching.wordings import Labelled, load_wordings
from faq.settings import ROOT
from faq.text.noise import FORMS

FOLDER = ROOT / "nlu_data" / "evaluation"
SEED = 1


@pytest.fixture(scope="module")
def exam(content: Content) -> Exam:
    return load_exam(content, FOLDER, SEED)


def test_no_test_question_is_a_training_wording(content: Content, exam: Exam) -> None:
    """Not even with marks, case and punctuation aside, neither of an item nor of a command nor a negative."""
    taught = training_wordings(content, load_wordings(ROOT / "nlu_data")) | load_wordings(ROOT / "nlu_data")

    assert leaks(exam.cases, taught) == []


def test_no_test_question_stands_in_the_validation_set(exam: Exam) -> None:
    validation = {"validation": [row.text for row in exam.validation]}

    assert leaks(exam.cases, validation) == []


def test_a_leak_is_found_without_marks_case_and_punctuation() -> None:
    case = Case("Đăng ký KHAI SINH?", "a", frozenset("a"))

    assert leaks([case], {"b": ["dang ky khai sinh"]}) == [case.text]


def test_every_held_out_question_is_asked_as_written(content: Content, exam: Exam) -> None:
    written = [q for item in content.items.values() for _, text in item.texts() for q in text.held_out]
    written += [q for procedure in content.procedures for q in procedure.held_out]
    asked = [case.text for case in exam.cases if case.part == HELD_OUT and case.form == "clean"]

    assert sorted(asked) == sorted(written)


def test_only_held_out_and_out_of_scope_questions_are_asked_in_every_form(exam: Exam) -> None:
    forms = {
        part: {case.form for case in exam.cases if case.part == part} for part in (HELD_OUT, OUT_OF_SCOPE, COMMANDS)
    }

    assert forms == {HELD_OUT: set(FORMS), OUT_OF_SCOPE: set(FORMS), COMMANDS: {"clean"}}


def test_a_question_about_an_aspect_keeps_it_and_a_general_one_has_none(content: Content) -> None:
    procedure = content.procedures[0]
    aspects = {case.aspect for case in held_out_cases(content, {}) if case.gold == procedure.id}

    assert aspects == {"", *procedure.aspects}


def test_out_of_scope_questions_accept_nothing(exam: Exam) -> None:
    assert {case.accepted for case in exam.cases if case.part == OUT_OF_SCOPE} == {frozenset()}


def test_items_that_serve_the_same_need_are_accepted(tmp_path: Path, tiny_content: Content) -> None:
    first, second, *_ = tiny_content.items
    (tmp_path / "equivalent.yml").write_text(f"- [{first}, {second}]\n- [{first}, other]\n", "utf-8")

    equivalents = read_equivalents(tmp_path / "equivalent.yml")
    cases = held_out_cases(tiny_content, equivalents)

    assert equivalents[first] == {second, "other"}
    assert {case.accepted for case in cases if case.gold == second} == {frozenset({first, second})}


def test_follow_ups_and_double_questions_are_left_out() -> None:
    rows = [Labelled("một", ("a",)), Labelled("còn phí?", ("a",), after="một"), Labelled("hai việc", ("a", "b"))]

    assert [case.text for case in labelled_cases(rows, "set")] == ["một"]


def test_noise_of_a_question_does_not_depend_on_the_others() -> None:
    one, two = (Case(text, "a", frozenset("a")) for text in ("Xin hỏi lệ phí cấp lại căn cước", "Nộp ở đâu ạ"))

    alone = list(with_noise([two], SEED))

    assert list(with_noise([one, two], SEED))[len(FORMS) :] == alone
    assert list(with_noise([two], SEED)) == alone


def test_a_sample_knows_only_its_own_validation_rows() -> None:
    rows = [
        Labelled("a", ("a",)),
        Labelled("b", ("b",)),
        Labelled("lạ", ()),
        Labelled("gặp người", ("command:handoff",)),
    ]

    assert [row.text for row in known_rows(rows, frozenset("a"))] == ["a", "lạ", "gặp người"]


def test_a_sample_is_the_same_for_the_same_seed(content: Content) -> None:
    samples = [sample_content(content, 5, SEED).items.keys() for _ in range(2)]

    assert samples[0] == samples[1]
    assert len(samples[0]) == 5


def test_the_digest_tells_one_examination_from_another(tiny_content: Content) -> None:
    same, other = (Exam(tuple(with_noise(held_out_cases(tiny_content, {}), seed)), ()) for seed in (SEED, SEED + 1))

    assert same.digest == Exam(tuple(with_noise(held_out_cases(tiny_content, {}), SEED)), ()).digest
    assert same.digest != other.digest
