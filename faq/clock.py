"""Time: instants in UTC, days in Viet Nam."""

from datetime import date, datetime, timezone
from zoneinfo import ZoneInfo

VIET_NAM = ZoneInfo("Asia/Ho_Chi_Minh")


def now() -> datetime:
    """Give the present instant in UTC."""
    return datetime.now(timezone.utc)


def today() -> date:
    """Give the present day in Viet Nam, on which validity depends."""
    return now().astimezone(VIET_NAM).date()
