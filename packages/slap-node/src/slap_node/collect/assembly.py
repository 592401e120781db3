"""`node collect`, put together from the node's configuration."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from slap_domain.model.configuration import Configuration
from slap_domain.use_cases.node.collect_consumption import CollectConsumption, CollectPorts, CollectSettings
from slap_node.collect.database import FigureDatabase
from slap_node.collect.gauges import LocalGauges
from slap_node.collect.outputs import CollectedFiles
from slap_node.settings import NodeSettings
from slap_node.system_clock import SystemClock

_DAY = 86400


def collect_consumption(
    configuration: Configuration, node: NodeSettings, complain: Callable[[str], None]
) -> CollectConsumption:
    """Return the use case for this machine.

    Args:
        configuration: of the node.
        node: what was read from it.
        complain: is told what could not be done and is not worth failing for.

    Raises:
        ConfigurationError: a value is malformed.
    """
    section = configuration.section("slapos", "slapformat")
    collect = configuration.section("collect")
    clock = SystemClock()
    database = FigureDatabase(Path(node.instance_root) / "var" / "data-log" / "collector.db")
    ports = CollectPorts(
        gauges=LocalGauges(node.instance_root, section.text("partition_base_name", "slappart"), clock.now),
        store=database,
        outputs=CollectedFiles(node.instance_root, database, single_user=node.single_user),
        clock=clock,
        complain=complain,
    )
    settings = CollectSettings(
        computer=node.computer,
        kept_days=section.integer("collect_cache", 15),
        disk_usage=collect.boolean("report_disk_usage", default=True),
        disk_cycle=timedelta(seconds=collect.integer("disk_snapshot_time_cycle", _DAY)),
    )
    return CollectConsumption(settings, ports)
