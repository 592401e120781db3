"""Navigates the HATEOAS interface of a master: search, then traverse (wire-hateoas part A)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from slap_domain.errors import InvalidInput, MasterUnreachable, NotFound
from slap_http_adapter.client.links import linked
from slap_http_adapter.client.uri_template import expanded
from slap_http_adapter.wire import fields as wire_fields

if TYPE_CHECKING:
    from slap_http_adapter.client.connection import Connection

_VIEW = "slaposjs_view"
# A master that pages its answers gives 40 rows unless told otherwise.
_ROW_LIMIT = "10000"
_TREES = 'portal_type:"Instance Tree" AND validation_state:validated'
_COMPUTERS = 'portal_type:"Compute Node" AND validation_state:validated'
_READ_TYPES = frozenset({"StringField", "EmailField", "IntegerField", "FloatField", "TextAreaField"})

Row = Mapping[str, object]


class Hateoas:
    """Finds and reads the documents of a master. The root document is fetched once."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._root: dict[str, object] | None = None

    def instance_trees(self) -> list[Row]:
        """Return the rows of the caller's instance trees: title and release."""
        return self.search(_TREES, ("title", "url_string"))

    def instance_tree(self, title: str) -> Row:
        """Return the properties of an instance tree.

        Raises:
            NotFound: there is none of that title.
        """
        rows = self.search(f'{_TREES} AND title:="{_quoted(title)}"', ("title", "relative_url"))
        return self.traverse(_only(rows, "title", title))

    def computers(self) -> list[Row]:
        """Return the rows of the caller's computers: title and reference."""
        return self.search(_COMPUTERS, ("title", "reference"))

    def computer(self, reference: str) -> Row:
        """Return the properties of a computer.

        Raises:
            NotFound: there is none of that reference.
        """
        query = f'{_COMPUTERS} AND reference:="{_quoted(reference)}"'
        return self.traverse(_only(self.search(query, ("reference", "relative_url")), "reference", reference))

    def search(self, query: str, columns: tuple[str, ...]) -> list[Row]:
        """Return the rows that a query finds.

        Raises:
            MasterUnreachable: the answer is none.
        """
        url = self._expanded("raw_search", {"query": query, "select_list": columns, "limit": _ROW_LIMIT})
        document = self._connection.document(url)
        try:
            embedded = wire_fields.mapping(document, "_embedded")
            return list(wire_fields.mappings(embedded, "contents"))
        except InvalidInput as error:
            raise _misunderstood(url, error) from error

    def traverse(self, relative_url: str) -> Row:
        """Return the properties of a document.

        Raises:
            MasterUnreachable: the answer is no document.
        """
        url = self._expanded("traverse", {"relative_url": relative_url, "view": _VIEW})
        document = self._connection.document(url)
        try:
            view = wire_fields.mapping(wire_fields.mapping(document, "_embedded"), "_view")
            return _properties(view)
        except InvalidInput as error:
            raise _misunderstood(url, error) from error

    def link(self, name: str) -> str:
        """Return a link of the root document.

        Raises:
            MasterUnreachable: it has none of that name.
        """
        try:
            return wire_fields.required_text(self._named(name), "href")
        except InvalidInput as error:
            raise _misunderstood(self._connection.hateoas_url(), error) from error

    def own_link(self) -> str:
        """Return where the root document says that it is, empty when it does not say so.

        Raises:
            MasterUnreachable: the answer is no document.
        """
        return self.link("self") if "href" in self._named("self") else ""

    def _named(self, name: str) -> Row:
        url = self._connection.hateoas_url()
        if self._root is None:
            self._root = self._connection.document(url, fresh=True)
        try:
            return wire_fields.mapping(wire_fields.mapping(self._root, "_links"), name)
        except InvalidInput as error:
            raise _misunderstood(url, error) from error

    def _expanded(self, link: str, values: Mapping[str, str | tuple[str, ...]]) -> str:
        template = self.link(link)
        url = self._connection.hateoas_url()
        try:
            return linked(url, expanded(template, values))
        except InvalidInput as error:
            raise _misunderstood(url, error) from error


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _only(rows: list[Row], key: str, wanted: str) -> str:
    found = [row for row in rows if row.get(key, wanted) == wanted]
    if not found:
        raise NotFound(f"{wanted!r} does not exist")
    return wire_fields.required_text(found[0], "relative_url")


def _properties(view: Mapping[str, object]) -> Row:
    found: dict[str, object] = {}
    for key in view:
        prefix, _, name = key.partition("_")
        if prefix not in {"my", "your"}:
            continue
        field = wire_fields.mapping(view, key)
        if field.get("type") in _READ_TYPES:
            found[name] = field.get("default")
    return found


def _misunderstood(url: str, error: InvalidInput) -> MasterUnreachable:
    return MasterUnreachable(
        f"{url} answered what is no HATEOAS document: {error.message}",
        hint="does master_rest_url lead to the HATEOAS interface of a master?",
    )
