"""What a tenant's command works with: the settings, the master, and the documents beside a release."""

from dataclasses import dataclass

from slap_cli.tenant.client_settings import ClientSettings
from slap_cli.tenant.release_schema import DocumentReader
from slap_domain.ports.master_for_tenants import MasterForTenants


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A tenant and the master it talks to."""

    settings: ClientSettings
    master: MasterForTenants
    read_document: DocumentReader
