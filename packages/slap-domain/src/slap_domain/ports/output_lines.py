"""Who is told what a program prints, while it runs: a line, or several at once."""

from collections.abc import Callable

OnLine = Callable[[str], None]
