import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from slap_domain.errors import Cancelled, DeploymentFailed, HostFailure
from slap_domain.model.instance import InstanceState
from slap_domain.model.references import SoftwareUrl
from slap_domain.ports.instance_builder import InstanceBuild
from slap_domain.testing.instance_builder import InstanceBuilderContract
from slap_node.buildout.instance_builder import BuildoutInstanceBuilder
from slap_node.buildout.warm_builders import WarmBuilders
from slap_node.programs.environment import environment_of_runs


def warm_processes():
    found = []
    for child in psutil.Process().children():
        # One of another test may just have ended.
        with contextlib.suppress(psutil.NoSuchProcess):
            if "warm_process.py" in " ".join(child.cmdline()):
                found.append(child)
    return found


@pytest.fixture(params=["slow", "warm"])
def warm(request):
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
def spoiled_release(workshop, tmp_path):
    """A function that gives a site with a copy of the built release, to spoil."""
    workshop_site, release = workshop

    def copy(site) -> SoftwareUrl:
        directory = workshop_site.directory(release)
        site.software = site.root / "software"
        site.software.mkdir()
        site.configure()
        shutil.copytree(directory, site.directory(release), symlinks=True, ignore=lambda *_: [".python"])
        (site.directory(release) / "instance.cfg").write_text(HELLO.replace("$$", "$"))
        script = site.directory(release) / "bin" / "buildout"
        script.write_text('#!/bin/sh\necho "their own: $@"\n')
        return release

    return copy


def built(site, instance: str):
    return site.deployable(instance)


def deploy(site, build: InstanceBuild, warm=None, **options) -> list[str]:
    texts: list[str] = []
    BuildoutInstanceBuilder(settings=site.settings, warm=warm, **options).build(build, texts.append)
    return lines_of(texts)


def lines_of(texts: list[str]) -> list[str]:
    """Return the lines of an output, of which several may be told at once."""
    return "\n".join(texts).split("\n")


HELLO = """
[buildout]
parts = hello
[hello]
recipe = demo_recipes:write
text = hello
path = $${buildout:directory}/etc/hello
"""


class TestContract(InstanceBuilderContract):
    @pytest.fixture(autouse=True)
    def on(self, site, warm):
        self.site, self.warm = site, warm

    def make_builder(self) -> BuildoutInstanceBuilder:
        return BuildoutInstanceBuilder(settings=self.site.settings, warm=self.warm)

    def make_build(self, builder, *, fails: bool = False) -> InstanceBuild:
        profile = HELLO.replace(":write", ":missing") if fails else HELLO
        return self.site.build_of(built(self.site, profile))


def test_a_profile_is_deployed_by_the_partitions_user(site, warm):
    profile = """
    [buildout]
    parts = spy hello
    [spy]
    recipe = demo_recipes:run
    code = print("ids", os.getuid(), os.getgid(), os.umask(0));\
      [print(f"env {name}={value}") for name, value in os.environ.items()];\
      print("fds", os.listdir("/proc/self/fd")); print("session", os.getsid(0) == os.getpid(), os.getcwd());\
      print("python", sys.executable, sys.prefix)
    [hello]
    recipe = demo_recipes:write
    text = $${slap-connection:computer-id} $${slap-connection:partition-id} $${slap_connection:server_url}
      $${slap-connection:requested-state} $${slap-connection:software-release-url}
    path = $${buildout:directory}/etc/hello
    """
    release = built(site, profile)
    place = site.partition()

    lines = deploy(site, site.build_of(release, state=InstanceState.STOPPED), warm)

    words = (Path(place.path) / "etc" / "hello").read_text().split()
    assert words == ["COMP-1", "slappart0", "http://127.0.0.1:1", "stopped", release]
    environment = dict(
        line.removeprefix("env ").partition("=")[::2] for line in lines if line.startswith("env ")
    )
    assert environment["HOME"] == str(place.path)
    assert environment["SLAPGRID_INSTANCE_ROOT"] == str(site.root / "instance")
    usual = environment_of_runs(os.environ, home=place.path)
    assert set(environment) - {"LC_CTYPE"} <= {*usual, "SLAPGRID_INSTANCE_ROOT"}
    owner = site.account_of(Path(place.path))
    ids = (owner.uid, owner.gid) if owner else (os.getuid(), os.getgid())
    assert f"ids {ids[0]} {ids[1]} {0o027}" in lines
    (descriptors,) = [line for line in lines if line.startswith("fds")]
    assert descriptors.count("'") <= 2 * 5  # 0, 1, 2, the listing itself, at most one of zc.buildout
    assert f"session True {place.path}" in lines
    python = site.directory(release) / ".python"
    assert f"python {python}/bin/python {python}" in lines


def test_the_profile_has_the_documented_tail_and_mode(site):
    site.configure(
        shared_part_list="/opt/shared", instance_storage_home="/srv/data", certificate_repository_path="/pki"
    )
    release = built(site, HELLO)
    place = site.partition()

    deploy(site, site.build_of(release))

    profile = Path(place.path) / "buildout.cfg"
    assert profile.stat().st_mode & 0o777 == 0o640
    tail = profile.read_text().partition("# What follows is added by the node.\n")[2]
    assert tail == (
        "[buildout]\nbin-directory = ${buildout:directory}/sbin\noffline = true\n\n"
        "[slap-connection]\ncomputer-id = COMP-1\npartition-id = slappart0\nserver-url = http://127.0.0.1:1\n"
        f"software-release-url = {release}\nkey-file = /pki/slappart0.key\ncert-file = /pki/slappart0.crt\n"
        "shared-part-list = \n  /opt/shared\nbuild-time-part-list = \nrequested-state = started\n\n"
        "[slap_connection]\ncomputer_id = COMP-1\npartition_id = slappart0\nserver_url = http://127.0.0.1:1\n"
        f"software_release_url = {release}\nkey_file = /pki/slappart0.key\ncert_file = /pki/slappart0.crt\n\n"
        "[storage-configuration]\nstorage-home = /srv/data\n\n[network-information]\nglobal-ipv4-network = \n"
    )
    link = Path(place.path) / "software_release"
    assert link.readlink() == site.directory(release)
    if site.is_root:
        assert site.owner(profile) == "daemon"


def test_values_that_are_no_strings_are_kept_and_found_unchanged(site, warm):
    profile = """
    [buildout]
    parts = objects page
    [objects]
    recipe = demo_recipes:objects
    name = é
    [page]
    recipe = demo_recipes:render
    of = objects:mapping copied:value objects:set
    path = $${buildout:directory}/page
    [copied]
    value = $${objects:mapping}
    """
    build = site.build_of(built(site, profile))

    first, second = deploy(site, build, warm), deploy(site, build, warm)

    mapping = "{'name': 'é', 'list': [1, 2.5, None, True]}"
    assert (Path(build.place.path) / "page").read_text().startswith(f"{mapping} {mapping} {{")
    installed = (Path(build.place.path) / ".installed.cfg").read_text()
    assert f"mapping = !py!{mapping}" in installed
    assert "_profile_base_location_" not in installed
    assert "Installing objects." in first
    assert [line for line in second if "nstalling" in line] == []


def test_a_part_is_installed_again_when_what_its_recipe_took_changed(site, warm):
    profile = """
    [buildout]
    parts = page
    [source]
    recipe = demo_recipes:objects
    name = $${slap-connection:requested-state}
    other = $${slap-connection:partition-id}
    [page]
    recipe = demo_recipes:render
    of = source:mapping
    path = $${buildout:directory}/page
    """
    release = built(site, profile)
    deploy(site, site.build_of(release), warm)

    lines = deploy(site, site.build_of(release, state=InstanceState.STOPPED), warm)

    assert "stopped" in (Path(site.partition().path) / "page").read_text()
    assert "Installing page." in lines


def test_a_failure_tells_the_line_that_matters(site, warm):
    profile = """
    [buildout]
    parts = bad
    [bad]
    recipe = demo_recipes:run
    code = raise ValueError("this is why")
    """
    with pytest.raises(DeploymentFailed) as failure:
        deploy(site, site.build_of(built(site, profile)), warm)
    assert failure.value.message == "the instance does not deploy: ValueError: this is why"
    assert "Traceback" in failure.value.log


def test_a_hung_recipe_is_killed_with_all_it_started(site, warm):
    profile = """
    [buildout]
    parts = hang
    [hang]
    recipe = demo_recipes:run
    code = import subprocess; child = subprocess.Popen(["sleep", "1000"], start_new_session=True);\
      print("pids", os.getpid(), child.pid, flush=True); time.sleep(1000)
    """
    release = built(site, profile)
    site.configure(partition_timeout=4)
    lines: list[str] = []
    builder = BuildoutInstanceBuilder(settings=site.settings, warm=warm)

    with pytest.raises(DeploymentFailed, match="more than 4 seconds"):
        builder.build(site.build_of(release), lines.append)

    (pids,) = [line for line in lines_of(lines) if line.startswith("pids")]
    deadline = time.monotonic() + 5
    while any(_runs(int(pid)) for pid in pids.split()[1:]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    site.configure(partition_timeout=60)
    assert deploy(site, site.build_of(built(site, HELLO)), warm)


def _runs(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_cancelled_deployment_is_killed_and_no_failure(site, warm):
    profile = "[buildout]\nparts = hang\n[hang]\nrecipe = demo_recipes:run\ncode = time.sleep(1000)\n"
    release = built(site, profile)
    cancel = threading.Event()
    threading.Timer(2.0, cancel.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        deploy(site, site.build_of(release), warm, cancel=cancel)
    assert time.monotonic() - began < 30


def test_ten_megabytes_of_output_are_no_trouble(site, warm):
    profile = """
    [buildout]
    parts = loud
    [loud]
    recipe = demo_recipes:run
    code = [print("x" * 1000) for i in range(10_000)]; print("the end")
    """
    lines = deploy(site, site.build_of(built(site, profile)), warm)
    assert sum(len(line) for line in lines) >= 10_000_000
    assert "the end" in lines


def test_what_a_recipe_leaves_running_ends_with_its_deployment(site, warm):
    profile = """
    [buildout]
    parts = daemon
    [daemon]
    recipe = demo_recipes:run
    code = import subprocess as s; child = s.Popen(["/bin/sleep", "300"], start_new_session=True, env={});\
      print("daemon", child.pid)
    """
    lines = deploy(site, site.build_of(built(site, profile)), warm)
    (line,) = [line for line in lines if line.startswith("daemon")]
    with pytest.raises(ProcessLookupError):
        os.kill(int(line.split()[1]), 0)


def test_partitions_are_deployed_at_once_without_mixing(site, warm):
    release = built(
        site,
        """
        [buildout]
        parts = hello
        [hello]
        recipe = demo_recipes:run
        code = [print("partition", os.path.basename(os.getcwd()), number) for number in range(50)]
        """,
    )
    places = [site.partition(f"slappart{index}") for index in range(6)]
    printed: dict[str, list[str]] = {place.id: [] for place in places}
    builder = BuildoutInstanceBuilder(settings=site.settings, warm=warm)
    threads = [
        threading.Thread(target=builder.build, args=(site.build_of(release, place), printed[place.id].append))
        for place in places
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for place in places:
        numbered = [f"partition {place.id} {number}" for number in range(50)]
        assert [line for line in lines_of(printed[place.id]) if line.startswith("partition")] == numbered


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root has partitions of other users")
def test_a_user_outside_the_group_of_the_release_is_told_of(site, warm):
    release = built(site, HELLO)
    stranger = site.build_of(release, site.partition("slappart1", user="games"))
    with pytest.raises(DeploymentFailed, match="PermissionError") as raised:
        deploy(site, stranger, warm)
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
        deploy(site, site.build_of(release), None)
    assert "not built completely" in raised.value.hint


def test_a_release_without_its_own_python_is_run_as_it_is(site, spoiled_release):
    release = spoiled_release(site)
    warm = WarmBuilders()
    try:
        assert deploy(site, site.build_of(release), warm) == ["their own: -U"]
    finally:
        warm.close()


def test_a_warm_process_that_died_is_done_without(site):
    release = built(site, HELLO)
    warm = WarmBuilders()
    try:
        deploy(site, site.build_of(release), warm)
        (process,) = warm_processes()
        process.kill()
        process.wait()
        assert deploy(site, site.build_of(release), warm)
        assert deploy(site, site.build_of(release), warm)
    finally:
        warm.close()


def test_a_warm_process_ends_with_its_node(site, tmp_path):
    release = built(site, HELLO)
    place = site.partition()
    code = f"""
import os, sys, threading, time
from pathlib import PurePosixPath
from slap_node.buildout.warm_builders import WarmBuilders
from slap_node.programs.environment import environment_of_runs
from slap_node.programs.processes import Command
release = PurePosixPath({str(site.directory(release))!r})
script = str(release / "bin" / "buildout")
command = Command(argv=("python", script, "-U"), directory=PurePosixPath({str(place.path)!r}))
WarmBuilders().run(release, command, print, threading.Event())
import psutil
print("warm", *[child.pid for child in psutil.Process().children()], flush=True)
time.sleep(1000)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as node:
        warm = next(line for line in node.stdout if line.startswith("warm")).split()[1:]
        assert len(warm) == 1
        node.kill()
    deadline = time.monotonic() + 5
    while _runs(int(warm[0])):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_release_may_bring_its_own_bootstrap(site, spoiled_release):
    release = spoiled_release(site)
    script = site.directory(release) / "bin" / "bootstrap.sh"
    script.write_text(
        "#!/bin/sh\nmkdir -p sbin\nprintf '#!/bin/sh\\necho from sbin: $@ in $PWD\\n' > sbin/buildout\n"
        "chmod +x sbin/buildout\n"
    )
    script.chmod(0o755)
    place = site.partition()

    assert deploy(site, site.build_of(release)) == [f"from sbin: -U in {place.path}"]

    script.write_text("#!/bin/sh\necho no\nexit 3\n")
    with pytest.raises(DeploymentFailed, match="bootstrap fails: no"):
        deploy(site, site.build_of(release))
    (site.directory(release) / "bin" / "bootstrap2").touch()
    with pytest.raises(DeploymentFailed, match="more than one bootstrap"):
        deploy(site, site.build_of(release))


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
        deploy(site, build)


def test_an_old_template_is_used_and_a_directory_in_the_links_place_left_alone(site, spoiled_release):
    release = spoiled_release(site)
    directory = site.directory(release)
    (directory / "instance.cfg").rename(directory / "template.cfg")
    place = site.partition()
    link = Path(place.path) / "software_release"
    link.symlink_to("/nowhere")
    deploy(site, site.build_of(release))
    assert link.readlink() == directory
    link.unlink()
    link.mkdir()
    deploy(site, site.build_of(release))
    assert link.is_dir()
    assert not link.is_symlink()


def test_an_eggs_directory_taken_from_the_release_is_used(site, warm):
    release = built(site, HELLO)
    directory = site.directory(release)
    profile = directory / "instance.cfg"
    head = (
        f"[buildout]\neggs-directory = {directory}/eggs/v5\n"
        f"develop-eggs-directory = {directory}/develop-eggs\n"
    )
    profile.write_text(head + HELLO.replace("$$", "$"))
    deploy(site, site.build_of(release), warm)
    assert not (directory / "eggs" / "v5" / "v5").exists()
