"""The tokenizer, in the battery of every component, and on real sentences."""

from itertools import pairwise
from typing import Any

import pytest
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.tokenizer import UndertheseaTokenizer
from tests.bot.components.conftest import Place

SENTENCES = {
    "Đăng ký khai sinh ở đâu?": ["Đăng ký", "khai sinh", "ở", "đâu", "?"],
    "hồ sơ  trực tuyến": ["hồ sơ", "trực tuyến"],
    "quên mật khẩu VNeID": ["quên", "mật khẩu", "VNeID"],
}
HARD = [
    "dang ky tam tru o dau", "ko bít lm s lun á", "gửi xe 2tr5/tháng, đc ko?!", "[số điện thoại] là gì", "🙂👍 ok",
    "hoà   giải\nở\tcơ sở", "a" * 300, "h\u0065\u0302\u0301t ti\u0065\u0302\u0300n", "x\u200by", "‘’“”…–—", "(((", "%$#@",
]  # fmt: skip


@pytest.fixture
def tokenizer(place: Place) -> UndertheseaTokenizer:
    """Give the tokenizer as Rasa makes it."""
    return UndertheseaTokenizer.create(UndertheseaTokenizer.get_default_config(), *place)


def tokens(tokenizer: UndertheseaTokenizer, text: str) -> list[tuple[str, int, int]]:
    message = Message(data={TEXT: text})
    (done,) = tokenizer.process([message])
    return [(token.text, token.start, token.end) for token in done.get("text_tokens") or []]


@pytest.mark.parametrize(("text", "words"), SENTENCES.items(), ids=SENTENCES)
def test_tokens_are_vietnamese_words(tokenizer: UndertheseaTokenizer, text: str, words: list[str]) -> None:
    assert [word for word, _, _ in tokens(tokenizer, text)] == words


@pytest.mark.parametrize("text", [*SENTENCES, *HARD], ids=repr)
def test_offsets_point_into_what_was_typed(tokenizer: UndertheseaTokenizer, text: str) -> None:
    found = tokens(tokenizer, text)

    assert found
    assert all(text[start:end] == word for word, start, end in found)
    assert all(end <= start for (_, _, end), (_, start, _) in pairwise(found))
    assert "".join("".join(word.split()) for word, _, _ in found) == "".join(text.split())


@pytest.mark.parametrize("text", ["", " ", "\n"], ids=repr)
def test_no_text_gives_no_tokens(tokenizer: UndertheseaTokenizer, text: str) -> None:
    assert tokens(tokenizer, text) == []


def test_a_second_run_changes_nothing(tokenizer: UndertheseaTokenizer) -> None:
    message = Message(data={TEXT: "đăng ký tạm trú"})
    tokenizer.process([message])
    before = dict(message.data)
    tokenizer.process([message])

    assert message.data == before


def test_training_and_serving_agree(tokenizer: UndertheseaTokenizer) -> None:
    texts = [*SENTENCES, *HARD]
    data = TrainingData([Message(data={TEXT: text}) for text in texts])
    learnt = tokenizer.process_training_data(data).training_examples

    assert [[(t.text, t.start, t.end) for t in message.get("text_tokens")] for message in learnt] == [
        tokens(tokenizer, text) for text in texts
    ]


def test_it_has_no_state_to_lose(tokenizer: UndertheseaTokenizer, place: Place) -> None:
    loaded = UndertheseaTokenizer.load(UndertheseaTokenizer.get_default_config(), *place)

    assert [tokens(loaded, text) for text in HARD] == [tokens(tokenizer, text) for text in HARD]


@pytest.mark.parametrize("option", ["fixed_words", "Token_pattern", ""])
def test_an_unknown_option_is_refused(place: Place, option: str) -> None:
    config: dict[str, Any] = {**UndertheseaTokenizer.get_default_config(), option: 1}
    with pytest.raises(InvalidConfigException, match=f"UndertheseaTokenizer has no option '{option}'"):
        UndertheseaTokenizer.create(config, *place)


def test_it_names_what_must_be_installed() -> None:
    assert UndertheseaTokenizer.required_packages() == ["underthesea"]
