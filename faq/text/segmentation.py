"""Word segmentation with offsets that still point into the given text."""

import re

_SYLLABLE = re.compile(r"\w+|[^\w\s]")


def segment(text: str) -> list[tuple[str, int]]:
    """Cut a text into words.

    Args:
        text: Any text, also empty.

    Returns:
        (word as it stands in the text, offset) in order; single syllables when the segmenter's words
        cannot be found again in the text.
    """
    if not text.strip():
        return []
    from underthesea import word_tokenize  # 0.8 s to import; the console and the command line do without

    words = word_tokenize(text, use_token_normalize=False)
    return _aligned(text, words) or [(found.group(), found.start()) for found in _SYLLABLE.finditer(text)]


def _aligned(text: str, words: list[str]) -> list[tuple[str, int]]:
    """Find each word again, allowing other blanks between its syllables; empty when one is missing."""
    places = [place for place, char in enumerate(text) if not char.isspace()]
    aligned, used = [], 0
    for word in words:
        letters = [char for char in word if not char.isspace()]
        span = places[used : used + len(letters)]
        if not letters or [text[place] for place in span] != letters:
            return []
        aligned.append((text[span[0] : span[-1] + 1], span[0]))
        used += len(letters)
    return aligned
