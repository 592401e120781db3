"""What the library offers, as interfaces to program and test against."""

# The methods of an interface have no self.
# mypy: disable-error-code=misc

from zope.interface import Interface


class IException(Interface):
    """Reports an error."""


class INotFoundError(IException):
    """Reports that the master does not know something, or has no room for it."""


class IRequester(Interface):
    """Requests instances of the master."""

    def getInformation(partition_reference):
        """Return an existing instance without requesting it.

        Asked of a partition, an instance of its tree; else a service of the caller.

        :param partition_reference: the name under which it was requested.
        :raises INotFoundError: there is none of that name.
        """

    def request(
        software_release,
        software_type,
        partition_reference,
        shared=False,
        partition_parameter_kw=None,
        filter_kw=None,
    ):
        """Request an instance and return it as far as the master knows it now, an IComputerPartition.

        A repeated request with the same name changes the instance, or nothing. What cannot be told yet
        raises ResourceNotReady when it is asked for.

        :param software_release: URI of the release.
        :param software_type: which of the kinds of instance that the release provides; None for the default.
        :param partition_reference: the name by which the requester knows the instance.
        :param shared: take part in an instance that is there already.
        :param partition_parameter_kw: its parameters.
        :param filter_kw: where it may run: `computer_guid` names the computer, `instance_guid` the sharer of a
            shared instance; masters know more.
        :raises INotFoundError: there is no room for it.

        Example: `request("http://example.com/foo/bar", "typeA", "mysql_1")`
        """


class ISoftwareRelease(Interface):
    """A software release on a computer."""

    def available():
        """Tell the master that the release is built."""

    def building():
        """Tell the master that the release is being built."""

    def getState():
        """Return what the master wants of the release: `available` or `destroyed`."""

    def getURI():
        """Return the URI of the release."""

    def getComputerId():
        """Return the id of the computer where the release is."""

    def destroyed():
        """Tell the master that the release is gone from the computer."""

    def error(error_log):
        """Tell the master that the release does not build; never raises.

        :param error_log: why, for people: a traceback, for example.
        """


class IComputerPartition(IRequester):
    """A partition of a computer and the instance in it, which may request others."""

    def rename(partition_reference, slave_reference=None):
        """Give the instance another name.

        :param partition_reference: the new name.
        :param slave_reference: a shared instance served here that is to be renamed in place of this one.
        """

    def setComputerPartitionRelatedInstanceList(instance_reference_list):
        """Tell the master which instances this one requested.

        :param instance_reference_list: their names.
        """

    def getInstanceGuid():
        """Return what identifies the instance at the master, whatever its name."""

    def getState():
        """Return what the master wants of the instance: `started`, `stopped` or `destroyed`."""

    def setUsage(usage_log):
        """Keep what the instance consumed, for IComputer.reportUsage; sends nothing.

        :param usage_log: a TIO journal.
        """

    def error(error_log):
        """Tell the master that the instance does not work; never raises.

        :param error_log: why, for people: a traceback, for example.
        """

    def getInstanceParameterDict():
        """Return the parameters of the instance, and what the master adds to them."""

    def getStatus():
        """Return the last status: a dictionary of `user`, `created_at` and `text`; None when not kept."""

    def getId():
        """Return the id of the partition."""

    def destroyed():
        """Tell the master that the instance is gone."""

    def getAccessStatus():
        """Return what was last reported of the instance, or None."""

    def getConnectionParameterDict():
        """Return the connection parameters that the instance published."""

    def started():
        """Tell the master that the instance is deployed and started."""

    def getType():
        """Return the software type of the instance."""

    def getCertificate():
        """Return the identity of the instance: a dictionary of `key` and `certificate`.

        :raises INotFoundError: the partition has no instance.
        """

    def bang(log):
        """Report a problem: every instance of the tree is processed again.

        :param log: why, for people.
        """

    def getInstanceParameter(key):
        """Return one parameter of the instance.

        :raises INotFoundError: there is none of that name.
        """

    def setConnectionDict(connection_dict, slave_reference=None):
        """Publish connection parameters, in place of all that were published before.

        :param connection_dict: the parameters.
        :param slave_reference: the shared instance served here that they are for.
        """

    def getSoftwareRelease():
        """Return the release of the instance, an ISoftwareRelease.

        :raises INotFoundError: the partition has no instance.
        """

    def stopped():
        """Tell the master that the instance is deployed and stopped."""

    def getConnectionParameter(key):
        """Return one connection parameter.

        :raises INotFoundError: the instance has not published it.
        """

    def getFullHostingIpAddressList():
        """Return pairs of interface and address, of all partitions of the instance tree."""


class IComputer(Interface):
    """A computer: what it shall run, and what it reports."""

    def getInformation():
        """Return the computer as the master shows it to people."""

    def updateConfiguration(configuration_xml):
        """Send the description of the computer.

        :param configuration_xml: the marshalled dictionary that `slapos node format` makes.
        """

    def getStatus():
        """Return the last status: a dictionary of `user`, `created_at` and `text`."""

    def reportUsage(computer_partition_list):
        """Send what was consumed.

        :param computer_partition_list: partitions on which IComputerPartition.setUsage was called, or
            one TIO journal.
        """

    def bang(log):
        """Report a problem: every instance of the computer is processed again.

        :param log: why, for people.
        """

    def getSoftwareReleaseList():
        """Return the releases that the computer shall have, ISoftwareRelease.

        :raises INotFoundError: there is no such computer.
        """

    def generateCertificate():
        """Return a new certificate: a dictionary of `key` and `certificate`.

        :raises ValueError: the computer has a valid one already.
        """

    def revokeCertificate():
        """Revoke the certificate.

        :raises ValueError: the computer has none that is valid.
        """

    def getComputerPartitionList():
        """Return the partitions of the computer, IComputerPartition.

        :raises INotFoundError: there is no such computer.
        """


class IOpenOrder(IRequester):
    """Requests services, and computers."""

    def requestComputer(computer_reference):
        """Ask the master for a new computer, and return it, an IComputer.

        :param computer_reference: its title.
        """


class ISupply(Interface):
    """Asks that computers have releases."""

    def supply(software_release, computer_guid=None):
        """Ask that a computer has a release.

        :param software_release: URI of the release.
        :param computer_guid: id of the computer.
        """


class IToken(Interface):
    """Gets tokens for the registration of computers."""

    def request():
        """Return a token with which one computer can be registered."""


class slap(Interface):
    """A master, and the objects that stand for what it knows."""

    def initializeConnection(slapgrid_uri, authentification_key=None):
        """Say which master is spoken to, and as whom.

        :param slapgrid_uri: URL of the master, `https://slapos.server/slap_interface` for example.
        :param authentification_key: file of the key by which the caller is known.
        """

    def registerSoftwareRelease(software_release):
        """Return the object of a release, an ISoftwareRelease, by its URI."""

    def registerToken():
        """Return the object that gets tokens, an IToken."""

    def registerSupply():
        """Return the object that supplies releases, an ISupply."""

    def getComputerDict():
        """Return the computers of the caller, by id."""

    def registerComputer(computer_guid):
        """Return the object of a computer, an IComputer, by its id."""

    def registerComputerPartition(computer_guid, partition_id):
        """Return the object of a partition, an IComputerPartition, by its computer's id and its own.

        :raises INotFoundError: there is no such partition; at once or when it is first asked something.
        """

    def getOpenOrderDict():
        """Return the services of the caller, by title."""

    def getSoftwareReleaseListFromSoftwareProduct(software_product_reference, software_release_url):
        """Return the URLs of the releases of a product, best first.

        :param software_product_reference: the product; or:
        :param software_release_url: one of its releases.
        """

    def registerOpenOrder():
        """Return the object that requests services, an IOpenOrder."""
