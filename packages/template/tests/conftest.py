from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tornado.template import DictLoader, Template


@pytest.fixture
def render() -> Callable[..., str]:
    """Text of a template (and names for it) to text."""

    def render(text: str, /, **names: Any) -> str:
        return Template(text).generate(**names).decode()

    return render


@pytest.fixture
def render_file() -> Callable[..., str]:
    """A dict of templates, the name of one, and names for it, to text."""

    def render(files: Mapping[str, str], name: str, /, **names: Any) -> str:
        return DictLoader(dict(files)).load(name).generate(**names).decode()

    return render
