"""The recipes of the release that features build without the package index."""

from setuptools import setup

setup(
    name="local-recipe",
    version="1",
    py_modules=["local_recipe"],
    entry_points={"zc.buildout": ["file = local_recipe:File", "instance = local_recipe:Instance"]},
)
