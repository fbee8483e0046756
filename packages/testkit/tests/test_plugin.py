"""The pytest plugin, in runs of pytest of its own: what it does, and what it leaves alone."""

import importlib.metadata
import subprocess
import sys

import pytest


def test_async_tests_need_no_mark(run_pytest):
    suite = run_pytest(
        """
        import asyncio
        import pytest
        from tornado import gen
        from tornado.ioloop import IOLoop

        async def test_plain():
            await gen.sleep(0)

        async def test_loop(io_loop):
            assert IOLoop.current() is io_loop
            assert io_loop.asyncio_loop is asyncio.get_running_loop()

        def test_waiting_by_hand(io_loop):
            async def later():
                return 7
            assert io_loop.run_sync(later) == 7
            assert IOLoop.current() is io_loop

        class TestInAClass:
            async def test_method(self, io_loop):
                await asyncio.sleep(0)

            @pytest.mark.parametrize("n", [1, 2])
            async def test_parameters(self, n):
                assert n
        """
    )
    assert suite.all_passed(), suite.output
    assert len(suite.outcomes) == 6


def test_a_test_fails_as_any_other(run_pytest):
    suite = run_pytest(
        """
        import asyncio
        import pytest

        async def test_assertion():
            await asyncio.sleep(0)
            left = 1
            assert left == 2

        async def test_skipped():
            await asyncio.sleep(0)
            pytest.skip("not today")

        async def test_generator():
            await asyncio.sleep(0)
            yield

        @pytest.mark.xfail(strict=True, raises=KeyError)
        async def test_expected():
            raise KeyError
        """
    )
    assert suite.of("test_assertion") == {"FAILED"}
    assert "assert 1 == 2" in suite.output
    assert "_bounded.py" not in suite.output, "only the test's own lines are shown"
    assert suite.of("test_expected") == {"XFAIL"}
    assert suite.of("test_generator") == {"FAILED"}
    assert "has both await and yield" in suite.output
    assert "not today" in suite.output


def test_fixtures_that_wait(run_pytest):
    suite = run_pytest(
        """
        import asyncio
        import pytest
        from tornado.ioloop import IOLoop

        seen = []

        @pytest.fixture
        async def number(request):
            await asyncio.sleep(0)
            return 3

        @pytest.fixture
        async def around(io_loop, number):
            assert IOLoop.current() is io_loop
            await asyncio.sleep(0)
            seen.append("before")
            yield number + 1
            await asyncio.sleep(0)
            seen.append("after")

        async def test_async(around, number, io_loop):
            assert (around, number) == (4, 3)
            assert seen == ["before"]

        def test_sync(io_loop, number):
            assert seen == ["before", "after"]
            assert number == 3

        class TestClass:
            start = 1

            @pytest.fixture
            async def method(self):
                await asyncio.sleep(0)
                return self.start

            async def test_method(self, method):
                assert method == 1

        @pytest.fixture
        async def broken():
            raise LookupError("in a fixture")
            yield

        async def test_broken(broken):
            pass

        @pytest.fixture
        async def twice():
            yield 1
            yield 2

        async def test_twice(twice):
            pass
        """
    )
    for passing in ("test_async", "test_sync", "TestClass::test_method"):
        assert suite.of(passing) == {"PASSED"}, suite.output
    assert suite.of("test_broken") == {"ERROR"}
    assert "in a fixture" in suite.output
    assert suite.of("test_twice") == {"PASSED", "ERROR"}
    assert "'twice' has more than one yield" in suite.output


def test_what_nobody_was_told_fails_the_test(run_pytest):
    suite = run_pytest(
        """
        import asyncio
        from tornado.testing import ExpectLog

        async def test_callback(io_loop):
            io_loop.add_callback(lambda: 1 / 0)
            await asyncio.sleep(0.01)

        async def test_asyncio_callback(io_loop):
            asyncio.get_running_loop().call_soon(lambda: {}["missing"])
            await asyncio.sleep(0.01)

        async def test_forgotten_task(io_loop):
            async def fails():
                raise LookupError("nobody looked")
            asyncio.ensure_future(fails())
            await asyncio.sleep(0.01)

        async def test_expected(io_loop):
            with ExpectLog("tornado.application", "Exception in callback"):
                io_loop.add_callback(lambda: 1 / 0)
                await asyncio.sleep(0.01)

        async def test_next_one_is_not_blamed(io_loop):
            pass
        """
    )
    assert suite.of("test_callback") == {"FAILED"}
    assert suite.of("test_asyncio_callback") == {"FAILED"}
    assert suite.of("test_forgotten_task") == {"FAILED"}
    assert "LookupError: nobody looked" in suite.output
    assert suite.of("test_expected") == {"PASSED"}
    assert suite.of("test_next_one_is_not_blamed") == {"PASSED"}


TIMED = """
    import asyncio
    import pytest

    async def test_hangs():
        await asyncio.Event().wait()

    @pytest.mark.gen_test(timeout=60)
    async def test_has_time():
        await asyncio.sleep(0.2)
"""


@pytest.mark.parametrize("said", ["option", "ini", "environment"])
def test_time_is_limited(run_pytest, said):
    if said == "option":
        suite = run_pytest(TIMED, "--async-test-timeout=0.1")
    elif said == "ini":
        suite = run_pytest(TIMED, files={"pytest.ini": "[pytest]\nasync_test_timeout = 0.1\n"})
    else:
        suite = run_pytest(TIMED, ASYNC_TEST_TIMEOUT="0.1")
    assert suite.outcomes == {("test_hangs", "FAILED"), ("test_has_time", "PASSED")}
    assert "test_hangs is not done after 0.1 seconds; it waits at" in suite.output
    assert "in test_hangs: await asyncio.Event().wait()" in suite.output


def test_tests_of_2014(run_pytest):
    """As pytest-tornado runs them: marked, generators, with yield."""
    suite = run_pytest(
        """
        import pytest
        from tornado import gen

        @pytest.mark.gen_test
        def test_generator(io_loop):
            value = yield gen.moment
            assert value is None

        @pytest.mark.gen_test(run_sync=False, timeout=3)
        def test_arguments(io_loop):
            yield [gen.sleep(0), gen.sleep(0)]

        @pytest.mark.gen_test
        @gen.coroutine
        def test_coroutine():
            yield gen.moment

        class TestClass:
            pytestmark = [pytest.mark.gen_test]

            def test_method(self):
                yield gen.moment
                assert 1 + 1 == 3
        """,
        "--strict-markers",
    )
    assert suite.of("test_generator") == {"PASSED"}, suite.output
    assert suite.of("test_arguments") == {"PASSED"}
    assert suite.of("test_coroutine") == {"PASSED"}
    assert suite.of("TestClass::test_method") == {"FAILED"}
    assert "assert (1 + 1) == 3" in suite.output


APP = """
    import asyncio
    import socket
    import pytest
    from tornado.httpclient import AsyncHTTPClient, HTTPClientError
    from tornado.web import Application, RequestHandler

    class Hello(RequestHandler):
        def get(self):
            self.write("Hello, " + self.request.protocol)

    @pytest.fixture
    def app():
        return Application([("/", Hello)], log_function=lambda handler: None)
"""


def test_a_server_and_a_client(run_pytest):
    suite = run_pytest(
        APP
        + """
    async def test_hello(http_client, base_url):
        response = await http_client.fetch(base_url)
        assert response.body == b"Hello, http"

    async def test_errors(http_client, base_url):
        with pytest.raises(HTTPClientError) as caught:
            await http_client.fetch(base_url + "/nowhere")
        assert caught.value.code == 404
        assert (await http_client.fetch(base_url + "/nowhere", raise_error=False)).code == 404

    async def test_paths(http_server_client):
        assert (await http_server_client.fetch("/")).code == 200
        assert http_server_client.get_url("/a").endswith("/a")

    async def test_the_client_of_the_loop(http_client):
        assert AsyncHTTPClient() is http_client

    @pytest.mark.gen_test
    def test_of_2014(http_client, base_url, http_port):
        assert base_url == "http://127.0.0.1:%d" % http_port
        response = yield http_client.fetch(base_url)
        assert response.code == 200

    @pytest.mark.gen_test
    def test_port_of_2014(http_client, http_port):
        response = yield http_client.fetch("http://localhost:%d/" % http_port)
        assert response.code == 200

    async def test_tls(https_client, https_base_url):
        response = await https_client.fetch(https_base_url)
        assert response.body == b"Hello, https"

    async def test_both(http_client, https_client, base_url, https_base_url):
        one, other = await asyncio.gather(
            http_client.fetch(base_url), https_client.fetch(https_base_url)
        )
        assert (one.body, other.body) == (b"Hello, http", b"Hello, https")

    ports = []

    async def test_left_open(http_server, http_client, http_port):
        ports.append(socket.create_connection(("127.0.0.1", http_port)))
        ports.append(http_port)

    def test_nothing_listens_now():
        left, port = ports
        with left, pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
"""
    )
    assert suite.all_passed(), suite.output
    assert len(suite.outcomes) == 10


def test_an_app_of_another_name_or_none(run_pytest):
    suite = run_pytest(
        """
        import pytest
        from tornado.httputil import HTTPHeaders, ResponseStartLine

        @pytest.fixture
        async def service():
            def answer(request):
                request.connection.write_headers(
                    ResponseStartLine("HTTP/1.1", 200, "OK"),
                    HTTPHeaders({"Content-Length": "2"}),
                    b"hi",
                )
                request.connection.finish()
            return answer

        async def test_hello(http_server_client):
            assert (await http_server_client.fetch("/")).body == b"hi"
        """,
        "--app-fixture=service",
    )
    assert suite.all_passed(), suite.output
    suite = run_pytest(
        """
        async def test_client_alone(http_client, base_url):
            assert base_url

        async def test_server(http_server):
            pass
        """
    )
    assert suite.of("test_client_alone") == {"PASSED"}
    assert suite.of("test_server") == {"ERROR"}
    assert "fixture 'app' not found" in suite.output


def test_nothing_is_left_behind(run_pytest):
    suite = run_pytest(
        """
        import asyncio
        import socket
        from tornado.ioloop import IOLoop

        kept = []

        async def test_leaves_much(io_loop, _unused_port):
            async def forever():
                try:
                    await asyncio.Event().wait()
                finally:
                    kept.append("ended")
            kept.append(asyncio.create_task(forever()))
            kept.append(io_loop)
            kept.append(_unused_port[0])
            await asyncio.sleep(0)

        def test_is_clean():
            task, loop, sock, ended = kept
            assert task.cancelled()
            assert ended == "ended"
            assert loop.asyncio_loop.is_closed()
            assert sock.fileno() == -1
            assert IOLoop.current(instance=False) is None
        """
    )
    assert suite.all_passed(), suite.output


def test_others_come_first(run_pytest):
    """What another plugin marks or runs is its own; what asks for nothing gets nothing."""
    suite = run_pytest(
        """
        import asyncio
        import sys
        import pytest

        @pytest.mark.asyncio
        async def test_marked():
            pass

        async def test_claimed():
            raise AssertionError("run by the wrong one")

        @pytest.fixture
        async def theirs():
            return 1

        @pytest.mark.asyncio
        async def test_marked_with_fixture(theirs):
            pass

        @pytest.mark.asyncio
        async def test_marked_with_ours(io_loop):
            pass

        def test_plain():
            assert "tornado.ioloop" not in sys.modules
            assert "tornado.web" not in sys.modules
        """,
        files={
            "conftest.py": """
                import inspect
                import pytest

                def pytest_configure(config):
                    config.addinivalue_line("markers", "asyncio: of another plugin")

                @pytest.hookimpl(tryfirst=True)
                def pytest_pyfunc_call(pyfuncitem):
                    if pyfuncitem.name == "test_claimed":
                        return True
            """
        },
    )
    assert suite.of("test_claimed") == {"PASSED"}
    assert suite.of("test_plain") == {"PASSED"}, suite.output
    assert suite.of("test_marked") == {"FAILED"}
    assert "async def functions are not natively supported" in suite.output
    assert suite.of("test_marked_with_fixture") & {"ERROR", "FAILED"}
    assert suite.of("test_marked_with_ours") == {"ERROR"}
    assert "test_marked_with_ours is run by the plugin of its mark 'asyncio'" in suite.output


def test_another_base_url_stays(run_pytest):
    """The fixture of pytest-base-url is one for a session, and asked for."""
    suite = run_pytest(
        """
        def test_plain(base_url):
            assert base_url == "https://staging.example.com"
        """,
        "-p",
        "staging",
        files={
            "staging.py": """
                import pytest

                @pytest.fixture(scope="session")
                def base_url():
                    return "https://staging.example.com"

                @pytest.fixture(scope="session", autouse=True)
                def _verify(base_url):
                    assert base_url
            """
        },
    )
    assert suite.all_passed(), suite.output


def test_the_start_of_pytest_stays_quick():
    """Installed, the plugin is imported by every run of pytest."""
    program = """
import sys
import pytest
before = set(sys.modules)
import tornado.testing._pytest
print(*sorted(set(sys.modules) - before))
"""
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "tornado.testing._pytest" in printed
    heavy = ("asyncio", "ssl", "tornado.ioloop", "tornado.web", "tornado.httpclient")
    assert set(heavy) & set(printed) == set()


def test_installed_it_is_found_by_itself(run_pytest):
    found = importlib.metadata.entry_points(group="pytest11", value="tornado.testing._pytest")
    if not found:
        pytest.skip("tornado-testkit is on the path, but not installed")
    suite = run_pytest("async def test_it(io_loop): pass\n", plugin=False)
    assert suite.all_passed(), suite.output
