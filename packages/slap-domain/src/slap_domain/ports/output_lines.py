"""Who is told each line that a program prints, while it runs."""

from collections.abc import Callable

OnLine = Callable[[str], None]
