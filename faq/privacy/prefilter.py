"""A cheap look that spares most messages the analysis: nothing here, nothing to find."""

import re

from faq.privacy import addresses, names, phrases
from faq.privacy.labels import DIRECT, PHRASES, REACH

# Every rule of recognisers.py and every finder needs one of these: six digits with at most three signs between
# two, a plate, a short code behind its label, the opening of a date or an address; below, what has no digits.
_WITH_DIGITS = (
    re.compile(r"\d(?:[^a-z\d]{0,3}\d){5}"),
    re.compile(r"[1-9]\d ?-? ?[a-z][a-z0-9]?[ \-.]{0,3}\d{3}"),
    re.compile(rf"(?<![a-z0-9])(?:{PHRASES['secret']})(?![a-z])(?s:.{{0,{DIRECT}}}?)\d{{4}}"),
    # The token behind a dossier label may begin with up to 116 letters and dots.
    re.compile(rf"(?<![a-z0-9])(?:{PHRASES['dossier']})(?![a-z])(?s:.{{0,{REACH + 116}}}?)\d"),
    phrases.BORN,
    phrases.BORN_SHORT,
    phrases.BIRTH_FIELD,
    addresses.AFTER_HOME,
    addresses.SLASHED_STREET,
    addresses.NUMBER_ROAD,
    addresses.ROAD_SLASHED,
    addresses.AT_NUMBER,
    addresses.BEFORE_WARD,
    addresses.FLAT,
)
_WITHOUT_DIGITS = (
    phrases.LINKED_SECRET,
    phrases.BARE_SECRET,
    re.compile(r"@|[(\[]at[)\]]| a cong (?:gm|ya|ic|ou|ho)|(?:gmail|yahoo|icloud|outlook|hotmail)\.com"),
    re.compile(r"(?:(?<![a-z])(?:khong|mot|hai|ba|bon|tu|nam|lam|sau|bay|tam|chin|linh)[ ,.\-]{1,2}){7}"),
)
_DIGIT = re.compile(r"\d")


def may_hold_personal_data(text: str, shadow: str) -> bool:
    """Tell whether the analysis could find anything; never False when it would (property test).

    Args:
        text: Canonical text.
        shadow: Its shadow, see `faq.privacy.shadow`.
    """
    if names.may_introduce(text, shadow) or any(sign.search(shadow) for sign in _WITHOUT_DIGITS):
        return True
    return _DIGIT.search(shadow) is not None and any(sign.search(shadow) for sign in _WITH_DIGITS)
