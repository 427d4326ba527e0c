"""Errors of the domain; each text names the thing and the remedy."""


class FaqError(Exception):
    """Base of every error this package raises on purpose."""


class ContentError(FaqError):
    """A content file cannot be read or breaks a rule of DESIGN section 6."""


class SnapshotError(FaqError):
    """A snapshot file is missing, damaged or of another format version."""


class SettingsError(FaqError):
    """A setting has a value that cannot work."""
