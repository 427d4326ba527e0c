"""Checks on the digits of a match: structure and checksums, each with its source.

Every check takes the matched piece of the shadow and says whether it can be what its rule claims.
"""

import re

import phonenumbers

_NOT_DIGIT = re.compile(r"\D")
_SPOKEN = {
    "khong": "0",
    "linh": "0",
    "mot": "1",
    "hai": "2",
    "ba": "3",
    "bon": "4",
    "tu": "4",
    "nam": "5",
    "lam": "5",
    "sau": "6",
    "bay": "7",
    "tam": "8",
    "chin": "9",
}
_SPOKEN_HOTLINE = re.compile(r"1[89]00\d{4,7}")
_HOTLINE = re.compile(r"1[89]00\d{4}(?:\d{2})?")
_ROUND = re.compile(r"[1-9]\d{0,8}000")

LAST_PROVINCE = 96  # Cà Mau; codes run from 001 with gaps (annex 1 of Thông tư 07/2016/TT-BCA, kept since)
LATEST_BIRTH_YEAR = 40  # of this century; later years cannot stand in a card for decades
LAST_CMND_SERIES = 38  # first two digits of a 9-digit CMND, by province (01 Hà Nội ... 38 Cà Mau); no text found
# Weights and rule as documented by python-stdnum, module stdnum.vn.mst (10 digits, the last one checks).
_TAX_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
_DOMESTIC_CARD = "9704"  # BIN of NAPAS, which all cards issued in Vietnam for domestic use carry


def digits_of(piece: str) -> str:
    """Return only the digits of a match."""
    return _NOT_DIGIT.sub("", piece)


def is_national_id(piece: str) -> bool:
    """Check the structure of a personal identification number (số định danh, on the CCCD).

    Source: Nghị định 137/2015/NĐ-CP article 13 and Thông tư 59/2021/TT-BCA: 3 digits province, 1 digit
    century and gender (0-1: 1900s, 2-3: 2000s), 2 digits year of birth, 6 random digits.
    """
    number = digits_of(piece)
    if len(number) != 12 or not 1 <= int(number[:3]) <= LAST_PROVINCE:
        return False
    return number[3] in "01" or (number[3] in "23" and int(number[4:6]) <= LATEST_BIRTH_YEAR)


def is_old_national_id(piece: str) -> bool:
    """Check the series of a 9-digit CMND; a round number is an amount."""
    number = digits_of(piece)
    return len(number) == 9 and 1 <= int(number[:2]) <= LAST_CMND_SERIES and not is_round(number)


def is_tax_number(piece: str) -> bool:
    """Check the tenth digit of a tax number, structure of Thông tư 105/2020/TT-BTC article 5 (10 or 10-3 digits)."""
    number = digits_of(piece)
    if len(number) not in (10, 13) or number[:2] == "00":
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_TAX_WEIGHTS, number[:9], strict=True))
    return 10 - total % 11 == int(number[9])


def is_phone(piece: str) -> bool:
    """Ask `phonenumbers` whether this is a number in use in Vietnam, and not a hotline."""
    number = digits_of(piece)
    if not number.startswith(("0", "84")):
        return False
    if number.startswith("840"):
        number = "84" + number[3:]
    try:
        parsed = phonenumbers.parse("+" + number if number.startswith("84") else number, "VN")
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(parsed) and not is_hotline(number)


def is_foreign_phone(piece: str) -> bool:
    """Ask `phonenumbers` whether a number written with + and a country code can exist."""
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse("+" + digits_of(piece), None))
    except phonenumbers.NumberParseException:
        return False


def is_hotline(piece: str) -> bool:
    """Tell a public service number: 1800 and 1900 with 4 or 6 more digits (Thông tư 22/2014/TT-BTTTT)."""
    return _HOTLINE.fullmatch(digits_of(piece)) is not None


def is_round(piece: str) -> bool:
    """Tell a number that ends in 000 and does not start with 0: an amount of đồng without its unit."""
    return _ROUND.fullmatch(digits_of(piece)) is not None


def is_plain_number(piece: str) -> bool:
    """Tell a number that is neither a hotline nor an amount; all that a labelled number must pass."""
    return not is_hotline(piece) and not is_round(piece)


def is_card(piece: str) -> bool:
    """Check a bank card: domestic prefix, or the Luhn checksum of ISO/IEC 7812-1."""
    number = digits_of(piece)
    if number.startswith(_DOMESTIC_CARD):
        return True
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number))]
    return number[0] != "0" and sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def is_dossier_token(piece: str) -> bool:
    """Tell a dossier code of unknown form: enough digits, and no identity or telephone number."""
    return len(digits_of(piece)) >= 5 and not is_national_id(piece) and not is_phone(piece)


def is_spoken_number(piece: str) -> bool:
    """Tell digits said in words that are not a hotline; a word behind the number may have been read as a digit."""
    said = "".join(_SPOKEN.get(word, "") for word in re.split(r"[ ,.\-]+", piece))
    return _SPOKEN_HOTLINE.fullmatch(said) is None
