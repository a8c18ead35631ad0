"""Visits the running demonstration as each role: its home, and every page that its home and navigation lead to."""

import http.cookiejar
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from urllib.parse import urldefrag, urlencode, urljoin, urlsplit

from ..demo_accounts import demo_accounts

PUBLIC = ("/", "/style/", "/demonstration/", "/compte/login/", "/marches/", "/marches/outaouais/boutique/")
LEAVE_OUT = ("/compte/logout/", "/media/", "/static/")
MOST_PAGES = 60
PATIENCE_SECONDS = 60


class _Links(HTMLParser):
    """The addresses that a page links to, and the token of its forms."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.token = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a" and values.get("href"):
            self.links.append(values["href"] or "")
        if tag == "input" and values.get("name") == "csrfmiddlewaretoken":
            self.token = values.get("value") or ""


class Visitor:
    """A browser without scripts: keeps cookies, follows redirections, reads links."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def open(self, path: str, data: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and text of a page. A page that is no text (a PDF) has an empty text."""
        body = urlencode(data).encode() if data is not None else None
        request = urllib.request.Request(urljoin(self.base, path), data=body, headers={"Referer": self.base + "/"})  # noqa: S310
        try:
            with self.opener.open(request, timeout=60) as answer:
                kind = answer.headers.get("Content-Type", "")
                return answer.status, answer.read().decode() if "html" in kind else ""
        except urllib.error.HTTPError as error:
            return error.code, ""

    def links(self, text: str, at: str) -> Iterator[str]:
        parser = _Links()
        parser.feed(text)
        for link in parser.links:
            absolute = urldefrag(urljoin(self.base + at, link)).url
            path = urlsplit(absolute).path
            if absolute.startswith(self.base + "/") and not path.startswith(LEAVE_OUT):
                yield absolute.removeprefix(self.base)

    def sign_in(self, key: str) -> tuple[int, str]:
        _status, text = self.open("/demonstration/")
        parser = _Links()
        parser.feed(text)
        return self.open(f"/demonstration/{key}/", {"csrfmiddlewaretoken": parser.token})


def wait_for(url: str) -> None:
    """Wait until the server answers; raises TimeoutError after a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"{url} does not answer")


def visit_all(base: str, *, echo: Callable[[str], None]) -> int:
    """Visit as a visitor, then as each demonstration account. Returns 0 when every page answered 200, else 1."""
    failures = _visit(Visitor(base), PUBLIC, "visitor", echo)
    for account in demo_accounts():
        visitor = Visitor(base)
        status, text = visitor.sign_in(account.key)
        if status != 200:
            failures.append(f"{account.key}: signing in answered {status}")
            continue
        first = list(dict.fromkeys(["/", *visitor.links(text, "/"), *visitor.links(visitor.open("/")[1], "/")]))
        failures += _visit(visitor, first[:MOST_PAGES], account.key, echo)
    for failure in failures:
        echo(f"✗ {failure}")
    return 1 if failures else 0


def _visit(visitor: Visitor, paths: list[str] | tuple[str, ...], name: str, echo: Callable[[str], None]) -> list[str]:
    started = time.monotonic()
    answers = [(path, visitor.open(path)[0]) for path in paths]
    echo(f"{name}: {len(answers)} pages in {time.monotonic() - started:.1f} s")
    return [f"{name}: {path} answered {status}" for path, status in answers if status != 200]
