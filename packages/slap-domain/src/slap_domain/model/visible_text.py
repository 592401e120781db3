"""Text of others made safe to show: what would steer the terminal is written as an escape."""

import re

# Control characters but tab and newline (also one with a carriage return), and those that turn the direction
# of writing: a promise or a recipe could draw over what root has read, or set keys of the terminal.
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\r(?!\n)")


def visible(text: str) -> str:
    r"""Return a text in which control characters are seen: `\x1b` for escape."""
    return _UNSEEN.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def visible_json(document: str) -> str:
    r"""Return a JSON document of the same meaning that a terminal shows as it is: `\u009b`."""
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", document)


def shortened(text: str, limit: int) -> str:
    """Return a text for a cell of a table, its end left out when it is longer."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
