"""What answers at which path."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from slap_proxy.http_api.exchange import Answer, Call
from slap_proxy.http_api.failures import FailureAnswer

Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What answers at one path.

    Attributes:
        handlers: by verb.
        failure: how an error is told.
        reads_form: the body of a POST is a form.
        long: handling may take long, or wait for somebody; it must not hold up others.
        at_once: handling only reads, and little.
        remembered: answers a POST by its headers and its body alone, as it was answered before; or says None.
    """

    handlers: Mapping[str, Handler]
    failure: FailureAnswer
    reads_form: bool = True
    long: bool = False
    at_once: bool = False
    remembered: Callable[[Call], Answer | None] | None = None

    def knows(self, verb: str) -> bool:
        """Tell whether something answers a verb."""
        return verb in self.handlers or (verb == "HEAD" and "GET" in self.handlers)

    def handler(self, verb: str) -> Handler:
        """Return what answers a verb that is known here; HEAD is answered as GET, and no body is sent."""
        return self.handlers.get(verb) or self.handlers["GET"]

    @property
    def allow(self) -> str:
        """Return the verbs for an Allow header."""
        verbs = {*self.handlers, "OPTIONS"} | ({"HEAD"} if "GET" in self.handlers else set())
        return ", ".join(sorted(verbs))


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointTable:
    """All endpoints.

    Attributes:
        fixed: by whole path.
        below: by the first part of a longer path.
    """

    fixed: Mapping[str, Endpoint]
    below: Mapping[str, Endpoint]

    def find(self, path: str) -> Endpoint | None:
        """Return what answers at a path, None when nothing does."""
        name = path.lstrip("/")
        found = self.fixed.get(name)
        if found is not None:
            return found
        first, slash, _ = name.partition("/")
        return self.below.get(first) if slash else None
