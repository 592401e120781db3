"""A site on which instances of one built release are deployed, by either way of running buildout."""

import contextlib
import shutil

import psutil
import pytest

from slap_domain.model.references import SoftwareUrl
from slap_node.buildout.warm_builders import WarmBuilders


@pytest.fixture
def warm_processes():
    """A function that finds the warm processes that run."""

    def running() -> list[psutil.Process]:
        found = []
        for child in psutil.Process().children():
            # One of another test may just have ended.
            with contextlib.suppress(psutil.NoSuchProcess):
                if "warm_process.py" in " ".join(child.cmdline()):
                    found.append(child)
        return found

    return running


@pytest.fixture(params=["slow", "warm"])
def warm(request, warm_processes):
    """The two ways of running a release's buildout; both do the same."""
    if request.param == "slow":
        yield None
        return
    warm = WarmBuilders()
    yield warm
    warm.close()
    assert warm_processes() == []


@pytest.fixture
def site(built_site):
    return built_site


@pytest.fixture
def spoiled_release(workshop):
    """A function that gives a site with a copy of the built release, to spoil."""
    workshop_site, release = workshop

    def copy(site) -> SoftwareUrl:
        directory = workshop_site.directory(release)
        site.software = site.root / "software"
        site.software.mkdir()
        site.configure()
        shutil.copytree(directory, site.directory(release), symlinks=True, ignore=lambda *_: [".python"])
        (site.directory(release) / "instance.cfg").write_text(site.HELLO.replace("$$", "$"))
        script = site.directory(release) / "bin" / "buildout"
        script.write_text('#!/bin/sh\necho "their own: $@"\n')
        return release

    return copy
