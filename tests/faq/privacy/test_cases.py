"""Messages of residents: what is masked in them, and what must stay."""

from pathlib import Path

import pytest
import yaml

from faq.privacy.masking import mask

HERE = Path(__file__).parent
MASKED: dict[str, list[list[str]]] = yaml.safe_load((HERE / "masked.yml").read_text(encoding="utf-8"))
_STAYS = yaml.safe_load((HERE / "stays.yml").read_text(encoding="utf-8"))
NEIGHBOURS: list[list[str]] = _STAYS.pop("neighbours")
STAYS: dict[str, list[str]] = _STAYS


@pytest.mark.parametrize(
    ("kind", "text", "left"),
    [pytest.param(kind, *case, id=f"{kind}: {case[0]}") for kind, cases in MASKED.items() for case in cases],
)
def test_personal_data_is_replaced_and_the_rest_stays(kind: str, text: str, left: str) -> None:
    """The value goes, the words around it stay, and its kind is named."""
    masked = mask(text)

    assert masked.text == left
    assert kind in masked.kinds


@pytest.mark.parametrize(
    "text", [pytest.param(text, id=f"{group}: {text}") for group, texts in STAYS.items() for text in texts]
)
def test_what_is_nobodys_stays(text: str) -> None:
    """No finding, and the text is the same."""
    masked = mask(text)

    assert masked.text == text
    assert masked.findings == ()


@pytest.mark.parametrize(("text", "left"), [pytest.param(*case, id=case[0]) for case in NEIGHBOURS])
def test_neighbours_are_told_apart(text: str, left: str) -> None:
    """Data goes and what stands beside it stays."""
    assert mask(text).text == left
