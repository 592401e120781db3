"""Which interpreter a script of a release names in its first line."""

from pathlib import Path, PurePosixPath

from slap_domain.errors import DeploymentFailed


def shebang(script: PurePosixPath) -> tuple[str, ...]:
    """Return the words of a script's first line, which name its interpreter; none for another program.

    Raises:
        DeploymentFailed: there is no such script.
    """
    try:
        with Path(script).open("rb") as file:
            line = file.readline(4096)
    except OSError as error:
        raise DeploymentFailed(f"the release has no {script}: {error.strerror}") from error
    if not line.startswith(b"#!"):
        return ()
    return tuple(line[2:].decode(errors="replace").split())
