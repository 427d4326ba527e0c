"""What the tests of the dialogue share: the small snapshot."""

from tests.faq.small import small

__all__ = ["small"]  # a fixture
