"""Finds the software release that a person means: a URL, a path, an alias, or a product of the master."""

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from slap_domain.errors import InvalidInput, NotFound
from slap_domain.model.references import SoftwareUrl, software_url

_PRODUCT = "product."
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


class Products(Protocol):
    """What a master knows of software products."""

    def releases_of_product(self, product: str) -> tuple[SoftwareUrl, ...]:
        """Return the releases of a product, best first."""
        ...


def release_meant(text: str, aliases: Mapping[str, str], products: Products) -> SoftwareUrl:
    """Return the URL, or the absolute path, of the release that a person named.

    Args:
        aliases: URLs by name, from the configuration.
        products: the master, asked only for a product.
        text: a URL, a path, an alias of the configuration, or `product.` and a name known to the master.

    Raises:
        NotFound: the master has no such product.
        InvalidInput: it is none of these.
    """
    if text in aliases:
        return software_url(aliases[text])
    if text.startswith(_PRODUCT):
        return _best(text.removeprefix(_PRODUCT), aliases, products)
    if _SCHEME.match(text):
        return software_url(text)
    path = Path(text)
    # Not asked of `Path`, which raises where this user may not look: nodes may.
    if os.path.isdir(path):  # noqa: PTH112 - as the empty text is
        raise InvalidInput(
            f"software release {text!r} is a directory" if text else "the software release is empty",
            hint="name the file that describes the release, such as software.cfg in its directory",
        )
    if os.path.exists(path):  # noqa: PTH110
        return software_url(str(path.resolve()))
    if path.is_absolute():
        return software_url(text)  # it may exist on the node
    raise InvalidInput(
        f"software release {text!r} is no URL, no file and no alias", hint=_known(aliases, text)
    )


def _best(product: str, aliases: Mapping[str, str], products: Products) -> SoftwareUrl:
    releases = products.releases_of_product(product)
    if not releases:
        nearest = difflib.get_close_matches(product, aliases, n=1)
        meant = f"did you mean the alias {nearest[0]}? " if nearest else ""
        raise NotFound(
            f"the master knows no software product {product!r}",
            hint=f"{meant}its owner names the products; the URL or path of a release works too",
        )
    return releases[0]


def _known(aliases: Mapping[str, str], text: str) -> str:
    if not aliases:
        return "define it as an alias, a line `name url` under `alias =` in section [slapconsole]"
    nearest = difflib.get_close_matches(text, aliases, n=1)
    meant = f"did you mean {nearest[0]}? " if nearest else ""
    return f"{meant}the aliases are {', '.join(sorted(aliases))}"
