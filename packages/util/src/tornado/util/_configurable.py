"""Configurable: an interface whose constructor makes what was chosen somewhere else.

Laws:
1. The choice belongs to the base class (what `configurable_base` gives), never to a subclass; the
   bases do not see each other's choices.
2. `__init__` is not part of the protocol: subclasses write `initialize`, which is called once.
3. Only construction through the base gets the keyword arguments of `configure`; whoever names an
   implementation directly gets exactly what was passed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tornado.util._importing import import_object


class Choice(NamedTuple):
    """What `Configurable.configure` last said about one base class."""

    implementation: type[Configurable] | None
    arguments: dict[str, Any]


UNDECIDED = Choice(None, {})


class Configurable:
    """Base of interfaces whose implementation is chosen at run time.

    Calling the interface makes an instance of the configured implementation::

        class Store(Configurable):
            @classmethod
            def configurable_base(cls):
                return Store

            @classmethod
            def configurable_default(cls):
                return MemoryStore

        class MemoryStore(Store):
            def initialize(self, size=10):
                self.size = size

        Store.configure(MemoryStore, size=100)
        Store().size        # 100
        Store(size=5).size  # 5: arguments of the call win

    Subclasses write `initialize` where other classes write ``__init__``.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        base = cls.configurable_base()
        implementation: type[Configurable] = cls
        if cls is base:
            implementation = cls.configured_class()
            arguments = _choice_of(base).arguments
            if arguments:
                kwargs = {**arguments, **kwargs}
            if implementation.configurable_base() is not base:
                # The implementation is an interface in its own right: let it choose again.
                return implementation(*args, **kwargs)
        # Of the implementation, not of cls: it may have a builtin among its other bases.
        self = super(Configurable, implementation).__new__(implementation)
        self.initialize(*args, **kwargs)
        return self

    @classmethod
    def configurable_base(cls) -> type[Any]:
        """The class at the top, whose constructor chooses. Subclasses must say."""
        raise NotImplementedError(f"{cls.__name__} must define the classmethod configurable_base()")

    @classmethod
    def configurable_default(cls) -> type[Any]:
        """The implementation to use while `configure` has not named one. Subclasses must say."""
        raise NotImplementedError(
            f"{cls.__name__} must define the classmethod configurable_default()"
        )

    def _initialize(self) -> None:
        pass

    #: Takes the place of ``__init__``: called once with the arguments of the constructor.
    initialize: Any = _initialize

    @classmethod
    def configure(cls, impl: str | type[Any] | None, **kwargs: Any) -> None:
        """Choose the class to make when the base class is called, and arguments to give it.

        ``impl`` is a subclass of this class, the dotted name of one (``"package.module.Class"``),
        or None for the default. ``kwargs`` are passed to every instance made through the base
        class, beneath the arguments of the call itself. Raises `ValueError` for a class that is
        not of this hierarchy and `ImportError` for a name that leads nowhere.
        """
        base = cls.configurable_base()
        found = import_object(impl) if isinstance(impl, str) else impl
        if found is not None and not (isinstance(found, type) and issubclass(found, cls)):
            raise ValueError(
                f"{cls.__name__} cannot be configured with {impl!r}: "
                f"expected a subclass of {cls.__module__}.{cls.__qualname__}"
            )
        base._configured_choice = Choice(found, kwargs)

    @classmethod
    def configured_class(cls) -> type[Any]:
        """The implementation that calling the base class would make now."""
        base = cls.configurable_base()
        choice = _choice_of(base)
        if choice.implementation is None:
            choice = Choice(cls.configurable_default(), choice.arguments)
            base._configured_choice = choice
        assert choice.implementation is not None
        return choice.implementation

    @classmethod
    def _save_configuration(cls) -> tuple[type[Any] | None, dict[str, Any]]:
        """What to hand to `_restore_configuration` later; used by tests."""
        return _choice_of(cls.configurable_base())

    @classmethod
    def _restore_configuration(cls, saved: tuple[type[Any] | None, dict[str, Any]]) -> None:
        """Undo what `configure` did since ``saved`` was taken."""
        cls.configurable_base()._configured_choice = Choice(*saved)


def _choice_of(base: type[Any]) -> Choice:
    # vars(), not getattr(): a base must not inherit the choice of another base above it.
    choice: Choice = vars(base).get("_configured_choice", UNDECIDED)
    return choice
