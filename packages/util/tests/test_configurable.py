"""Configurable: who is made, and with which arguments."""

import pytest

from tornado.util import Configurable


class Store(Configurable):
    @classmethod
    def configurable_base(cls):
        return Store

    @classmethod
    def configurable_default(cls):
        return MemoryStore

    def initialize(self, *args, **kwargs):
        self.args, self.kwargs = args, kwargs


class MemoryStore(Store):
    pass


class DiskStore(Store):
    pass


class RemoteStore(DiskStore):
    """An interface of its own below another one."""

    @classmethod
    def configurable_base(cls):
        return RemoteStore

    @classmethod
    def configurable_default(cls):
        return HttpStore


class HttpStore(RemoteStore):
    pass


@pytest.fixture(autouse=True)
def _restored():
    saved = [(base, base._save_configuration()) for base in (Store, RemoteStore)]
    yield
    for base, configuration in saved:
        base._restore_configuration(configuration)


def test_default_is_made_until_something_is_configured():
    assert type(Store()) is MemoryStore
    Store.configure(DiskStore)
    assert type(Store()) is DiskStore
    Store.configure(None)
    assert type(Store()) is MemoryStore


def test_arguments_of_the_call_reach_initialize():
    store = Store(1, size=2)
    assert (store.args, store.kwargs) == ((1,), {"size": 2})


def test_configured_arguments_lie_beneath_those_of_the_call():
    Store.configure(DiskStore, size=1, path="/x")
    assert Store(size=2).kwargs == {"size": 2, "path": "/x"}
    assert Store().kwargs == {"size": 1, "path": "/x"}


def test_configured_arguments_are_not_for_direct_construction():
    Store.configure(DiskStore, size=1)
    assert DiskStore().kwargs == {}
    assert MemoryStore(n=1).kwargs == {"n": 1}


def test_arguments_without_a_class_go_to_the_default():
    Store.configure(None, size=3)
    assert type(Store()) is MemoryStore
    assert Store().kwargs == {"size": 3}


def test_class_by_name():
    with pytest.raises(ValueError, match=r"subclass of .*Store"):
        Store.configure("tornado.util.ObjectDict")
    with pytest.raises(ImportError, match="Nothing"):
        Store.configure("tornado.util.Nothing")


def test_class_by_name_found(tmp_path, monkeypatch):
    # The test module has no importable name of its own; give the class one.
    import sys
    import types

    module = types.ModuleType("configurable_sample")
    module.DiskStore = DiskStore
    monkeypatch.setitem(sys.modules, "configurable_sample", module)
    Store.configure("configurable_sample.DiskStore", path="/y")
    assert type(Store()) is DiskStore
    assert Store().kwargs == {"path": "/y"}


@pytest.mark.parametrize("wrong", [int, object(), 3, Configurable])
def test_class_of_another_hierarchy_is_refused(wrong):
    with pytest.raises(ValueError, match=r"Store cannot be configured with"):
        Store.configure(wrong)
    assert type(Store()) is MemoryStore


def test_configure_through_a_subclass_must_name_a_subclass_of_it():
    with pytest.raises(ValueError, match="MemoryStore"):
        MemoryStore.configure(DiskStore)
    DiskStore.configure(DiskStore)
    assert Store.configured_class() is DiskStore
    assert MemoryStore.configured_class() is DiskStore


def test_an_implementation_that_is_an_interface_chooses_again():
    Store.configure(RemoteStore, size=1)
    RemoteStore.configure(HttpStore, timeout=2)
    store = Store(x=3)
    assert type(store) is HttpStore
    assert store.kwargs == {"size": 1, "timeout": 2, "x": 3}


def test_bases_do_not_see_each_others_choice():
    Store.configure(DiskStore, size=1)
    assert RemoteStore.configured_class() is HttpStore
    assert RemoteStore().kwargs == {}


def test_saved_configuration_comes_back():
    Store.configure(DiskStore, size=1)
    saved = Store._save_configuration()
    Store.configure(None)
    Store._restore_configuration(saved)
    assert type(Store()) is DiskStore
    assert Store().kwargs == {"size": 1}


def test_initialize_is_called_once_and_needs_no_definition():
    calls = []

    class Plain(Configurable):
        @classmethod
        def configurable_base(cls):
            return Plain

        @classmethod
        def configurable_default(cls):
            return PlainThing

    class PlainThing(Plain):
        def initialize(self):
            calls.append(self)

    thing = Plain()
    assert calls == [thing]

    class Silent(Plain):
        initialize = Configurable.initialize

    assert type(Silent()) is Silent


def test_an_implementation_may_have_another_builtin_base():
    class DictStore(Store, dict):
        pass

    Store.configure(DictStore)
    assert type(Store()) is DictStore


def test_a_class_that_does_not_say_its_base():
    with pytest.raises(NotImplementedError, match="configurable_base"):
        Configurable()

    class Half(Configurable):
        @classmethod
        def configurable_base(cls):
            return Half

    with pytest.raises(NotImplementedError, match="configurable_default"):
        Half()
