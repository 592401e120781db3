from pathlib import PurePosixPath

from slap_node.programs.environment import DEFAULT_PATH, environment_of_runs

HOME = PurePosixPath("/srv/release")


def test_secrets_of_the_caller_do_not_pass():
    assert environment_of_runs({"MY_TOKEN": "secret", "PYTHONPATH": "/x", "LD_PRELOAD": "x"}, home=HOME) == {
        "PATH": DEFAULT_PATH,
        "HOME": "/srv/release",
        "PYTHONNOUSERSITE": "true",
    }


def test_what_builds_need_passes():
    caller = {
        "PATH": "/bin",
        "LC_ALL": "C.UTF-8",
        "https_proxy": "http://proxy.example:3128",
        "SSL_CERT_FILE": "/ca.pem",
        "PIP_INDEX_URL": "https://packages.example/simple",
        "HOME": "/home/someone",
    }

    assert environment_of_runs(caller, home=HOME) == caller | {
        "HOME": "/srv/release",
        "PYTHONNOUSERSITE": "true",
    }


def test_the_configuration_adds_names_and_the_node_adds_values():
    built = environment_of_runs(
        {"COMPILER_CACHE": "/cache", "SLAPGRID_INSTANCE_ROOT": "wrong"},
        home=HOME,
        passed=("COMPILER_CACHE", "ABSENT"),
        extra={"SLAPGRID_INSTANCE_ROOT": "/srv/slapgrid"},
    )

    assert built["COMPILER_CACHE"] == "/cache"
    assert built["SLAPGRID_INSTANCE_ROOT"] == "/srv/slapgrid"
    assert "ABSENT" not in built
