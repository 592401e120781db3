import pytest

from slap_domain.model.configuration import parse_configuration
from slap_node.known_keys import unread_keys


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[slapos]\nodd = 1\n", ["section [slapos]: nothing reads odd"]),
        ("[networkcache]\nuplod-cache-url = x\n", ["section [networkcache]: nothing reads uplod-cache-url"]),
        ("[firewall]\nfirewal_cmd = x\n", ["section [firewall]: nothing reads firewal_cmd"]),
        ("[slapformat]\npartition_amont = 3\n", ["section [slapformat]: nothing reads partition_amont"]),
        ("[collect]\nreport_disk_usge = x\n", ["section [collect]: nothing reads report_disk_usge"]),
        ("[collect]\nreport_disk_usage = x\ndisk_snapshot_process_pid_foder = y\n", []),
        ("[colect]\n", ["nothing reads section [colect]: is [collect] meant?"]),
        ("[slapformatt]\n", ["nothing reads section [slapformatt]: is [slapformat] meant?"]),
        ("[network-cache]\n", ["nothing reads section [network-cache]: is [networkcache] meant?"]),
        (
            "[slapproxy]\nx = 1\n[manager:prerm]\nx = 1\n[multimaster/http://m]\nx = 1\n[inventory]\nx = 1\n",
            [],
        ),
        ("[networkcache]\nupload-dir-url = x\ncomputer_id = y\n", []),
    ],
)
def test_what_nothing_reads_is_told(text, told):
    assert list(unread_keys(parse_configuration(text, "slapos.cfg"))) == [
        f"slapos.cfg: {line}" for line in told
    ]
