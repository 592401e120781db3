"""What a release brings for its instances, and what is said when it or the place does not serve."""

import os
from pathlib import Path

import pytest

from slap_domain.errors import DeploymentFailed, HostFailure
from slap_domain.model.references import SoftwareUrl
from slap_node.buildout.warm_builders import WarmBuilders


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root has partitions of other users")
def test_a_user_outside_the_group_of_the_release_is_told_of(site, warm):
    release = site.deployable(site.HELLO)
    stranger = site.build_of(release, site.partition("slappart1", user="games"))
    with pytest.raises(DeploymentFailed, match="PermissionError") as raised:
        site.deploy(stranger, warm)
    assert "user games is not in group daemon" in raised.value.hint
    assert "slapos node format" in raised.value.hint


def test_a_release_that_was_never_built_is_not_blamed_for_its_profile(site):
    release = SoftwareUrl("https://example.com/unbuilt.cfg")
    directory = site.root / "software"
    directory.mkdir()
    site.software = directory
    site.configure()
    site.directory(release).mkdir()
    with pytest.raises(DeploymentFailed, match=r"no instance\.cfg") as raised:
        site.deploy(site.build_of(release), None)
    assert "not built completely" in raised.value.hint


def test_a_release_without_its_own_python_is_run_as_it_is(site, spoiled_release):
    release = spoiled_release(site)
    warm = WarmBuilders()
    try:
        assert site.deploy(site.build_of(release), warm) == ["their own: -U"]
    finally:
        warm.close()


def test_a_release_may_bring_its_own_bootstrap(site, spoiled_release):
    release = spoiled_release(site)
    script = site.directory(release) / "bin" / "bootstrap.sh"
    script.write_text(
        "#!/bin/sh\nmkdir -p sbin\nprintf '#!/bin/sh\\necho from sbin: $@ in $PWD\\n' > sbin/buildout\n"
        "chmod +x sbin/buildout\n"
    )
    script.chmod(0o755)
    place = site.partition()

    assert site.deploy(site.build_of(release)) == [f"from sbin: -U in {place.path}"]

    script.write_text("#!/bin/sh\necho no\nexit 3\n")
    with pytest.raises(DeploymentFailed, match="bootstrap fails: no"):
        site.deploy(site.build_of(release))
    (site.directory(release) / "bin" / "bootstrap2").touch()
    with pytest.raises(DeploymentFailed, match="more than one bootstrap"):
        site.deploy(site.build_of(release))


@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (lambda site, release: Path(site.partition().path).chmod(0o755), HostFailure, "has mode 0755"),
        (
            lambda site, release: (site.directory(release) / "instance.cfg").unlink(),
            DeploymentFailed,
            "has no instance.cfg",
        ),
        (
            lambda site, release: (site.directory(release) / "bin" / "buildout").unlink(),
            DeploymentFailed,
            "the release has no ",
        ),
        (
            lambda site, release: site.directory(release).rename(site.root / "elsewhere"),
            DeploymentFailed,
            "not present on system",
        ),
        (
            lambda site, release: site.configure(instance_min_free_space="99P"),
            HostFailure,
            "not enough space",
        ),
    ],
)
def test_what_keeps_an_instance_from_being_deployed_is_told(site, spoiled_release, spoil, error, message):
    release = spoiled_release(site)
    build = site.build_of(release)
    spoil(site, release)
    with pytest.raises(error, match=message):
        site.deploy(build)
