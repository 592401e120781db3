"""Binds what nodes do."""

from pytest_bdd import scenarios

scenarios("node")
