"""HTTP clients: what every implementation shares, and the one a program asks for."""

__all__: list[str] = []
