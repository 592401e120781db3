"""Puts together what `node prune` needs."""

from argparse import Namespace

from slap_cli.configuration import node_configuration
from slap_cli.exit_status import Ended, ExitStatus
from slap_cli.node.pruning import other_software_roots, prune_shared_parts
from slap_cli.node.root_check import require_root
from slap_cli.terminal import Terminal
from slap_domain.errors import AlreadyRunning, ConfigurationError
from slap_node.buildout.shared_parts import SharedPartPruner, shared_part_directory
from slap_node.run_lock import run_lock
from slap_node.settings import node_settings


def prune(options: Namespace, terminal: Terminal) -> int:
    """Delete the shared parts that nothing uses any more, or say which; return the exit status.

    Raises:
        Ended: the configuration names no shared parts, or releases are being built.
        SlapError: one cannot be deleted.
    """
    settings = node_settings(node_configuration(options.cfg, terminal))
    require_root("node prune", check=settings.root_check)
    try:
        shared = shared_part_directory(settings.shared_parts, settings.source)
        with run_lock(settings.pidfiles["software"]):
            others = other_software_roots(options.additional_software_directory)
            pruner = SharedPartPruner(
                shared=shared,
                software_roots=(settings.software_root, *others),
                instance_root=settings.instance_root,
            )
            prune_shared_parts(pruner, terminal, dry_run=options.dry_run)
    except (AlreadyRunning, ConfigurationError) as error:
        raise Ended(error.message, ExitStatus.CANNOT_PRUNE, hint=error.hint) from error
    return ExitStatus.OK
