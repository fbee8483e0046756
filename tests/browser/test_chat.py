"""The chat in real browsers: each one a new profile of headless Chromium."""

import time

import pytest
from programs import running

ENTER = "\ue007"

SECRET = "--cookie_secret=a secret of the tests, which is long enough"

AT_END = """const room = document.getElementById("room");
    return room.scrollTop > 0 && room.scrollHeight - room.scrollTop - room.clientHeight < 50"""


def sign_in(page, program, nickname):
    page.go(program.url + "/")
    page.find("#nickname").type(nickname)
    page.find("main button").click()
    page.find("#text")


def texts(page):
    script = "return [...document.querySelectorAll('.message .text')].map((p) => p.textContent)"
    return page.run(script)


def transfer_sizes(page, ending):
    """How many bytes the network gave for each file of this page whose path ends so."""
    script = """return performance.getEntriesByType("resource")
        .filter((entry) => new URL(entry.name).pathname.endsWith(arguments[0]))
        .map((entry) => entry.transferSize)"""
    return page.run(script, ending)


def refuse(page, *names):
    """As in a network that lets none of these through: the server does not know their address."""
    script = "".join(
        f"window.{name} = class extends {name} {{ constructor(url) {{"
        ' super(String(url).replace("?", "/refused?")); } };'
        for name in names
    )
    command = {"cmd": "Page.addScriptToEvaluateOnNewDocument", "params": {"source": script}}
    page.command("POST", "/goog/cdp/execute", command)


def way(page):
    return page.run("return document.getElementById('room').dataset.way")


REFUSED = {"socket": (), "events": ["WebSocket"], "polling": ["WebSocket", "EventSource"]}


@pytest.mark.parametrize("second", ["socket", "events"])
def test_two_people_talk(chrome, chat, second):
    with chrome.browser() as ada, chrome.browser() as bob:
        refuse(bob, *REFUSED[second])
        sign_in(ada, chat, "Ada")
        sign_in(bob, chat, "Bob")
        ada.until(lambda: way(ada) == "socket", "the WebSocket of Ada")
        bob.until(lambda: way(bob) == second, f"Bob by {second}")
        people = "return [...document.querySelectorAll('#people li')].map((e) => e.textContent)"
        for page in (ada, bob):
            page.until(lambda page=page: sorted(page.run(people)) == ["Ada", "Bob"], "who is there")
            page.run("window.loadedOnce = true")
        ada.find("#text").type("Is anybody here?" + ENTER)
        bob.until(lambda: texts(bob) == ["Is anybody here?"], "the message of Ada")
        bob.find("#text").type("<b>Yes</b>" + ENTER)
        both = ["Is anybody here?", "<b>Yes</b>"]
        ada.until(lambda: texts(ada) == both, "the answer of Bob")
        bob.until(lambda: texts(bob) == both, "the own message of Bob")
        for page in (ada, bob):
            assert page.run("return window.loadedOnce"), "no page was loaded for that"
            box = "return document.getElementById('text').value"
            page.until(lambda page=page, box=box: page.run(box) == "", "the empty box")
        assert ada.find(".own .text").text == "Is anybody here?"
        assert bob.find(".own .text").text == "<b>Yes</b>"
        assert bob.find(".own .by b").text == "Bob"
        # A failure of a script, a policy or a file would be on the console.
        calm = [ada, bob] if second == "socket" else [ada]
        for page in calm:
            assert page.command("POST", "/se/log", {"type": "browser"}) == []


def test_what_cannot_be_said_stays_in_the_box(chrome, chat):
    with chrome.browser() as page:
        sign_in(page, chat, "Ada")
        page.until(lambda: way(page) == "socket", "the WebSocket")
        page.run("document.getElementById('text').removeAttribute('maxlength')")
        page.run("document.getElementById('text').value = 'x'.repeat(1001)")
        page.find("#text").type(ENTER)
        state = "return document.getElementById('status').textContent"
        page.until(lambda: "longer than 1000" in page.run(state), "why it was not taken")
        assert page.run("return document.getElementById('text').value.length") == 1001
        page.run("document.getElementById('text').value = 'short'")
        page.find("#text").type(ENTER)
        page.until(lambda: texts(page) == ["short"], "the message")
        assert page.run(state) == ""


TALK = """
    const socket = new WebSocket(location.href.replace("http", "ws") + "socket");
    const [name, count] = arguments;
    let said = 0;
    socket.onopen = () => {
        const timer = setInterval(() => {
            socket.send(JSON.stringify({ text: `${name} ${said++}` }));
            if (said === count) clearInterval(timer);
        }, 10);
    };
"""


@pytest.mark.parametrize("forget", [False, True], ids=["with-its-data", "without"])
def test_two_servers_and_a_redis_that_is_restarted(chrome, redis, forget):
    options = ("--port=0", f"--redis={redis.url}", SECRET)
    program = "demos/chat/main.py"
    with running(program, *options) as one, running(program, *options) as two:
        with chrome.browser() as ada, chrome.browser() as bob:
            refuse(bob, *REFUSED["polling"] if forget else ())
            sign_in(ada, one, "Ada")
            sign_in(bob, two, "Bob")
            second = "polling" if forget else "socket"
            bob.until(lambda: way(bob) == second, f"Bob by {second}")
            ada.find("#text").type("Hello" + ENTER)
            bob.until(lambda: texts(bob) == ["Hello"], "the message of Ada")
            bob.find("#text").type("Hi" + ENTER)
            ada.until(lambda: texts(ada) == ["Hello", "Hi"], "the answer of Bob")
            count = 150
            ada.run(TALK, "one", count)
            bob.run(TALK, "two", count)
            ada.until(lambda: len(texts(ada)) > 30, "the talk")
            redis.kill(forget)
            time.sleep(0.5)
            redis.start()
            for page in (ada, bob):
                enough = 2 + 2 * count
                page.until(lambda p=page, n=enough: len(texts(p)) >= n, "all that was said")
            for page in (ada, bob):
                heard = texts(page)
                assert heard[:2] == ["Hello", "Hi"]
                for name in ("one", "two"):
                    mine = [text for text in heard if text.startswith(name)]
                    assert mine == [f"{name} {number}" for number in range(count)]
        for server in (one, two):
            assert "Rooms have lost Redis" in server.output


def test_a_form_without_the_hidden_field_is_refused(chrome, chat):
    with chrome.browser() as page:
        sign_in(page, chat, "Ada")
        page.find("#text").type("forged")
        page.run("""document.querySelector("#say [name=_xsrf]").remove();
                    HTMLFormElement.prototype.submit.call(document.getElementById("say"))""")
        page.until(lambda: "/messages" in page.url, "the answer to the form")
        assert page.find("h1").text == "403"
        page.go(chat.url + "/")
        page.find("#empty")
        assert texts(page) == []


def test_static_files_are_fetched_once(chrome, chat):
    with chrome.browser() as page:
        sign_in(page, chat, "Ada")
        for _ in range(3):
            page.go(chat.url + "/")
            page.find("#text")
            for name in ("chat.css", "chat.js", "icon.svg"):
                sizes = transfer_sizes(page, name)
                assert sizes
                assert set(sizes) == {0}, f"{name} came from the cache"
        log = chat.output
        for name in ("chat.css", "chat.js", "icon.svg"):
            assert log.count(f"GET /static/{name}") == 1, log


@pytest.mark.parametrize(
    "language, lang, button",
    [("en-US", "en-US", "Sign in"), ("de", "de", "Anmelden"), ("es-GT", "es", "Entrar")],
)
def test_the_page_is_in_the_language_of_the_browser(chrome, chat, language, lang, button):
    with chrome.browser(language) as page:
        page.go(chat.url + "/")
        assert page.run("return document.documentElement.lang") == lang
        assert page.find("main button").text == button


def test_without_scripts(chrome, chat):
    with chrome.browser("en-US", (500, 500)) as page:
        disable = {"cmd": "Emulation.setScriptExecutionDisabled", "params": {"value": True}}
        page.command("POST", "/goog/cdp/execute", disable)
        sign_in(page, chat, "Ada")
        page.find("#text").type("typed by hand")
        page.find("#say button").click()
        page.find(".message")
        assert page.find(".own .text").text == "typed by hand"
        assert page.find("noscript .note").text.startswith("One message is shown.")
        page.find("#text").type("long " * 199)
        page.find("#say button").click()
        page.until(lambda: len(page.find_all(".message")) == 2, "the long message")
        assert page.run(AT_END), "the newest message is in view"
        page.find(".out button").click()
        page.find("#nickname")


def test_a_page_comes_back_after_the_server_did(chrome):
    with chrome.browser() as page:
        with running("demos/chat/main.py", "--port=0", SECRET) as first:
            sign_in(page, first, "Ada")
            port = first.port
            page.find("#text").type("before" + ENTER)
            page.until(lambda: texts(page) == ["before"], "the first message")
        lost = "return document.getElementById('status').textContent"
        page.until(lambda: "connection is gone" in page.run(lost), "the note about the loss")
        with running("demos/chat/main.py", f"--port={port}", SECRET):
            page.until(lambda: texts(page) == [], "the empty room of the new server")
            page.until(lambda: page.run(lost) == "", "the end of the note")
            page.find("#text").type("after" + ENTER)
            page.until(lambda: texts(page) == ["after"], "the message after the return")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_small_screen_and_every_field_has_a_name(chrome, chat, scheme):
    with chrome.browser("en-US", (500, 700)) as page:
        feature = {"name": "prefers-color-scheme", "value": scheme}
        media = {"cmd": "Emulation.setEmulatedMedia", "params": {"features": [feature]}}
        page.command("POST", "/goog/cdp/execute", media)
        sign_in(page, chat, "A rather long nickname !")
        page.find("#text").type("W" * 900 + ENTER)
        page.find(".message")
        page.until(lambda: page.run(AT_END), "the newest message in view")
        wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.run(wide) == 0, "nothing sticks out to the side"
        script = """return [...document.querySelectorAll("input:not([type=hidden]), textarea")]
            .filter((field) => field.labels.length === 0).map((field) => field.outerHTML)"""
        assert page.run(script) == []
