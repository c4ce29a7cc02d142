"""The setup page in a real browser, on a stand-in for Splunk Web; the container is real."""

import re
import shutil

import pytest

from tests.running_service import TOKEN
from tests.splunk_app.splunk_web import splunk_web

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def web(app):
    with splunk_web(app) as running:
        yield running


@pytest.fixture
def tab(browser, web):
    """The page, once it has read the settings; nothing may go wrong in its script."""
    wrong = []
    opened = browser.new_page()
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.goto(web.url)
    opened.wait_for_function("document.getElementById('hunt-timeout')?.value === '9'")
    yield opened
    opened.close()
    assert wrong == []


def saved(tab, **values):
    """Fill in the form and save; what the page says at the end."""
    for name, value in values.items():
        tab.fill(f"#hunt-{name}", value)
    tab.click("button[type=submit]")
    said = tab.locator("#hunt-said.hunt-good, #hunt-said.hunt-bad")
    said.wait_for()
    return said.text_content()


def certificate(service):
    return str(service.srv / "app" / "tls" / "cert.pem")


def test_page_saves_and_tries_the_container(tab, web, service):
    said = saved(tab, url=f" {service.url} ", ca=certificate(service), token=TOKEN, timeout="30")
    assert re.fullmatch(r"Saved\. The container answers: \d+ models\.", said)
    assert web.conf == {"url": service.url, "ca_path": certificate(service), "timeout": "30"}
    assert web.passwords == {"dsdl_hunt:api_token:": TOKEN}
    assert web.configured
    assert web.refused == []


def test_page_neither_keeps_nor_shows_the_token(tab, web, service):
    saved(tab, url=service.url, ca=certificate(service), token=TOKEN)
    assert tab.input_value("#hunt-token") == ""
    tab.reload()
    tab.wait_for_function("document.getElementById('hunt-url')?.value !== ''")
    assert tab.input_value("#hunt-token") == ""
    assert TOKEN not in tab.content() + str(web.conf)


def test_token_is_replaced_or_left(tab, web, service):
    web.passwords["dsdl_hunt:api_token:"] = "old"
    saved(tab, url=service.url, ca=certificate(service), token=TOKEN)
    assert web.passwords == {"dsdl_hunt:api_token:": TOKEN}
    assert "The container answers" in saved(tab, timeout="31")
    assert web.passwords == {"dsdl_hunt:api_token:": TOKEN}


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"token": "wrong"}, "refuses the token"),
        ({"ca": ""}, "is not to be trusted"),
        ({"ca": "/nowhere/ca.pem"}, "cannot read the certificate '/nowhere/ca.pem'"),
        ({"url": "https://127.0.0.1:x"}, "write https://host:port"),
        ({"timeout": "soon"}, "timeout = 'soon' is no number"),
    ],
)
def test_page_says_why_the_container_cannot_be_used(tab, service, changed, message):
    given = {"url": service.url, "ca": certificate(service), "token": TOKEN, **changed}
    said = saved(tab, **given)
    assert said.startswith("Saved, but the container cannot be used: ")
    assert message in said


def test_nothing_is_saved_without_a_url(tab, web):
    assert saved(tab, url="hunt.example.com", token=TOKEN) == "Write the URL as https://host:port"
    assert (web.conf["url"], web.passwords) == ("", {})


def test_page_says_what_splunk_refuses(tab, web, service):
    web.may_write = False
    said = saved(tab, url=service.url, token=TOKEN)
    assert said == "Not saved: You do not have permission to perform this operation"
    assert web.passwords == {}
