"""Shared instances that this master answers by itself, as configured, without allocating anything."""

import re

from slap_domain.errors import InvalidInput
from slap_domain.model.instance import InstanceRequest, InstanceState, RequestedInstance
from slap_domain.model.references import same_software_type
from slap_proxy.configured_sections import Frontend

_PLACE = re.compile(r"\{([^{}]+)\}")


def frontend_answer(frontends: tuple[Frontend, ...], request: InstanceRequest) -> RequestedInstance | None:
    """Return the answer to a request that a configured frontend serves, None for any other.

    Raises:
        InvalidInput: a parameter that the frontend needs is missing.
    """
    if not request.shared:
        return None
    frontend = next((each for each in frontends if _serves(each, request)), None)
    if frontend is None:
        return None
    gone = request.state is InstanceState.DESTROYED
    return RequestedInstance(
        title=request.title,
        release=request.release,
        type=request.type,
        state=request.state or InstanceState.STARTED,
        parameters=request.parameters,
        connection={}
        if gone
        else {name: _filled(text, request) for name, text in frontend.connection.items()},
        shared=True,
    )


def _serves(frontend: Frontend, request: InstanceRequest) -> bool:
    return frontend.release == request.release and any(
        same_software_type(kind, request.type) for kind in frontend.types
    )


def _filled(text: str, request: InstanceRequest) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name == "title":
            return str(request.title)
        if request.parameters.get(name) is None:
            raise InvalidInput(f"the frontend needs the parameter {name}")
        return str(request.parameters[name])

    return _PLACE.sub(value, text)
