"""The three members and how they are fitted."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from faq.matching.build import train
from faq.matching.features import Ints, Vector, fit_vectoriser
from faq.matching.fitting import fit_borders, fit_linear, fit_members
from faq.matching.index import ASPECT_CLASSES, Snapshot
from faq.matching.members import ANSWER_WEIGHT, NEAREST_WEIGHTS, Members, Question, documents
from faq.matching.prepare import Inputs, item_questions, prepare
from faq.matching.ranker import Ranker
from faq.text.lexicon import Lexicon
from faq.text.normalise import Normalised, normalise
from tests.faq.small import DAY, PROCEDURES, small_inputs, without_items

TEXTS = {0: ("đăng ký tạm trú", "tạm trú ở đâu", "gia hạn tạm trú", "xin tạm trú"), 2: ("làm hộ chiếu", "hộ chiếu mới")}


def read(text: str) -> Normalised:
    return normalise(text, Lexicon())


@pytest.fixture(scope="module")
def members() -> Members:
    """Give members over three classes; class 1 has an answer but no questions."""
    questions = [Question(read(text), owner) for owner, texts in TEXTS.items() for text in texts]
    negatives = [read("mua vé tàu")]
    vectoriser = fit_vectoriser([*(question.text for question in questions), *negatives], fewest=1)
    return fit_members(questions[::-1], [read("công an"), read("khai sinh"), read("phí")], negatives, vectoriser)


def likeness(members: Members, first: str, second: str) -> float:
    """Give the cosine of two questions, term by term."""
    vectors = [members.vectoriser.vector(read(text)) for text in (first, second)]
    one, other = (dict(zip(v.terms.tolist(), v.values.tolist(), strict=True)) for v in vectors)
    return sum(value * other.get(term, 0.0) for term, value in one.items())


def test_knn_is_the_weighted_sum_of_the_three_nearest_wordings(members: Members) -> None:
    asked = "gia hạn tạm trú ở đâu"
    near = {owner: sorted((likeness(members, asked, text) for text in texts), reverse=True)[:3]
            for owner, texts in TEXTS.items()}  # fmt: skip
    expected = [float(np.dot(near[owner], NEAREST_WEIGHTS[: len(near[owner])])) if owner in near else 0.0
                for owner in range(3)]  # fmt: skip

    assert members.score(read(asked)).knn == pytest.approx(expected, abs=1e-5)


def test_a_wording_itself_is_nearest(members: Members) -> None:
    for owner, texts in TEXTS.items():
        for text in texts:
            scores = members.score(read(text))

            assert int(scores.fused.argmax()) == int(scores.knn.argmax()) == owner
            assert scores.knn[owner] >= 1 - 1e-5


def test_questions_are_kept_in_order_of_their_class(members: Members) -> None:
    assert members.owners.tolist() == [0, 0, 0, 0, 2, 2]


def test_a_class_without_questions_stays_behind_the_border(members: Members) -> None:
    scores = members.score(read("tạm trú khai sinh"))

    assert (scores.svm[1], scores.knn[1]) == (-1.0, 0.0)
    assert scores.bm25[1] > 0  # by its answer


def test_the_likest_negative_is_told(members: Members) -> None:
    assert members.score(read("mua vé tàu")).negative == pytest.approx(1, abs=1e-5)
    assert members.score(read("hộ chiếu")).negative < 0.3


def test_a_question_without_words_scores_nothing(members: Members) -> None:
    scores = members.score(Normalised((), ()))

    assert (scores.length, scores.known_share, scores.negative) == (0, 0.0, 0.0)
    assert not scores.knn.any()
    assert not scores.bm25.any()


def test_answers_count_less_than_questions_in_the_word_bags() -> None:
    bags = documents([Question(read("phí hộ chiếu"), 1)], [read("phí phí"), read("phí")])

    assert bags == [{"phi": pytest.approx(2 * ANSWER_WEIGHT)}, {"phi": 1 + ANSWER_WEIGHT, "ho": 1, "chieu": 1}]


def unit(*terms: int) -> Vector:
    return Vector(np.array(terms, np.int32), np.full(len(terms), len(terms) ** -0.5, np.float32))


def test_borders_tell_their_own_from_others() -> None:
    vectors = [unit(0), unit(0, 1), unit(2), unit(2, 3), unit(4)]
    owners: Ints = np.array([0, 0, 1, 1, 3], np.int32)
    linear = fit_borders(vectors, owners, size=5, height=6)

    assert [int(linear.scores(vector).argmax()) for vector in vectors] == owners.tolist()
    assert linear.scores(unit(0))[[2, 4]].tolist() == [-1.0, -1.0]  # classes without questions
    assert linear.weights.width == 5


def test_a_plain_classifier_knows_the_classes_it_was_shown() -> None:
    linear = fit_linear([unit(0), unit(1), unit(2)], np.array([0, 2, 3], np.int32), size=5, height=3)

    assert [int(linear.scores(unit(term)).argmax()) for term in range(3)] == [0, 2, 3]


def test_every_wording_finds_its_item(small: Snapshot) -> None:
    """A wording may also stand near another item, but nine in ten come first and none is lost."""
    ranker = Ranker(small)
    asked = [(text, item.id) for item in small.content.items.values() for text in item_questions(item)[::6]]
    ranks = [[c.entry for c in ranker.rank(text, DAY).candidates].index(name) for text, name in asked]

    assert sum(rank == 0 for rank in ranks) >= 0.9 * len(ranks)


@pytest.mark.parametrize(
    ("text", "aspect"),
    [("đăng ký tạm trú bao nhiêu tiền", "fee"), ("dang ky tam tru o dau", "where"), ("làm hộ chiếu mất bao lâu", "time"),
     ("khai sinh cần giấy tờ gì", "papers"), ("khai tử theo luật nào", "basis")],
)  # fmt: skip
def test_a_question_about_a_procedure_has_an_aspect(small: Snapshot, text: str, aspect: str) -> None:
    (best, *rest) = Ranker(small).rank(text, DAY).candidates

    assert (best.entry in PROCEDURES, best.aspect) == (True, aspect)
    assert all(other.aspect == "" for other in rest if other.entry not in PROCEDURES)


def test_training_works_without_any_procedure() -> None:
    """With no aspect to learn, every question is a general one."""
    inputs = small_inputs()
    few = without_items(inputs.content, *list(inputs.content.items)[2:])
    wordings = {name: texts[:6] for name, texts in inputs.wordings.items()}
    ranker = Ranker(train(Inputs(few, wordings, inputs.lexicon), 1))

    assert few.procedures == []
    assert ranker.rank(next(iter(few.items.values())).title, date(2026, 1, 1)).candidates[0].entry in few.items
    assert ranker.aspect(ranker.normalise("bao nhiêu tiền")) == ASPECT_CLASSES[0] == ""


def test_held_out_questions_are_never_learnt() -> None:
    item = small_inputs().content.items["vneid-quen-mat-khau"]
    held_out = {text for _, part in item.texts() for text in part.held_out}

    assert held_out
    assert not held_out & set(item_questions(item))
    assert not held_out & set(prepare(small_inputs()).raw)


def test_classes_are_the_items_and_the_free_commands(small: Snapshot) -> None:
    commands = {name for name in small.index.classes if name.startswith("command:")}

    assert set(small.index.classes) == set(small.content.items) | commands
    assert commands == {f"command:{name}" for name in ("handoff", "find_ward", "delete_data", "privacy", "menu")}
    assert list(small.index.classes) == sorted(small.index.classes)


def test_another_wording_gives_another_fingerprint_and_another_answer_does_not() -> None:
    inputs = small_inputs()
    item = inputs.content.items["vneid-la-gi"]
    worded = replace(item, text=replace(item.text, variants=(*item.text.variants, "vneid nghĩa là sao")))
    answered = replace(item, text=replace(item.text, answer="Khác."))
    prints = [
        prepare(replace(inputs, content=replace(inputs.content, items={**inputs.content.items, item.id: other})))
        .fingerprints[item.id]
        for other in (item, worded, answered)
    ]  # fmt: skip

    assert prints[0] != prints[1]
    assert prints[0] == prints[2]
