"""opentelemetry-instrumentation-tornado, and its spans and measurements in memory.

``skip_dep_check``: it looks for a distribution called ``tornado``, which these are not.
"""

import json

import observed
from opentelemetry.instrumentation.tornado import TornadoInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import (
    InMemorySpanExporter,
)
from opentelemetry.trace import SpanKind

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
    sent = json.loads(observed.ask(port, "GET", "/asks", **parent)[2])["traceparent"]
    assert observed.talk(port, "hello") == ["hello"]
    spans = exporter.get_finished_spans()
    assert f"{spans[0].context.trace_id:032x}" == trace_id, "the caller's trace goes on"
    (asks,) = (span for span in spans if span.attributes.get("http.target") == "/asks")
    (asked,) = (span for span in spans if span.attributes.get("http.target") == "/asked")
    (fetched,) = (span for span in spans if span.kind is SpanKind.CLIENT)
    assert fetched.attributes["http.url"] == f"http://127.0.0.1:{port}/asked"
    assert fetched.attributes["http.status_code"] == 200
    assert fetched.parent.span_id == asks.context.span_id, "in the trace of the handler"
    assert sent == f"00-{trace_id}-{fetched.context.span_id:016x}-01", "told to the other server"
    assert asked.parent.span_id == fetched.context.span_id


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
    ("GET /asked", "/asked", 200),
    ("GET", None, 200),
    ("GET /asks", "/asks", 200),
    ("GET /socket", "/socket", 101),
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
assert measured >= {
    "http.client.duration",
    "http.server.active_requests",
    "http.server.duration",
}, measured

instrumentor.uninstrument()
before = len(exporter.get_finished_spans())
observed.run(lambda port: observed.ask(port, "GET", "/later"))
names = [span.name for span in exporter.get_finished_spans()[before:]]
assert names == ["inner"], names
print("as it should be")
