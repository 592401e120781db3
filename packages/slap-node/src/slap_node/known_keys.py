"""Which keys and sections of a node's configuration something reads: others may be misspelt, and are told."""

import re
from collections.abc import Iterator

from slap_domain.model.configuration import Configuration

_FORMAT_KEYS = frozenset(
    re.findall(
        r"\S+",
        """
    interface_name ipv6_interface partition_has_ipv6_range ipv6_prefixshift create_tap tap_base_name tap_ipv6
    tap_gateway_interface ipv4_local_network create_tun tun_ipv6 alter_network alter_user software_user
    partition_base_name user_base_name partition_amount computer_xml computer_json input_definition_file
    output_definition_file log_file computer_model_id heating_sensor_id root_check
    shared_addresses public_ipv4_address
    """,
    )
)
_NODE_KEYS = _FORMAT_KEYS | frozenset(
    re.findall(
        r"\S+",
        """
    computer_id master_url master_rest_url key_file cert_file certificate_repository_path master_ca_file
    software_root instance_root shared_part_list build_time_part_list buildout buildout_debug pidfile
    pidfile_software pidfile_instance pidfile_report maximal_delay maximum_periodicity promise_timeout
    partition_timeout forbid_supervisord_automatic_launch software_min_free_space instance_min_free_space
    instance_storage_home ipv4_global_network only-sr only_sr only-cp only_cp manager_list power_user_list
    signature_private_key_file develop collect_cache jobs single_user passed_environment allowed-disk-for-vm
    """,
    )
)
_CACHE_KEYS = frozenset(
    re.findall(
        r"\S+",
        """
    download-cache-url download-dir-url upload-cache-url upload-dir-url
    download-binary-cache-url download-binary-dir-url upload-binary-cache-url upload-binary-dir-url
    signature-private-key-file signature-digest signature-certificate-list
    shacache-ca-file shacache-cert-file shacache-key-file shadir-ca-file shadir-cert-file shadir-key-file
    binary-cache-url-blacklist download-from-binary-cache-url-blacklist upload-to-binary-cache-url-blacklist
    download-from-binary-cache-force-url-list
    """,
    )
)
_FIREWALL_KEYS = frozenset(
    re.findall(
        r"\S+",
        """
    firewall_cmd reload_config_cmd authorized_sources testing
    dbus_executable dbus_log_file firewall_executable log_file
    """,
    )
)
# Existing configurations may have the last two (the first of them is spelt so); they change nothing here.
_COLLECT_KEYS = frozenset(
    {
        "report_disk_usage",
        "disk_snapshot_time_cycle",
        "disk_snapshot_process_pid_foder",
        "disk_snapshot_use_quota",
    }
)
# What [networkcache] says wins over [slapos], whose keys it may have.
_KNOWN = {
    "slapos": _NODE_KEYS,
    "slapformat": _NODE_KEYS,
    "networkcache": _NODE_KEYS | _CACHE_KEYS,
    "firewall": _FIREWALL_KEYS,
    "collect": _COLLECT_KEYS,
}
_OTHERS = frozenset({"slapproxy", "slapconsole"})
_FAMILIES = ("manager", "multimaster/")


def unread_keys(configuration: Configuration) -> tuple[str, ...]:
    """Return a sentence for each key that nothing reads, and for each section that is named nearly like one.

    A file may have sections for programs that are not ours.
    """
    return (*_odd_sections(configuration), *_odd_keys(configuration))


def _odd_keys(configuration: Configuration) -> Iterator[str]:
    for name, known in _KNOWN.items():
        for key in configuration.section(name).unknown(known):
            yield f"{configuration.source}: section [{name}]: nothing reads {key}"


def _odd_sections(configuration: Configuration) -> Iterator[str]:
    names = (*_KNOWN, *_OTHERS)
    unknown = [
        name for name in configuration.sections if name not in names and not name.startswith(_FAMILIES)
    ]
    if not unknown:
        return
    import difflib  # noqa: PLC0415 - costly, and hardly any file has one

    for name in unknown:
        for near in difflib.get_close_matches(name, names, n=1, cutoff=0.8):
            yield f"{configuration.source}: nothing reads section [{name}]: is [{near}] meant?"
