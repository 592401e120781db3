"""The library by which recipes, scripts and nodes speak to a SlapOS master.

from slapos import slap

connection = slap.slap()
connection.initializeConnection("https://master.example/")
service = connection.registerOpenOrder().request("https://example.com/software.cfg", "my service")
print(service.getConnectionParameterDict())
"""

from slapos.slap.slap import (
    AuthenticationError,
    Computer,
    ComputerPartition,
    ConnectionError,
    HTTPError,
    NotFoundError,
    OpenOrder,
    ResourceNotReady,
    ServerError,
    SoftwareInstance,
    SoftwareProductCollection,
    SoftwareRelease,
    Supply,
    Token,
    slap,
)

__all__ = [
    "AuthenticationError",
    "Computer",
    "ComputerPartition",
    "ConnectionError",
    "HTTPError",
    "NotFoundError",
    "OpenOrder",
    "ResourceNotReady",
    "ServerError",
    "SoftwareInstance",
    "SoftwareProductCollection",
    "SoftwareRelease",
    "Supply",
    "Token",
    "slap",
]
