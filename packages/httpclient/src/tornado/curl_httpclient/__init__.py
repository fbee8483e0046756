"""The HTTP client on libcurl (extra ``curl``)."""

__all__: list[str] = []
