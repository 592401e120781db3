"""supervisorctl as the node runs it: what programs have printed does not steer a reader's terminal."""

import io
import sys
from typing import cast

import supervisor.supervisorctl  # type: ignore[import-untyped]

from slap_domain.model.visible_text import visible


class _VisibleOutput(io.TextIOWrapper):
    """A standard output that shows control characters as escapes."""

    def write(self, text: str) -> int:
        super().write(visible(text))
        return len(text)


def main() -> None:
    """Run supervisorctl with the process's own arguments."""
    plain = cast("io.TextIOWrapper", sys.stdout)
    encoding, errors, by_lines = plain.encoding, plain.errors, plain.line_buffering
    sys.stdout = _VisibleOutput(plain.detach(), encoding, errors, line_buffering=by_lines)
    supervisor.supervisorctl.main()


if __name__ == "__main__":
    main()
