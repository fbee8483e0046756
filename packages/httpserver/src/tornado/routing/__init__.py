"""From a request to what answers it: rules, matchers and routers.

``tornado.web.Application`` is a router of this kind. Alone, routers bring several applications,
delegates and functions together behind one server::

    router = RuleRouter([
        Rule(HostMatches("api.example.com"), api_application),
        Rule(PathMatches("/status"), lambda request: ...),
        Rule(AnyMatches(), site_application),
    ])
    HTTPServer(router).listen(8888)
"""

from tornado.routing._matchers import (
    AnyMatches,
    DefaultHostMatches,
    HostMatches,
    Matcher,
    PathMatches,
)
from tornado.routing._routers import (
    ReversibleRouter,
    ReversibleRuleRouter,
    Router,
    RuleRouter,
)
from tornado.routing._routers import _RuleList as _RuleList  # programs annotate with it
from tornado.routing._rules import Rule, URLSpec

__all__ = [
    "AnyMatches",
    "DefaultHostMatches",
    "HostMatches",
    "Matcher",
    "PathMatches",
    "ReversibleRouter",
    "ReversibleRuleRouter",
    "Router",
    "Rule",
    "RuleRouter",
    "URLSpec",
]

for _name in __all__:
    globals()[_name].__module__ = __name__
del _name
