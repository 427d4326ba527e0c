"""Kinds of personal data: their stable identifiers and the words that stand in their place."""

import re

# Identifier (stored with the message, never renamed) -> what the reader sees instead of the value.
PLACEHOLDERS = {
    "national_id": "[số căn cước]",
    "old_national_id": "[số CMND]",
    "phone": "[số điện thoại]",
    "email": "[email]",
    "bank_account": "[số tài khoản]",
    "passport": "[số hộ chiếu]",
    "tax_number": "[mã số thuế]",
    "insurance_number": "[số bảo hiểm]",
    "plate": "[biển số xe]",
    "birth_date": "[ngày sinh]",
    "address": "[địa chỉ]",
    "name": "[họ tên]",
    "dossier_code": "[mã hồ sơ]",
    "secret": "[mã bí mật]",
    "other_number": "[dãy số]",
}
KEEP = "keep"  # not personal data: a fee, law number, hotline or date that competes with the kinds above

PLACEHOLDER = re.compile("|".join(map(re.escape, PLACEHOLDERS.values())))
