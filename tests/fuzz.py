"""Every page and form with what nobody should type, as every role: bounded, seeded, each request undone.

A walk draws a page and a role, reads the page's forms as a browser does, and sends them spoilt: wrong types, dates that
do not exist, long words, files that are not what they say, fields that are missing, twice there or of another. A fault
is an exception, a 5xx, or an answer larger than `MOST` bytes; it is told once for each place of the code.
"""

import io
import re
import time
import traceback
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import FileResponse
from django.test import Client
from django.urls import NoReverseMatch, reverse

from maillage.core import sheets

from .addresses import EXAMPLES
from .test_access import NAMES, WALKED, address, close_file, everything
from .world import ROLES, Side, World

MOST = 2_000_000
WHO = [*ROLES, "member", "farmer", "network_director", "admin", "stranger", "visitor", "everything"]
LEFT_OUT = {"account_logout", "demo_sign_in"}
POST_NAMES = sorted(
    {
        name
        for path in Path(settings.BASE_DIR, "maillage").glob("*/**/*.py")
        if "tests" not in path.parts
        for name in re.findall(r'POST(?:\.get|\.getlist)?[\[(]"([\w-]+)"', path.read_text())
    }
)
TEXTS: list[str | bytes] = [
    "", " ", "x", "abc", "-1", "0", "1", "9" * 30, "9" * 4000, "1e400", "1e-99", "1E5", "nan", "NaN", "sNaN", "inf",
    "-Infinity", "1,5", "1.5.2", "--1", "²", "٣", "1_000", "2026-02-30", "0000-00-00", "0001-01-01", "9999-12-31",
    "10000-01-01",
    "2026-13-01", "2026-W99", "25:61", "2026-03-08T02:30", "é" * 5000, "0.0.0." * 600, "a " * 2000, "🦆" * 200,
    "\u202egnirts", "\u200b", b"\xed\xa0\x80", b"\xff\xfe", "\x01\x1f\x7f", "a\r\nBcc: b@exemple.test", "<script>",
    "%s%d{0}", "'; --", "\\", "%", "_", "../../etc/passwd", "null", "[]", "{}", '{"a": [1, "\\ud800"]}', "true",
    "00000000-0000-0000-0000-000000000000", "//ailleurs.test", "http://ailleurs.test/", "javascript:alert(1)",
    "/nulle-part/", "a@b", "a@exemple.test", "é@é.test", "-0", "0x10", "1/2", "?", "#", "&", ":", "::", "1:2", "1-2",
]  # fmt: skip
COUNTS = ["", "1000", "100000", "-1", "x", "9" * 30, "1.5"]
FILES = {
    "empty.png": b"",
    "broken.png": b"\x89PNG\r\n\x1a\n" + b"\0" * 64,
    "wide.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\0\0\0\1\0\0\x08\2\0\0\0\0\0\0\0",
    "text.jpg": b"no picture",
    "broken.xlsx": b"PK\3\4" + b"\0" * 200,
    "old.xls": b"\xd0\xcf\x11\xe0" + b"\0" * 600,
    "text.pdf": b"no document",
    "short.pdf": b"%PDF-1.7\n",
    "latin.csv": "Nom;Prénom\nÉlise;".encode("latin-1") + b"\xff\xfe\x81\n",
    "bytes.csv": bytes(range(1, 256)) * 4,
    "wide.csv": (";" * 3000 + "\n").encode() * 20,
    "quote.csv": b'a,b\n"never closed,' + b"x" * 200_000,
    "other.csv": "Couleur,Date,Montant,Nom\nrouge,2026-02-30,nan,Élise\n,,,\nbleu,9999-12-31,1e999,\n".encode(),
    "../../x.csv": b"date,description,credit\n2026-01-01,x,1\n",
    "é" * 120 + ".csv": b"\xef\xbb\xbf",
}
TITLES = [
    "Nom",
    "Courriel",
    "Produit",
    "Prix",
    "Date",
    "Montant",
    "Entreprise",
    "Catégorie",
    "Couleur",
    "NEQ",
    "Format",
]


@dataclass
class Form:
    """What a browser would send, and where."""

    action: str = ""
    method: str = "get"
    values: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)


class Forms(HTMLParser):
    """The forms of a page; a field that names its form by `form=""` counts with the first form."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select = self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {key: value or "" for key, value in attrs}
        if tag == "form":
            self._open = Form(said.get("action", ""), said.get("method", "get").lower())
            self.forms.append(self._open)
        if self._open is None:
            return
        name = said.get("name", "")
        if tag == "option" and self._select:
            value = said.get("value", "")
            self._open.choices.setdefault(self._select, []).append(value)
            if "selected" in said or self._select not in self._open.values:
                self._open.values[self._select] = [value]
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self._open.values[name], self._text = [""], name
        elif tag == "button" and name:
            self._open.buttons.append((name, said.get("value", "")))
        elif tag == "input" and name:
            self._input(self._open, name, said)

    def _input(self, form: Form, name: str, said: dict[str, str]) -> None:
        kind, value = said.get("type", "text"), said.get("value", "")
        if kind == "file":
            form.files.append(name)
        elif kind in ("checkbox", "radio"):
            form.choices.setdefault(name, []).append(value or "on")
            if "checked" in said:
                form.values.setdefault(name, []).append(value or "on")
        elif kind == "submit":
            form.buttons.append((name, value))
        else:
            form.values.setdefault(name, []).append(value)

    def handle_data(self, data: str) -> None:
        if self._text and self._open is not None:
            self._open.values[self._text][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._text = ""


@dataclass(frozen=True)
class Fault:
    """What went wrong, where in the code, and what was sent."""

    what: str
    where: str
    sent: str

    def __str__(self) -> str:
        return f"{self.what}\n    at {self.where}\n    {self.sent}"


class Walk:
    """A seeded walk; `faults` has one for each place."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.random = world, Random(seed)
        self.faults: dict[tuple[str, str], Fault] = {}
        self.sent = 0
        self.answers: dict[int, int] = {}
        self.slowest: tuple[float, str] = (0.0, "")
        self.files = [*FILES.items(), ("titles.xlsx", self._workbook()), ("bomb.xlsx", bomb())]
        self.clients = {who: self._client(who) for who in WHO}

    def _client(self, who: str) -> Client:
        ours = self.world.ours
        known = {"admin": self.world.admin, "stranger": self.world.stranger, "everything": everything(ours)}
        person = known.get(who) or ours.people.get(who)
        client = Client()
        if person is not None and person.account is not None:
            client.force_login(person.account)
        return client

    def _workbook(self) -> bytes:
        """A whole sheet whose columns and cells are any."""
        draw = self.random
        rows = [[draw.choice([t for t in TEXTS if isinstance(t, str)])[:200] for _ in TITLES] for _ in range(30)]
        titles = [sheets.Column(t) for t in draw.sample(TITLES, len(TITLES))]
        return sheets.write_xlsx([("Feuille", titles, rows)])

    def pages(self) -> list[str]:
        return [name for name in WALKED if name not in LEFT_OUT]

    # --- one step -----------------------------------------------------------------------------------------------------

    def step(self, name: str, who: str, *, forms: int, spread: float = 1) -> None:
        """One page as one role: as it is, with a spoilt address, then its forms and what else could be posted to it."""
        draw, client, side = self.random, self.clients[who], self.world.ours
        if draw.random() < 0.1:
            side = self.world.theirs
        path = self._spoilt_path(name, side) if draw.random() < 0.15 else address(name, side)
        found = self._forms(self.send(client, who, "get", path, {}))
        for form in draw.sample(found, min(forms, len(found))):
            self._submit(client, who, path, form)
        if not found or draw.random() < spread:
            self.send(client, who, "get", path, self._query())
        if not found or draw.random() < spread / 2:
            self.send(client, who, "post", path, self._blind())

    def _spoilt_path(self, name: str, side: Side) -> str:
        kwargs = EXAMPLES[name](side) if name in EXAMPLES else {}
        texts = [t.replace("\x00", "") for t in TEXTS if isinstance(t, str) and t and len(t) < 500]
        for key, value in kwargs.items():
            kwargs[key] = self.random.choice(texts) if isinstance(value, str) else value
        try:
            return reverse(name, kwargs=kwargs or None)
        except NoReverseMatch:
            return address(name, side)

    def _query(self) -> dict[str, Any]:
        draw = self.random
        return {name: self.text() for name in draw.sample(NAMES, draw.choice([1, 3, 12]))}

    def _blind(self) -> dict[str, Any]:
        draw = self.random
        data: dict[str, Any] = {name: self.text() for name in draw.sample(POST_NAMES, draw.choice([1, 4, 20]))}
        for prefix in draw.sample(["form", "s", "formats", "parties"], 2):
            data |= {f"{prefix}-TOTAL_FORMS": draw.choice(COUNTS), f"{prefix}-INITIAL_FORMS": draw.choice(COUNTS)}
        return data

    def text(self) -> Any:
        draw = self.random
        return [draw.choice(TEXTS) for _ in range(3)] if draw.random() < 0.08 else draw.choice(TEXTS)

    def _forms(self, page: Any) -> list[Form]:
        if page is None or page.streaming or "text/html" not in page.headers.get("Content-Type", ""):
            return []
        reader = Forms()
        reader.feed(page.content.decode())
        return [f for f in reader.forms if "/langue" not in f.action and "logout" not in f.action]

    def _submit(self, client: Client, who: str, path: str, form: Form) -> None:
        draw = self.random
        data: dict[str, Any] = {name: list(values) for name, values in form.values.items()}
        for name, options in form.choices.items():
            if draw.random() < 0.5 and options:
                data[name] = [draw.choice(options)]
        names = sorted({*data, *form.choices})
        many = draw.choice([1, 1, 2, 4, len(names)])
        for name in draw.sample(names, min(many, len(names))):
            if draw.random() < 0.12:
                data.pop(name, None)
            elif name.endswith("_FORMS"):
                data[name] = [draw.choice(COUNTS)]
            else:
                data[name] = self.text()
        if form.buttons and draw.random() < 0.8:
            name, value = draw.choice(form.buttons)
            data[name] = [value]
        for name in form.files:
            if draw.random() < 0.85:
                title, content = draw.choice(self.files)
                data[name] = SimpleUploadedFile(title, content)
        target = urlsplit(form.action)
        where = (target.path or path) + (f"?{target.query}" if target.query else "")
        if not target.netloc:
            self.send(client, who, "post" if form.method == "post" else "get", where, data)

    # --- one request --------------------------------------------------------------------------------------------------

    def send(self, client: Client, who: str, method: str, path: str, data: dict[str, Any]) -> Any:
        """The answer; what it changed is undone. None after an exception."""
        sent = f"{method.upper()} {path} as {who}: {_short(data)}"
        cache.clear()
        session = dict(client.cookies)
        block, began = transaction.savepoint_create(), time.perf_counter()
        answer = None
        try:
            answer = getattr(client, method)(path, data)
            self._judge(answer, sent)
        except Exception as error:
            self._note(f"{type(error).__name__}: {str(error)[:200]}", place_of(error), sent)
        finally:
            transaction.savepoint_rollback(block)
            client.cookies.clear()
            client.cookies.update(session)
            mail.outbox.clear()
        self.sent += 1
        self.slowest = max(self.slowest, (time.perf_counter() - began, sent))
        return answer

    def _judge(self, answer: Any, sent: str) -> None:
        status = answer.status_code
        self.answers[status] = self.answers.get(status, 0) + 1
        view = getattr(answer.resolver_match, "view_name", "") if hasattr(answer, "resolver_match") else ""
        if status >= 500:
            self._note(str(status), f"{view} {status}", sent)
        if answer.streaming:
            for _part in answer.streaming_content:
                pass
            if isinstance(answer, FileResponse):
                close_file(answer)
        elif len(answer.content) > MOST:
            self._note(f"{len(answer.content):,} bytes", f"{view} size", sent)

    def _note(self, what: str, where: str, sent: str) -> None:
        self.faults.setdefault((what.split(":")[0], where), Fault(what, where, sent))


def place_of(error: BaseException) -> str:
    """The last lines of ours that led to an exception."""
    ours = [f for f in traceback.extract_tb(error.__traceback__) if "/maillage/" in f.filename]
    return " < ".join(f"{f.filename.rsplit('/maillage/', 1)[1]}:{f.lineno}" for f in reversed(ours[-4:])) or "Django"


def _short(data: dict[str, Any]) -> str:
    parts = []
    for name, value in data.items():
        shown = value.name if isinstance(value, SimpleUploadedFile) else repr(value)
        parts.append(f"{name}={shown[:60]}")
    return " ".join(parts)[:1500]


def bomb() -> bytes:
    """A workbook of a few kilobytes that unpacks to far more."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 60_000_000)
    return held.getvalue()


def short_walk(walk: Walk, steps: int) -> None:
    """Every page once as someone who holds every role, then pages and roles at random."""
    pages = walk.pages()
    for name in pages:
        walk.step(name, "everything", forms=1, spread=0.3)
    for _n in range(steps):
        walk.step(walk.random.choice(pages), walk.random.choice(WHO), forms=1, spread=0.3)


def long_walk(walk: Walk, *, until: float) -> Iterator[int]:
    """Pages and roles at random, until `time.monotonic()` says so; yields how many requests there were."""
    while time.monotonic() < until:
        pages = walk.pages()
        walk.random.shuffle(pages)
        for name in pages:
            walk.step(name, walk.random.choice([*WHO, *["everything"] * 8]), forms=6)
            if time.monotonic() >= until:
                return
        yield walk.sent
