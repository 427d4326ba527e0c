"""No pattern of masking can be made slow by what a stranger sends (faults.md 38)."""

import gc
import importlib
import pkgutil
import re
import time
from collections.abc import Callable

import pytest

import faq.privacy
from faq.privacy.engine import analyse
from faq.privacy.masking import mask
from faq.privacy.recognisers import RULES

LENGTH = 1000  # characters
LIMIT = 0.05  # seconds of CPU for one search
_SEEDS = (
    "0",
    "0 ",
    "0.",
    "0 - ",
    "a",
    "a ",
    "a0",
    "a.",
    "a-",
    "1/",
    "1/2 ",
    "12/5 duong ",
    "so nha 1 ",
    "o 1 ",
    "ten la ",
    "le ",
    "nguyen van ",
    "toi ten ",
    "ho ten: ",
    "sinh ngay ",
    "ngay sinh ",
    "mat khau la ",
    "mk cua toi ",
    "cccd ",
    "stk 1",
    "ma ho so ",
    "a@",
    "a@a.",
    "@",
    "mot ",
    "khong chin ",
    "1.000",
    "1900 ",
    "72a-",
    "h06.",
    "h06.1-250701-",
    "http://a",
    "https://",
    "https://a.gov.vn/",
    "(at)",
    "[",
    "[họ tên]",
    "\x00",
    "\n",
    "ị",
    "Nguyễn ",
    "tổ 5, ",
    "hẻm 1/2 ",
    "dia chi cua toi ",
    "to 1 kp 1 ap ",
    "sn 1",
    "1 thang 1 ",
    "+84 ",
    "-1",
    "a cong ",
    ". ",
)
HOSTILE = [(seed * LENGTH)[: LENGTH - 1] + end for seed in _SEEDS for end in ("", "!", "x")]


def _compiled() -> dict[str, "re.Pattern[str]"]:
    """Collect every compiled pattern of the package, so that a new one is tested without a word here."""
    found = {}
    for info in pkgutil.iter_modules(faq.privacy.__path__):
        module = importlib.import_module(f"faq.privacy.{info.name}")
        for name, value in vars(module).items():
            for number, item in enumerate(value if isinstance(value, tuple) else (value,)):
                if isinstance(item, re.Pattern):
                    found[f"{info.name}.{name}.{number}"] = item
    return found


PATTERNS = _compiled() | {f"rule.{n}.{rule.kind}": re.compile(rule.pattern) for n, rule in enumerate(RULES)}


def _slowest(search: Callable[[str], object]) -> tuple[float, str]:
    """Time one search of each hostile text; a garbage collection of the test run is not the pattern's."""
    worst = (0.0, "")
    gc.disable()
    for text in HOSTILE:
        begun = time.process_time()
        search(text)
        worst = max(worst, (time.process_time() - begun, text[:20]))
    gc.enable()
    return worst


@pytest.mark.parametrize("name", PATTERNS)
def test_pattern_is_fast_on_hostile_text(name: str) -> None:
    """Reading a hostile text to its end takes less than 50 ms of CPU."""
    seconds, seed = _slowest(lambda text: list(PATTERNS[name].finditer(text)))

    assert seconds < LIMIT, f"{seconds:.3f} s on {seed!r}"


def test_patterns_of_all_modules_are_collected() -> None:
    """The collection is not empty by accident."""
    assert len(PATTERNS) > 60


def test_whole_masking_is_fast_on_hostile_text() -> None:
    """All rules together, with Presidio around them, stay under four times the limit of one."""
    analyse("")

    seconds, seed = _slowest(mask)

    assert seconds < 4 * LIMIT, f"{seconds:.3f} s on {seed!r}"
