"""Rooms: who is there, what was said, and everybody hears it."""

__all__: list[str] = []
