"""What the library's objects have in common."""

from typing import Any

from slap_http_adapter.wire.forms import form_of_fields
from slapos.slap.connection_helper import CLASSES, ConnectionHelper, loads, marshalling
from slapos.slap.exception import ResourceNotReady


class SlapDocument:
    """An object of the master, and the way to reach the master with it."""

    _connection_helper: Any = None
    _hateoas_navigator: Any = None

    def __init__(self, connection_helper: Any = None, hateoas_navigator: Any = None) -> None:
        if connection_helper is not None:
            self._connection_helper = connection_helper
        if hateoas_navigator is not None:
            self._hateoas_navigator = hateoas_navigator

    @property
    def _helper(self) -> ConnectionHelper:
        helper: ConnectionHelper | None = self._connection_helper
        if helper is None:
            raise AttributeError(
                f"this {type(self).__name__} has no _connection_helper: get it from slap.register…()"
            )
        return helper

    @property
    def _navigator(self) -> Any:
        if self._hateoas_navigator is None:
            raise AttributeError(
                f"this {type(self).__name__} has no _hateoas_navigator: get it from slap.register…()"
            )
        return self._hateoas_navigator

    def _connected(self, other: Any) -> Any:
        """Let another object reach the master the same way, and return it."""
        other._connection_helper = self._connection_helper
        other._hateoas_navigator = self._hateoas_navigator
        return other


class SlapRequester(SlapDocument):
    """Something that requests instances."""

    def _request_form(self, fields: dict[str, Any], partition: Any = None) -> dict[str, str]:
        """Return the form of a request, in the name of a partition or of a person.

        `fields` are its values, not marshalled. Raises ValueError when parameters or filters are no
        dictionary, RuntimeError when a value cannot travel.
        """
        checked = {
            "software_type": fields["software_type"] or "default",
            "partition_parameter_xml": _dictionary(
                fields, "partition_parameter_xml", "partition_parameter_kw"
            ),
            "filter_xml": _dictionary(fields, "filter_xml", "filter_kw"),
        }
        with marshalling():
            return form_of_fields({**fields, **checked}, partition)

    def _requestComputerPartition(self, form: dict[str, str], shared: Any, partition: Any = None) -> Any:
        try:
            answer = self._helper.POST("requestComputerPartition", data=form, partition=partition)
        except ResourceNotReady:
            return self._connected(CLASSES["ComputerPartition"](request_dict=form))
        instance = loads(answer, "requestComputerPartition")
        place = instance.slap_computer_id, instance.slap_computer_partition_id
        requested = self._connected(CLASSES["ComputerPartition"](*place))
        vars(requested).update(vars(instance))
        # The partition of a shared instance is its sharer's: fetching it would tell of the sharer.
        if shared:
            requested._synced = True
        return requested


def _dictionary(fields: dict[str, Any], name: str, argument: str) -> dict[Any, Any]:
    value = {} if fields[name] is None else fields[name]
    if not isinstance(value, dict):
        raise ValueError(f"Unexpected type of {argument} {str(value)!r}")  # noqa: TRY004 - as published
    return value
