"""An instance builder that deploys in imagination, and the contract that every instance builder keeps."""

from abc import ABC, abstractmethod
from collections.abc import Callable  # noqa: TC003 - shown to readers of the fake's attributes

from slap_domain.errors import DeploymentFailed
from slap_domain.model.references import PartitionId, SoftwareUrl
from slap_domain.ports.instance_builder import InstanceBuild, InstanceBuilder
from slap_domain.ports.output_lines import OnLine


class FakeInstanceBuilder:
    """Deploys at once; tests say what happens meanwhile, and look at `builds`.

    Attributes:
        expected: the releases it was told to expect, in order.
        builds: every deployment that was asked for, in order.
        effects: what the profile of a partition does when it is deployed: request, publish, raise, …
    """

    def __init__(self) -> None:
        self.expected: list[SoftwareUrl] = []
        self.builds: list[InstanceBuild] = []
        self.effects: dict[PartitionId, Callable[[], None]] = {}

    def expect(self, release: SoftwareUrl) -> None:
        """Take note of a release."""
        self.expected.append(release)

    def build(self, build: InstanceBuild, on_line: OnLine) -> None:
        """Deploy the files of an instance."""
        self.builds.append(build)
        on_line(f"deploying {build.instance.title}")
        self.effects.get(build.place.id, _nothing)()


class InstanceBuilderContract(ABC):
    """What every instance builder does; subclass it as a test class and make the subject and a build."""

    @abstractmethod
    def make_builder(self) -> InstanceBuilder:
        """Return a builder."""

    @abstractmethod
    def make_build(self, builder: InstanceBuilder, *, fails: bool = False) -> InstanceBuild:
        """Return a deployment that prints a line, or prints a line and fails."""

    def test_deploys_twice(self) -> None:
        """Deploying again is no error, and what is printed is passed on."""
        builder = self.make_builder()
        build = self.make_build(builder)
        lines: list[str] = []
        builder.build(build, lines.append)
        assert lines
        builder.build(build, lines.append)

    def test_expecting_says_nothing_of_what_is_wrong(self) -> None:
        """A release that is not there is told of when it is deployed, and one that is there deploys."""
        builder = self.make_builder()
        build = self.make_build(builder)
        builder.expect(SoftwareUrl("https://example.com/not/there.cfg"))
        builder.expect(build.instance.release)
        builder.build(build, _ignore)

    def test_a_failure_tells_why(self) -> None:
        """The log's end goes with the error."""
        builder = self.make_builder()
        build = self.make_build(builder, fails=True)
        try:
            builder.build(build, _ignore)
        except DeploymentFailed as error:
            assert error.log  # noqa: PT017 - contract suites do not import pytest
        else:
            raise AssertionError("it was deployed")


def _nothing() -> None:
    """Do nothing while a profile is deployed."""


def _ignore(line: str) -> None:
    """Do nothing with a line of output."""
