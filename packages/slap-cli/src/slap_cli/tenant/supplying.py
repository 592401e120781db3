"""What `supply` and `remove` share: telling the master which state a release shall have on a computer."""

import logging
from shlex import quote

from slap_cli.tenant.software_aliases import release_meant
from slap_cli.tenant.tenancy import Tenant
from slap_domain.errors import NotFound, SlapError
from slap_domain.model.references import ComputerGuid, computer_guid
from slap_domain.model.software_release import SoftwareState
from slap_domain.ports.master_for_tenants import MasterForTenants

_LOG = logging.getLogger(__name__)
_NEXT = {
    SoftwareState.AVAILABLE: "%s will be installed on %s at its next `slapos node software`",
    SoftwareState.DESTROYED: "%s will be removed from %s at its next `slapos node software`",
}


def set_software_state(software: str, node: str, state: SoftwareState, tenant: Tenant) -> None:
    """Tell the master which state the meant release shall have on a computer, and say what happens next.

    Raises:
        SlapError: the master refuses or cannot be reached.
    """
    computer = computer_guid(node)
    release = release_meant(software, tenant.settings.aliases, tenant.master)
    undone_by = f"slapos remove {quote(software)} {computer}" if state is SoftwareState.AVAILABLE else ""
    _warn_of_unknown(computer, undone_by, tenant.master)
    tenant.master.supply(release, computer, state)
    _LOG.info(_NEXT[state], release, computer)


def _warn_of_unknown(computer: ComputerGuid, undone_by: str, master: MasterForTenants) -> None:
    """Say so when the master has no such computer yet, which it allows: the id may be mistyped."""
    try:
        master.describe_computer(computer)
    except NotFound:
        _LOG.warning(
            "the master knows no computer %s so far; `slapos computer list` shows those it knows%s",
            computer,
            f"; this is undone by `{undone_by}`" if undone_by else "",
        )
    except SlapError as error:
        _LOG.debug("the master does not tell whether it knows %s: %s", computer, error)
