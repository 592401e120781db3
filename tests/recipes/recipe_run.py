"""Runs published recipes in an interpreter that has them and our library, and prints what came of it.

Reads `{"url": ..., "computer": ..., "partition": ...}` on stdin, writes a JSON object on stdout.
"""

import json
import logging
import sys

from slapos.recipe.publish import Recipe as Publish
from slapos.recipe.publish import Serialised as PublishSerialised
from slapos.recipe.request import Recipe as Request
from slapos.recipe.request import RequestJSONEncoded, RequestOptional

import slapos.slap.slap
from slapos import slap


class Options(dict):
    """A section of a buildout, which keeps any value."""

    def copy(self):
        return Options(self)


def outcome(action):
    """Return what an action gives, or the exception it raises."""
    try:
        return action()
    except Exception as error:  # noqa: BLE001 - whatever a recipe raises is told
        return f"{type(error).__name__}: {error}"


def main():
    """Run the recipes."""
    logging.disable(logging.CRITICAL)
    task = json.load(sys.stdin)
    here = {"computer-id": task["computer"], "partition-id": task["partition"], "server-url": task["url"]}
    buildout = {"slap-connection": Options(here, **{"software-release-url": "https://example.com/sr.cfg"})}

    def run(recipe, name, /, **options):
        section = buildout[name] = Options(
            here, **{key.replace("_", "-"): value for key, value in options.items()}
        )
        made = recipe(buildout, name, section)
        return made.install(), dict(section)

    wanted = {"software_url": "https://example.com/sr.cfg", "software_type": "db", "config_size": "10"}
    found = {
        "library": slap.__file__,
        "module": slapos.slap.slap.__name__ if isinstance(slapos.slap.slap, type) else "",
        "publish": outcome(lambda: run(Publish, "publish", recipe="x", url="http://web/")[0]),
        "request": outcome(
            lambda: {
                key: str(value)
                for key, value in run(Request, "request-db", name="db", **wanted)[1].items()
                if key.startswith(("instance", "requested"))
            }
        ),
        "request return": outcome(
            lambda: run(Request, "request-db", name="db", **{"return": "url"}, **wanted)
        ),
        "request optional": outcome(
            lambda: run(RequestOptional, "request-more", name="more", **{"return": "url"}, **wanted)[0]
        ),
        "request refused": outcome(lambda: run(Request, "request-more", name="more", **wanted)[0]),
        "request serialised": outcome(lambda: run(RequestJSONEncoded, "request-db", name="db", **wanted)[0]),
        "publish serialised": outcome(
            lambda: run(PublishSerialised, "publish-json", recipe="x", url="http://web/", port="80")[0]
        ),
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
