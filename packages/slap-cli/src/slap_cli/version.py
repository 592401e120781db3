"""The version of the command, in one place; reading it from the package's metadata would cost 25 ms."""

VERSION = "0.1.0"
