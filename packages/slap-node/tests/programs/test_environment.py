from pathlib import PurePosixPath

import pytest

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
        "PIP_INDEX_URL": "https://packages.example/wheels",
        "HOME": "/home/someone",
    }

    assert environment_of_runs(caller, home=HOME) == caller | {
        "HOME": "/srv/release",
        "PYTHONNOUSERSITE": "true",
    }


@pytest.mark.parametrize(
    "name",
    [
        *(
            "LANG",
            "LC_TIME",
            "TZ",
            "no_proxy",
            "ALL_PROXY",
            "GIT_SSL_CAINFO",
            "NIX_SSL_CERT_FILE",
            "AWS_CA_BUNDLE",
        ),
        *(
            "PIP_FIND_LINKS",
            "PIP_PRE",
            "PIP_TIMEOUT",
            "PIP_ONLY_BINARY",
            "UV_INDEX_STRATEGY",
            "UV_INSECURE_HOST",
        ),
    ],
)
def test_what_says_where_things_come_from_passes(name):
    assert environment_of_runs({name: "x"}, home=HOME)[name] == "x"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "PIP_TARGET",
            "PIP_USER",
            "PIP_CACHE_DIR",
            "UV_CACHE_DIR",
            "UV_PUBLISH_TOKEN",
            "UV_INDEX_X_PASSWORD",
        ),
        *("GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK", "VIRTUAL_ENV", "TMPDIR", "CONFIG_SITE"),
    ],
)
def test_what_says_where_things_go_and_what_is_secret_does_not(name):
    assert name not in environment_of_runs({name: "x"}, home=HOME)


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
