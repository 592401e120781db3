"""What `supply` and `remove` share: telling the master which state a release shall have on a computer."""

import logging
from argparse import Namespace

from slap_cli.software_aliases import release_meant
from slap_cli.terminal import Terminal
from slap_domain.model.references import computer_guid
from slap_domain.model.software_release import SoftwareState

_LOG = logging.getLogger(__name__)
_NEXT = {
    SoftwareState.AVAILABLE: "%s will be installed on %s at its next `slapos node software`",
    SoftwareState.DESTROYED: "%s will be removed from %s at its next `slapos node software`",
}


def set_software_state(options: Namespace, terminal: Terminal, state: SoftwareState) -> int:
    """Tell the master, and say what happens next.

    Raises:
        SlapError: the master refuses or cannot be reached.
    """
    from slap_cli.wiring.tenant import tenancy

    computer = computer_guid(options.node)
    with tenancy(options.cfg, terminal) as tenant:
        release = release_meant(options.software_url, tenant.settings.aliases, tenant.master)
        tenant.master.supply(release, computer, state)
    _LOG.info(_NEXT[state], release, computer)
    return 0
