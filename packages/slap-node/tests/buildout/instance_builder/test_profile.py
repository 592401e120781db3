"""The profile that is deployed: what it is given, what options may be, what of the release it uses."""

import os
from pathlib import Path

from slap_domain.model.instance import InstanceState
from slap_node.programs.environment import environment_of_runs


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
    release = site.deployable(profile)
    place = site.partition()

    lines = site.deploy(site.build_of(release, state=InstanceState.STOPPED), warm)

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
    release = site.deployable(site.HELLO)
    place = site.partition()

    site.deploy(site.build_of(release))

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
    build = site.build_of(site.deployable(profile))

    first, second = site.deploy(build, warm), site.deploy(build, warm)

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
    release = site.deployable(profile)
    site.deploy(site.build_of(release), warm)

    lines = site.deploy(site.build_of(release, state=InstanceState.STOPPED), warm)

    assert "stopped" in (Path(site.partition().path) / "page").read_text()
    assert "Installing page." in lines


def test_an_old_template_is_used_and_a_directory_in_the_links_place_left_alone(site, spoiled_release):
    release = spoiled_release(site)
    directory = site.directory(release)
    (directory / "instance.cfg").rename(directory / "template.cfg")
    place = site.partition()
    link = Path(place.path) / "software_release"
    link.symlink_to("/nowhere")
    site.deploy(site.build_of(release))
    assert link.readlink() == directory
    link.unlink()
    link.mkdir()
    site.deploy(site.build_of(release))
    assert link.is_dir()
    assert not link.is_symlink()


def test_an_eggs_directory_taken_from_the_release_is_used(site, warm):
    release = site.deployable(site.HELLO)
    directory = site.directory(release)
    profile = directory / "instance.cfg"
    head = (
        f"[buildout]\neggs-directory = {directory}/eggs/v5\n"
        f"develop-eggs-directory = {directory}/develop-eggs\n"
    )
    profile.write_text(head + site.HELLO.replace("$$", "$"))
    site.deploy(site.build_of(release), warm)
    assert not (directory / "eggs" / "v5" / "v5").exists()
