"""Calls a `slapos.slap` library, whichever this interpreter has, and prints what each call gave.

Run as a script: reads `{"url": ..., "steps": {name: expression}}` on stdin, writes a JSON object on stdout.
Between the steps it asks the master for `marker?step=<name>`, so that requests can be told apart.
"""

import json
import logging
import sys
from urllib.parse import quote
from urllib.request import urlopen

_HIDDEN = {"_connection_helper", "_hateoas_navigator"}


def plain(value, depth=0):
    """Return a value as JSON can hold it: objects by their class and attributes."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, bytes):
        return {"bytes": value.decode()}
    if isinstance(value, list | tuple):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item, depth + 1) for key, item in sorted(value.items(), key=repr)}
    name = type(value).__name__
    if depth > 3 or not hasattr(value, "__dict__"):
        return {"object": name}
    state = {key: item for key, item in vars(value).items() if key not in _HIDDEN}
    return {"object": name, **plain(state, depth + 1)}


def outcome(expression, names):
    """Return what an expression gives, or the exception it raises."""
    try:
        return {"value": plain(eval(expression, names))}
    except Exception as error:  # noqa: BLE001 - which one is the question
        return {"exception": type(error).__name__, "message": str(error)}


def outcomes(url, steps):
    """Return what each step gave, each with objects of its own."""
    from slapos import slap  # noqa: PLC0415 - after logging is silenced

    found = {}
    for name, expression in steps.items():
        with urlopen(f"{url}/marker?step={quote(name)}") as answer:
            answer.read()
        connection = slap.slap()
        connection.initializeConnection(url)
        names = {
            "slap": slap,
            "logging": logging,
            "connection": connection,
            "partition": connection.registerComputerPartition("local_computer", "slappart0"),
            "computer": connection.registerComputer("local_computer"),
            "release": connection.registerSoftwareRelease("https://example.com/sr.cfg"),
            "order": connection.registerOpenOrder(),
            "supply": connection.registerSupply(),
        }
        found[name] = outcome(expression, names)
    return found


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    task = json.load(sys.stdin)
    json.dump(outcomes(task["url"], task["steps"]), sys.stdout)
