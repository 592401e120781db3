"""Run by the Python of another environment: lives the life of an instance with its slapos.slap library."""

import sys

from slapos import slap


def say(*words):
    sys.stdout.write(" ".join(map(str, words)) + "\n")


url, release, computer = sys.argv[1:]
library = slap.slap()
library.initializeConnection(url)
library.registerSupply().supply(release, computer)
web = library.registerOpenOrder().request(
    release, "web", partition_parameter_kw={"colour": "red", "count": 3}
)
partition = library.registerComputerPartition(computer, web.getId())
parameters = partition.getInstanceParameterDict()
say("parameters:", f"colour={parameters['colour']}", f"count={parameters['count']}")
partition.setConnectionDict({"url": "https://example.com/"})
again = library.registerOpenOrder().request(
    release, "web", partition_parameter_kw={"colour": "red", "count": 3}
)
say("published:", again.getConnectionParameter("url"))
child = partition.request(release, "default", "db")
say("child of the partition: db", child.getId())
partition.started()
partition.error("it broke")
partition.bang("look at it")
whole = library.registerComputer(computer)
partitions = whole.getComputerPartitionList()
busy = [each for each in partitions if each.getState() == "started"]
say(f"all partitions: {len(partitions)}, busy {len(busy)}")
say("releases:", [each.getURI() for each in whole.getSoftwareReleaseList()])
library.registerComputer(computer).reportUsage("<journal/>")
try:
    library.registerComputerPartition(computer, "absent").getState()
except slap.NotFoundError:
    say("refused: NotFoundError")
