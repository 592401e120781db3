"""When the exit of a watched program asks the master to process the partition's tree again."""

from decimal import Decimal, InvalidOperation

from slap_domain.model.references import PartitionId

WATCHED_SUFFIX = "-on-watch"
NEVER_DEPLOYED = "0"
"""What is remembered as banged when a partition was never deployed completely."""


def is_watched(process_name: str) -> bool:
    """Tell whether the exit of a process concerns the watchdog."""
    return WATCHED_SUFFIX in process_name


def bang_message(process_name: str, partition: PartitionId) -> str:
    """Return what the master is told when a watched process has ended."""
    return f"{process_name} process in partition {partition} encountered a problem"


def bang_is_due(deployed: str | None, banged: str | None) -> bool:
    """Tell whether an exit is worth a bang: once per successful deployment.

    Another timestamp is another deployment. It may be an earlier one: the clock that gave the last
    may have been ahead.

    Args:
        deployed: timestamp of the last successful deployment; None: there was none since the last bang
            or ever.
        banged: timestamp of the deployment whose failure was last told; None: none was.
    """
    if banged is None:
        return True
    if deployed is None:
        return False
    new, old = _number(deployed), _number(banged)
    if new is None or old is None:  # timestamps are opaque text
        return deployed.strip() != banged.strip()
    return new != old


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
