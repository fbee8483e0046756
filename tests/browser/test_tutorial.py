"""Programs of the tutorial whose point is in the browser."""

from programs import running


def test_a_script_sends_the_token_with_its_post(chrome):
    with running("demos/tutorial/xsrf.py", "--port=0") as program, chrome.browser() as page:
        page.go(program.url + "/")
        page.find("#script").click()
        answer = page.find("#answer")
        page.until(lambda: answer.text, "the answer to the script")
        assert answer.text == "You wrote from a script"


def test_an_image_by_static_url_is_fetched_once(chrome):
    with running("demos/tutorial/static_files.py", "--port=0") as program:
        with chrome.browser() as page:
            for _ in range(3):
                page.go(program.url + "/")
                page.until(lambda: page.run("return document.images[0].complete"), "the image")
                assert page.run("return document.images[0].naturalWidth") > 0
        assert program.output.count("GET /static/images/logo.svg?v=") == 1
