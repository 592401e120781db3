"""The --cfg option of commands, and where the configuration is without it."""

from argparse import ArgumentParser

NODE_DEFAULT = "/etc/opt/slapos/slapos.cfg"
NODE_VARIABLE = "SLAPOS_CONFIGURATION"
CLIENT_VARIABLE = "SLAPOS_CLIENT_CONFIGURATION"


def add_node_configuration(parser: ArgumentParser) -> None:
    """Add the --cfg of a command about this computer."""
    parser.add_argument(
        "--cfg", help=f"SlapOS configuration file (default: ${NODE_VARIABLE} or {NODE_DEFAULT})"
    )


def add_client_configuration(parser: ArgumentParser) -> None:
    """Add the --cfg of a command of a tenant."""
    parser.add_argument(
        "--cfg",
        help=f"SlapOS configuration file (default: ${CLIENT_VARIABLE}, or ~/.slapos/slapos-client.cfg, "
        "or ~/.slapos/slapos.cfg)",
    )
