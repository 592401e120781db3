"""The options that `node software`, `instance`, `report` and `promise` have in common."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping
from types import MappingProxyType

from slap_cli.options import add_node_configuration

_NO_EFFECT = "accepted for compatibility, without effect"

# Option, metavar, help; each overrides the key of the configuration with the same name.
_OVERRIDES = (
    ("--instance-root", "directory of the partitions"),
    ("--software-root", "directory of the software releases"),
    ("--master-url", "URL of the master"),
    ("--computer-id", "id of this computer on the master"),
    ("--key_file", "key of the client certificate for the master"),
    ("--cert_file", "client certificate for the master"),
    ("--signature_private_key_file", "key that signs what is uploaded to a network cache"),
    ("--master_ca_file", "certificates by which the master is verified"),
    ("--certificate_repository_path", "directory of the certificates of partitions"),
    ("--maximum-periodicity", "seconds after which an unchanged instance is processed again"),
    ("--promise-timeout", "seconds that a promise may take (default: 20)"),
    ("--partition-timeout", "seconds that the deployment of one instance may take (default: no limit)"),
)
# Relative to where the command is run, as paths of a command line are.
_PATHS = (
    *("instance_root", "software_root", "key_file", "cert_file", "signature_private_key_file"),
    *("master_ca_file", "certificate_repository_path", "pidfile"),
)
_WITHOUT_EFFECT = (
    ("--supervisord-socket", "the socket is always sv.sock in the instance root"),
    ("--supervisord-configuration-path", "it is always etc/supervisord.conf in the instance root"),
    ("--buildout", "each release brings its own buildout"),
)
# For the passes that upload nothing.
SIGNS_NOTHING: Mapping[str, str] = {
    "--signature_private_key_file": "`node software` alone signs what it uploads",
}


def add_pass_options(
    parser: ArgumentParser, *, pidfile_key: str, unused: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Add the options of a pass over releases or instances.

    Args:
        parser: of the command.
        pidfile_key: the key of [slapos] that names the pid file of this pass.
        unused: the options that this pass takes and does without, each with the reason.
    """
    add_node_configuration(parser)
    for option, explanation in _OVERRIDES:
        reason = unused.get(option)
        parser.add_argument(option, help=f"{_NO_EFFECT} here: {reason}" if reason else explanation)
    parser.add_argument(
        "--pidfile",
        help=f"pid file, held while it runs (default: `{pidfile_key}` or `pidfile` of the configuration, "
        "else below var/run of the instance root)",
    )
    for option, reason in _WITHOUT_EFFECT:
        parser.add_argument(option, help=f"{_NO_EFFECT}: {reason}")
    parser.add_argument(
        "--now",
        action="store_true",
        help="start at once, whatever maximal_delay says; the default without it",
    )
    parser.add_argument(
        "--maximal_delay",
        type=int,
        help="deprecated, set it in the configuration: longest random sleep, in seconds, before it starts",
    )
    parser.add_argument(
        "--jobs",
        type=_at_least_one,
        help="how many are worked on at once (default: the number of processors)",
    )


def some_names(text: str) -> str:
    """Return names, separated by commas, as they were given.

    Raises:
        ArgumentTypeError: there is none: an empty variable of a script must not choose everything.
    """
    if not text.replace(",", " ").strip():
        raise ArgumentTypeError("it names none; without the option, all are meant")
    return text


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def add_buildout_debug(parser: ArgumentParser) -> None:
    """Add --buildout-debug."""
    parser.add_argument(
        "--buildout-debug",
        action="store_const",
        const="true",
        help="run buildout in debug mode (its option -D): a failure opens the debugger",
    )


def overrides(options: Namespace) -> dict[str, object]:
    """Return what the command line says over the configuration, under the keys of the file."""
    names = [option.removeprefix("--").replace("-", "_") for option, _ in _OVERRIDES]
    values: dict[str, object] = {name: getattr(options, name) for name in names}
    values["pidfile"] = options.pidfile
    values |= {name: _absolute(str(values[name])) for name in _PATHS if values[name]}
    values["maximal_delay"] = 0 if options.now else options.maximal_delay
    values["jobs"] = options.jobs
    values["buildout_debug"] = getattr(options, "buildout_debug", None)
    for name in ("only_sr", "only_cp"):
        chosen = getattr(options, name, None)
        values[name] = None if chosen is None else ",".join(chosen)
    if getattr(options, "all", False):
        values["develop"] = "true"
    if options.pidfile:
        # The command line wins over the key of the pass as well.
        values |= dict.fromkeys(("pidfile_software", "pidfile_instance", "pidfile_report"), values["pidfile"])
    return values


def _absolute(path: str) -> str:
    from pathlib import Path

    return str(Path(path).expanduser().absolute())
