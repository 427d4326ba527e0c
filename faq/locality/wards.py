"""Old wards of the former province -> present wards, found in what a resident typed."""

from faq.locality.ward_names import WardMatch
from faq.locality.ward_reading import Reading
from faq.locality.ward_register import our_register


def find_old_wards(text: str) -> list[WardMatch]:
    """Find the wards that a message names, with or without marks, in order of appearance.

    A name that several wards bore gives all of them unless the message names the district. Nothing is found for a ward
    of another province ("phường 7 quận 3") or when the syllables are rather ordinary words ("cu bi tra" = cứ bị trả).

    Args:
        text: Any message of at most some thousand characters; placeholders of masking are ignored.
    """
    return Reading(text, our_register()).matches


def is_ward_question(text: str) -> bool:
    """Tell whether a message asks nothing but what became of a ward.

    True when at least one ward is found and all other words are place words or words of such a question; the name of a
    ward alone is enough. "Nộp hồ sơ ở phường Rạch Dừa" is not one.
    """
    reading = Reading(text, our_register(), only_questions=True)
    return reading.asks_only and bool(reading.matches)


def old_ward_names() -> tuple[str, ...]:
    """List ward names, old and present, as a text may hold them.

    With the word of their kind ("Phường 1", "Xã Cù Bị"), and bare where that is unmistakable without marks and not
    the name of a former district.
    """
    register = our_register()
    full = {unit.match.old for unit in register.units}
    named = [unit.match.name for unit in register.units if not unit.match.name.isdigit()]
    sure = [name for name in named if not register.is_doubtful(name) and not register.is_district(name)]
    return tuple(sorted(full.union(sure)))


def present_province() -> str:
    """Give the full name of the province to which the wards belong now."""
    return our_register().present_province
