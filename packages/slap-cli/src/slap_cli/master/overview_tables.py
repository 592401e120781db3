"""Prints what a master knows: as tables for people, or as JSON for programs."""

from argparse import Namespace
from collections.abc import Mapping, Sequence

from slap_cli.terminal import Terminal
from slap_domain.model.visible_text import shortened, visible

Row = Mapping[str, object]
Overview = Mapping[str, Sequence[Row]]

# For each option of the command, the kinds of rows that it shows.
_SHOWN_BY = {
    "computers": ("computers", "usage"),
    "software": ("software",),
    "partitions": ("partitions", "instances"),
    "slaves": ("slaves",),
    "params": ("instances", "slaves"),
    "network": ("partitions",),
    "forwarded": ("forwarded",),
}
_INSTANCE_COLUMNS = (
    *("title", "root_title", "computer", "partition", "software_type", "requested_state", "state"),
    *("reported_at", "message"),
)
_COLUMNS = {
    "computers": ("computer", "title", "owner", "address", "last_contact", "certificate_expires"),
    "software": ("computer", "software_release", "requested_state", "state", "reported_at", "message"),
    "partitions": ("computer", "partition", "state", "title"),
    "instances": _INSTANCE_COLUMNS,
    "slaves": _INSTANCE_COLUMNS,
    "usage": ("computer", "journals", "valid", "last_received", "totals", "complaints"),
    "forwarded": ("title", "master"),
}
_CELL_LIMIT = 100


def kinds_asked_for(options: Namespace) -> tuple[str, ...]:
    """Return the kinds of rows that the options ask for; all when they ask for none."""
    return tuple(dict.fromkeys(kind for name in _asked_for(options) for kind in _SHOWN_BY[name]))


def _asked_for(options: Namespace) -> list[str]:
    return [name for name in _SHOWN_BY if getattr(options, name)] or list(_SHOWN_BY)


def say_overview(overview: Overview, options: Namespace, terminal: Terminal) -> None:
    """Print the tables that the options ask for; columns that are empty everywhere are left out."""
    for name in _asked_for(options):
        kinds = _SHOWN_BY[name]
        if name == "params":
            _say_parameters([row for kind in kinds for row in overview[kind]], terminal)
        elif name == "network":
            _say_table("addresses", ("computer", "partition", "addresses"), overview["partitions"], terminal)
        else:
            for kind in kinds:
                _say_table(kind, _COLUMNS[kind], overview[kind], terminal)


def _say_table(title: str, columns: Sequence[str], rows: Sequence[Row], terminal: Terminal) -> None:
    terminal.say(f"{title}: {len(rows) or 'none'}")
    if not rows:
        return
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    used = [number for number in range(len(columns)) if any(line[number] for line in cells)]
    titles = [columns[number].replace("_", " ") for number in used]
    terminal.say_table(titles, [[line[number] for number in used] for line in cells])
    terminal.say("")


def _say_parameters(rows: Sequence[Row], terminal: Terminal) -> None:
    terminal.say(f"parameters of instances: {'' if rows else 'none'}".rstrip())
    for row in rows:
        terminal.say(f"  {row['title']}:")
        for key in ("parameters", "connection_parameters", "sla_parameters"):
            values = row[key]
            if isinstance(values, Mapping):
                for name in sorted(values):
                    terminal.say(f"    {key.replace('_parameters', '')} {name} = {values[name]}")


def _cell(value: object) -> str:
    if isinstance(value, Mapping):
        text = ", ".join(f"{name} {quantity}" for name, quantity in value.items())
    elif isinstance(value, list | tuple):
        text = ", ".join(map(str, value))
    else:
        text = "" if value is None else str(value)
    return shortened(visible(_telling_line(text)), _CELL_LIMIT)


def _telling_line(text: str) -> str:
    """Return the first line, or the last one of a traceback: that is where it says what failed."""
    lines = text.strip().splitlines() or [""]
    return lines[-1].strip() if lines[0].startswith("Traceback (most recent call last)") else lines[0]
