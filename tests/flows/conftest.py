"""A browser for journeys: Chromium, pages of a phone's or a desk's size, signing in by session, and axe.

    def test_member_orders(page, live_server, sign_in, assert_accessible):
        phone = page(390)                      # page(1280, scheme="dark"), page(javascript=False)…
        sign_in(phone, account)
        phone.goto(f"{live_server.url}/marches/")
        assert_accessible(phone)

A test that uses them is marked `browser` and gets `transactional_db` from `live_server`. Any error that the page writes
to its console fails the test (a forbidden inline style, a script that breaks, an address that answers 500).
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, sync_playwright

from maillage.directory.tests.factories import prove

PHONE, DESK = 390, 1280
SHOTS = Path(settings.DATA_DIR) / "shots"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--force-prefers-reduced-motion",
    "--lang=fr-CA",
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

type PageMaker = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "page" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the run: Debian's, else Playwright's own."""
    path = which("chromium") or which("chromium-browser") or which("google-chrome")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[PageMaker]:
    """Makes pages, each in a context (cookies, storage) of its own: two pages are two people."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def make(width: int = PHONE, *, height: int = 844, scheme: str = "light", javascript: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
            locale="fr-CA",
            timezone_id="America/Toronto",
            reduced_motion="reduce",
            java_script_enabled=javascript,
            has_touch=width < 600,
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        made = context.new_page()
        made.on("console", lambda message: _note(problems, message))
        made.on("pageerror", lambda error: problems.append(f"{made.url}: {error}"))
        return made

    yield make
    for context in contexts:
        context.close()
    assert not problems, "the browser complained:\n" + "\n".join(problems)


# Answers that a journey may ask for on purpose.
EXPECTED = (
    "status of 400", "status of 403", "status of 404", "status of 409", "status of 422",
    "net::ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest",
    "unknown error occurred when fetching the script",  # without network
)  # fmt: skip


def _note(problems: list[str], message: ConsoleMessage) -> None:
    if message.type == "error" and not any(words in message.text for words in EXPECTED):
        problems.append(f"{message.location.get('url')}: {message.text}")


@pytest.fixture
def sign_in(live_server: Any) -> Callable[..., None]:
    """`sign_in(page, account)`: the page's browser holds a session of `account` (or of a person who has one).

    Its second factor was proved this minute, unless `proved=False`.
    """

    def inner(page: Page, account: Any, *, proved: bool = True) -> None:
        client, account = Client(), getattr(account, "account", account)
        if proved:
            prove(client, account)
        else:
            client.force_login(account)
        host = urlsplit(live_server.url).hostname
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "domain": host, "path": "/"}]  # type: ignore[list-item]
        )

    return inner


@pytest.fixture(scope="session")
def _axe() -> Axe:
    return Axe()


@pytest.fixture
def found_by_axe(_axe: Axe) -> Callable[..., list[str]]:
    """`found_by_axe(page)`: what fails WCAG 2.2 AA, or these rules alone; and what is wider than the screen."""

    def inner(page: Page, *, context: str | None = None, rules: list[str] | None = None) -> list[str]:
        only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": WCAG}
        options = {"resultTypes": ["violations"], "runOnly": only}
        answer = _of_one_document(page, lambda: _axe.run(page, context=context, options=options).response)
        found = [_said(v) for v in answer["violations"]]
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            found.append(f"- {wide} px wider than a screen of {page.viewport_size}")
        return found

    return inner


def _of_one_document[T](page: Page, ask: Callable[[], T]) -> T:
    """What `ask` found in a document there before it and after: a click may return while its page is coming."""
    for _ in range(5):
        page.wait_for_load_state("load")
        before = _born(page)
        found: T | Error
        try:
            found = ask()
        except Error as error:
            found = error
        page.wait_for_load_state("load")
        if before is not None and _born(page) == before:
            break
    if isinstance(found, Error):
        raise found
    return found


def _born(page: Page) -> float | None:
    """When the page's document began; None while one leaves for the next."""
    try:
        return float(page.evaluate("performance.timeOrigin"))
    except Error:
        return None


@pytest.fixture
def assert_accessible(found_by_axe: Callable[..., list[str]]) -> Callable[..., None]:
    """`assert_accessible(page)`: WCAG 2.2 AA by axe, and nothing wider than the screen."""

    def inner(page: Page, *, context: str | None = None) -> None:
        found = found_by_axe(page, context=context)
        assert not found, f"{page.url}\n" + "\n".join(found)

    return inner


def _said(violation: dict[str, Any]) -> str:
    nodes = "\n".join(f"    {n['html'][:200]}\n      {n['failureSummary'][:300]}" for n in violation["nodes"][:4])
    return f"- {violation['id']}: {violation['help']} ({len(violation['nodes'])})\n{nodes}"


@pytest.fixture
def shot() -> Callable[[Page, str], Path]:
    """`shot(page, "member-checkout")`: a whole-page picture under the data folder's `shots/`, to look at."""

    def inner(page: Page, name: str) -> Path:
        SHOTS.mkdir(parents=True, exist_ok=True)
        path = SHOTS / f"{name}-{(page.viewport_size or {}).get('width', 0)}.png"
        page.screenshot(path=path, full_page=True)
        return path

    return inner
