"""opentelemetry-instrumentation-tornado, and its spans and measurements in memory.

It imports ``tornado.websocket`` and ``tornado.httpclient`` as well. Where those are not installed
this program puts the names that are looked up in their place: what is tested is the web's part.
``skip_dep_check``: it looks for a distribution called ``tornado``, which these are not.
"""

import importlib.util
import sys
import types

import observed

import tornado.web

if importlib.util.find_spec("tornado.websocket") is None:
    websocket = sys.modules["tornado.websocket"] = types.ModuleType("tornado.websocket")
    websocket.WebSocketHandler = type("WebSocketHandler", (tornado.web.RequestHandler,), {})
    sys.modules["tornado"].websocket = websocket
if importlib.util.find_spec("tornado.httpclient") is None:
    client = sys.modules["tornado.httpclient"] = types.ModuleType("tornado.httpclient")
    client.AsyncHTTPClient = type("AsyncHTTPClient", (), {"fetch": lambda self: None})
    client.HTTPRequest = type("HTTPRequest", (), {})
    client.HTTPError = type("HTTPError", (Exception,), {})
    sys.modules["tornado"].httpclient = client

from opentelemetry.instrumentation.tornado import TornadoInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import (
    InMemorySpanExporter,
)

exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
tracer = provider.get_tracer("test")
instrumentor = TornadoInstrumentor()
instrumentor.instrument(
    tracer_provider=provider,
    meter_provider=MeterProvider(metric_readers=[reader]),
    skip_dep_check=True,
)


class Inner(observed.Later):
    """A span of the program's own is a child of the request's, after an await as well."""

    async def get(self):
        await super().get()
        with tracer.start_as_current_span("inner"):
            pass


observed.Later = Inner


def check(port):
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    parent = {"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"}
    assert observed.ask(port, "GET", "/plain/you", **parent)[2] == b"hello you"
    assert observed.ask(port, "GET", "/later")[0] == 202
    assert observed.ask(port, "POST", "/fails", "n=1")[0] == 500
    assert observed.ask(port, "GET", "/refuses")[0] == 403
    assert observed.ask(port, "PUT", "/upload", b"12345")[2] == b"5"
    assert observed.ask(port, "GET", "/nowhere")[0] == 404
    spans = exporter.get_finished_spans()
    assert f"{spans[0].context.trace_id:032x}" == trace_id, "the caller's trace goes on"


observed.run(check)
spans = [span for span in exporter.get_finished_spans() if span.name != "inner"]
(inner,) = (span for span in exporter.get_finished_spans() if span.name == "inner")
seen = [
    (span.name, span.attributes.get("http.target"), span.attributes.get("http.status_code"))
    for span in spans
]
assert seen == [
    ("GET /plain/{name}", "/plain/you", 200),
    ("GET /later", "/later", 202),
    ("POST /fails", "/fails", 500),
    ("GET /refuses", "/refuses", 403),
    ("PUT /upload", "/upload", 200),
    ("GET", "/nowhere", 404),
], seen
assert inner.parent.span_id == spans[1].context.span_id
(error,) = spans[2].events
assert error.attributes["exception.type"] == "ZeroDivisionError"
assert spans[0].attributes["net.peer.ip"] == "127.0.0.1"

measured = {
    metric.name
    for resource in reader.get_metrics_data().resource_metrics
    for scope in resource.scope_metrics
    for metric in scope.metrics
}
assert measured >= {"http.server.duration", "http.server.active_requests"}, measured

instrumentor.uninstrument()
before = len(exporter.get_finished_spans())
observed.run(lambda port: observed.ask(port, "GET", "/later"))
names = [span.name for span in exporter.get_finished_spans()[before:]]
assert names == ["inner"], names
print("as it should be")
