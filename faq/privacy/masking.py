"""Masking: personal data out of a message before anything stores it or logs it."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from faq.privacy.kinds import KEEP, PLACEHOLDERS
from faq.privacy.prefilter import may_hold_personal_data
from faq.privacy.shadow import FILLER, shadow

if TYPE_CHECKING:
    from faq.privacy.engine import Hit


@dataclass(frozen=True)
class Finding:
    """One piece of personal data that was replaced; offsets are those of the text given to `mask`."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Masked:
    """A message with placeholders in place of personal data."""

    text: str
    findings: tuple[Finding, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds found, each once, sorted."""
        return tuple(sorted({finding.kind for finding in self.findings}))


def mask(text: str, *, keep_dossier_codes: bool = False) -> Masked:
    """Replace personal data by words that say what stood there.

    Masking again changes nothing: a pass is repeated until it finds nothing more, because a number
    can become recognisable once its neighbour is a placeholder.

    Args:
        text: Canonical text (`faq.text.canonical.canonical`).
        keep_dossier_codes: True where the code is needed for the answer; what is stored needs False.

    Returns:
        The masked text and what was replaced, by position; a kept dossier code is no finding.
    """
    found: list[Finding] = []
    masked = text
    while new := _search(masked, keep_dossier_codes):
        found = sorted([*found, *_moved(new, found)], key=lambda finding: finding.start)
        masked = _replaced(text, found)
    return Masked(masked, tuple(found))


def prepare() -> None:
    """Load the analysis now, so that the first resident does not wait a second for it."""
    from faq.privacy.engine import analyse

    analyse("")


def _search(text: str, keep_dossier_codes: bool) -> list[Finding]:
    folded = shadow(text)
    if not may_hold_personal_data(text, folded):
        return []
    from faq.privacy.engine import analyse  # Presidio costs over a second to import; most messages never need it

    kept = {KEEP, "dossier_code"} if keep_dossier_codes else {KEEP}
    return [Finding(hit.kind, hit.start, hit.end) for hit in _resolved(analyse(text), folded) if hit.kind not in kept]


def _resolved(hits: Iterable["Hit"], folded: str) -> list["Hit"]:
    """Settle overlaps: the surest wins, then the longest; nothing touches an earlier placeholder."""
    taken = bytearray(char == FILLER for char in folded)
    chosen = []
    for hit in sorted(hits, key=lambda hit: (-hit.score, hit.start - hit.end, hit.start, hit.kind)):
        if not any(taken[hit.start : hit.end]):
            taken[hit.start : hit.end] = b"\x01" * (hit.end - hit.start)
            chosen.append(hit)
    return chosen


def _moved(new: list[Finding], earlier: list[Finding]) -> list[Finding]:
    """Carry offsets in the masked text back to the text that was given."""
    starts, shifts = [0], [0]
    for finding in earlier:
        shifts.append(shifts[-1] + finding.end - finding.start - len(PLACEHOLDERS[finding.kind]))
        starts.append(finding.end - shifts[-1])
    moved = []
    for finding in new:
        shift = shifts[bisect_right(starts, finding.start) - 1]
        moved.append(Finding(finding.kind, finding.start + shift, finding.end + shift))
    return moved


def _replaced(text: str, findings: list[Finding]) -> str:
    pieces, reached = [], 0
    for finding in findings:
        pieces += [text[reached : finding.start], PLACEHOLDERS[finding.kind]]
        reached = finding.end
    return "".join([*pieces, text[reached:]])
