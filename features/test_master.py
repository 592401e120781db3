"""Binds what masters do."""

from pytest_bdd import scenarios

scenarios("master")
