"""Tests of asynchronous programs: test cases, log expectations, and a pytest plugin."""

__all__: list[str] = []
