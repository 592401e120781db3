"""Binds what tenants do."""

from pytest_bdd import scenarios

scenarios("tenant")
