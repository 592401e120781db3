"""The names that a shell completes and that a configuration, a master or a node knows."""

from collections.abc import Iterable

from slap_cli.terminal import Terminal


def values(kind: str, terminal: Terminal) -> Iterable[str]:
    """Return the names of a kind.

    Raises:
        SlapError: the master or the node cannot be reached.
    """
    if kind == "processes":
        from slap_cli.wiring.supervision import process_names

        return process_names(terminal)
    from slap_cli.completion.key_press import answered_in_time
    from slap_cli.wiring.tenant import settings_of_tenant, tenancy

    if kind == "releases":
        return sorted(settings_of_tenant(None, terminal).aliases)

    with answered_in_time(), tenancy(None, terminal) as tenant:
        if kind == "services":
            return sorted({service.title for service in tenant.master.list_services()})
        return [computer.guid for computer in tenant.master.list_computers()]
