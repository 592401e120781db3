"""Turns decoded documents into a library's own objects."""

from collections.abc import Callable, Mapping
from typing import Any

from slap_http_adapter.wire.values import WireObject


def revived(value: object, classes: Mapping[str, Callable[..., Any]]) -> Any:  # noqa: ANN401 - any value
    """Return a decoded value with library objects in place of wire objects.

    What the document shares stays shared, cycles included. An object is built from its arguments; then its
    attributes are set.

    Args:
        value: what was decoded.
        classes: what builds an object of each class that may travel.
    """
    return _Revival(classes).of(value)


class _Revival:
    def __init__(self, classes: Mapping[str, Callable[..., Any]]) -> None:
        self._classes = classes
        self._known: dict[int, Any] = {}

    def of(self, value: object) -> object:
        if id(value) in self._known:
            return self._known[id(value)]
        if isinstance(value, WireObject):
            return self._object(value)
        if isinstance(value, dict):
            return self._dictionary(value)
        if isinstance(value, list):
            return self._list(value)
        if isinstance(value, tuple):
            return tuple(self.of(item) for item in value)
        return value

    def _object(self, value: WireObject) -> object:
        made = self._classes[value.class_name](*[self.of(item) for item in value.initargs])
        self._known[id(value)] = made
        vars(made).update({key: self.of(item) for key, item in value.state.items()})
        return made

    def _dictionary(self, value: dict[object, object]) -> object:
        made: dict[object, object] = {}
        self._known[id(value)] = made
        made.update({key: self.of(item) for key, item in value.items()})
        return made

    def _list(self, value: list[object]) -> object:
        made: list[object] = []
        self._known[id(value)] = made
        made.extend(self.of(item) for item in value)
        return made
