"""Binds what the network cache does."""

from pytest_bdd import scenarios

scenarios("network_cache")
