"""`troly mask`: shows what masking keeps and what it hides."""

import sys
from pathlib import Path
from typing import Any

from bot.asking import read_batch, write_json
from faq.privacy.masking import mask
from faq.text.canonical import canonical


def masked_json(name: Any, text: str) -> dict[str, Any]:
    """Mask one text in the machine-readable form."""
    found = mask(canonical(text))
    return {"id": name, "text": found.text, "kinds": list(found.kinds)}


def mask_one(text: str, as_json: bool) -> int:
    """Print one masked text and the kinds found."""
    found = masked_json("", text)
    if as_json:
        write_json(found)
    else:
        print(found["text"])
        print(f"({', '.join(found['kinds']) or 'không có dữ liệu cá nhân'})")
    return 0


def mask_batch(path: Path) -> int:
    """Mask a file of JSON lines."""
    with path.open(encoding="utf-8-sig") as file:
        for row in read_batch(file):
            write_json(masked_json(row["id"], row["text"]), sys.stdout)
    return 0
