"""The HTTP methods by which users and computers get, renew and lose their identity (node-conventions 15)."""

import json
from collections.abc import Mapping

from slap_domain.model.computer import ComputerAssignment
from slap_domain.model.references import computer_guid
from slap_http_adapter.wire.assignment import computer_object
from slap_http_adapter.wire.marshal import dumps
from slap_proxy.http_api.endpoints import Endpoint, Handler
from slap_proxy.http_api.exchange import JSON, Answer, Call, marshalled, text
from slap_proxy.http_api.failures import slap_failure
from slap_proxy.trust.issued import Issued
from slap_proxy.trust.registration import Registration

TOKEN_HEADER = b"x-access-token"


class RegistrationMethods:
    """Answers what concerns the identity of users and computers."""

    def __init__(self, registration: Registration) -> None:
        self._registration = registration

    def endpoints(self) -> Mapping[str, Endpoint]:
        """Return the endpoints by path."""
        changes: dict[str, Handler] = {
            "Person_requestComputer": self.register_computer,
            "Person_getCertificate": self.register_user,
            "requestComputer": self.request_computer,
            "generateComputerCertificate": self.computer_certificate,
            "revokeComputerCertificate": self.revoke_computer,
        }
        tokens: dict[str, Handler] = {
            "hateoas/computer_module/Base_getComputerToken": self.computer_token,
        }
        return {
            **{
                path: Endpoint(handlers={"POST": each}, failure=slap_failure)
                for path, each in changes.items()
            },
            **{
                path: Endpoint(handlers={"GET": each, "POST": each}, failure=slap_failure)
                for path, each in tokens.items()
            },
        }

    def register_computer(self, call: Call) -> Answer:
        """Register a computer with a token; its id stands in the certificate where nodes look for it."""
        token = call.header(TOKEN_HEADER)
        guid, issued = self._registration.register_computer(call.caller, token, call.required("title"))
        return _identity(issued, f"Subject: O=SlapOS, CN={guid}/emailAddress={guid}@localhost\n")

    def register_user(self, call: Call) -> Answer:
        """Give a user an identity."""
        return _identity(self._registration.register_user(call.caller, call.header(TOKEN_HEADER)))

    def request_computer(self, call: Call) -> Answer:
        """Record a computer of the caller and tell its id."""
        record = self._registration.new_computer(call.caller, call.required("computer_title"))
        return marshalled(dumps(computer_object(ComputerAssignment(guid=record.guid))))

    def computer_certificate(self, call: Call) -> Answer:
        """Give a computer a new identity: in place of one that is valid, or for a token."""
        guid = computer_guid(call.required("computer_id"))
        issued = self._registration.computer_certificate(call.caller, guid, call.header(TOKEN_HEADER))
        return marshalled(dumps({"certificate": issued.certificate, "key": issued.key}))

    def revoke_computer(self, call: Call) -> Answer:
        """Make every identity of a computer invalid."""
        self._registration.revoke_computer(call.caller, computer_guid(call.required("computer_id")))
        return text("OK")

    def computer_token(self, call: Call) -> Answer:
        """Give out a token that registers one computer."""
        token = self._registration.computer_token(call.caller)
        return Answer(body=json.dumps({"access_token": token}).encode(), content_type=JSON)


def _identity(issued: Issued, preamble: str = "") -> Answer:
    document = {"certificate": preamble + issued.certificate, "key": issued.key}
    return Answer(body=json.dumps(document).encode(), content_type=JSON)
