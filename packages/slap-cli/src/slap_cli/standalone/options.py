"""What the standalone commands have in common on the command line."""

from argparse import ArgumentParser, ArgumentTypeError

from slap_domain.errors import RequestRefused


def add_directory(parser: ArgumentParser) -> None:
    """Add --directory."""
    parser.add_argument(
        "--directory",
        metavar="DIR",
        help="where everything is kept (default: slapos/standalone in your state directory, which is "
        "$XDG_STATE_HOME or ~/.local/state)",
    )


def name_of_service(word: str) -> str:
    """Read the word after --name.

    Raises:
        ArgumentTypeError: no service can be called so.
    """
    from slap_domain.model.references import instance_title

    try:
        return instance_title(word)
    except RequestRefused as error:
        raise ArgumentTypeError(str(error)) from error


def parameter(word: str) -> str:
    """Read a word after --parameters.

    Raises:
        ArgumentTypeError: it is not name=value.
    """
    from slap_cli.tenant.parameters import from_words

    try:
        from_words([word], "--parameters")
    except RequestRefused as error:
        raise ArgumentTypeError(f"{word!r} is not name=value") from error
    return word


def number_of_partitions(word: str) -> int:
    """Read the word after --partitions.

    Raises:
        ArgumentTypeError: it is no whole number, or less than 1.
    """
    try:
        number = int(word)
    except ValueError:
        number = 0
    if number < 1:
        raise ArgumentTypeError(f"{word!r} is not a whole number from 1")
    return number


def seconds(word: str) -> float:
    """Read a word that says how long.

    Raises:
        ArgumentTypeError: it is no number, negative or endless.
    """
    try:
        number = float(word)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise ArgumentTypeError(f"{word!r} is not a number of seconds")
    return number
