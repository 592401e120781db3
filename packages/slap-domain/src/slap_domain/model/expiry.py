"""When an identity ends, and how its holder is told in time."""

from datetime import datetime, timedelta
from typing import Final

# An identity that ends within so many days is renewed, or its holder is told to.
RENEW_DAYS: Final = 30


def expiry_words(expires_at: datetime, now: datetime, notice_days: int = RENEW_DAYS) -> str:
    """Return what the holder of a certificate should know of its end; empty while more days are left."""
    left = expires_at - now
    if left > timedelta(days=notice_days):
        return ""
    if left <= timedelta(0):
        return f"expired on {expires_at:%Y-%m-%d}"
    days = "a day" if left.days == 1 else f"{left.days} days" if left.days else "less than a day"
    return f"expires in {days}, on {expires_at:%Y-%m-%d}"
