"""sentry-sdk with its integration, as its manual says, and its events in a list."""

import observed
import sentry_sdk
from sentry_sdk.integrations.tornado import TornadoIntegration
from sentry_sdk.transport import Transport


class Kept(Transport):
    envelopes = []

    def capture_envelope(self, envelope):
        self.envelopes.append(envelope)

    def items(self, kind):
        return [i.payload.json for e in self.envelopes for i in e.items if i.type == kind]


sentry_sdk.init(
    dsn="http://key@127.0.0.1:9/1",
    transport=Kept,
    traces_sample_rate=1.0,
    integrations=[TornadoIntegration()],
)


def check(port):
    assert observed.ask(port, "GET", "/plain/you?a=b")[2] == b"hello you"
    assert observed.ask(port, "GET", "/later")[0] == 202
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert observed.ask(port, "POST", "/fails", "n=1", **form)[0] == 500
    assert observed.ask(port, "GET", "/refuses")[0] == 403
    assert observed.ask(port, "PUT", "/upload", b"12345")[2] == b"5"
    assert observed.talk(port, "hello", "fail") == ["hello", None]


assert sentry_sdk.get_client().get_integration(TornadoIntegration), "the integration refused"
observed.run(check)
kept = sentry_sdk.get_client().transport

error, in_socket = kept.items("event")
(exception,) = error["exception"]["values"]
assert (exception["type"], exception["value"]) == ("ZeroDivisionError", "on purpose")
assert exception["mechanism"]["type"] == "tornado"
assert error["transaction"] == "observed.Fails.post"
request = error["request"]
assert request["url"].startswith("http://127.0.0.1:")
assert request["url"].endswith("/fails")
assert (request["method"], request["data"]) == ("POST", {"n": ["1"]}), request

(exception,) = in_socket["exception"]["values"]
assert (exception["type"], exception["value"]) == ("LookupError", "in a WebSocket")
assert in_socket["transaction"].endswith(".WebSocketHandler.get"), in_socket["transaction"]
assert in_socket["request"]["url"].endswith("/socket")

assert [transaction["transaction"] for transaction in kept.items("transaction")] == [
    "observed.Plain.get",
    "observed.Later.get",
    "observed.Fails.post",
    "observed.Refuses.get",
    "observed.Upload.put",
    in_socket["transaction"],
]
print("as it should be")
