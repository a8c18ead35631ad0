"""`bin/bench faults --uploads`: six heavy files at once to the forms that take files, while others ask for pages.

For each kind of file: the worst wait of `/sante/` and of the home page while the six are read, beside the worst wait
while nothing happens, and what became of the six. The service is `bin/serve` as it is (two processes of four threads).
"""

import argparse
import http.client
import io
import json
import random
import struct
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

AT_ONCE = 6
EVERY = 0.1  # seconds between two looks at a page
PATIENCE = 120.0
PAGES = ("/sante/", "/")
BOUNDARY = "limite-de-mesure"
TOKEN = "m" * 32


# --- files ------------------------------------------------------------------------------------


def bomb() -> bytes:
    """A workbook that says it unfolds into 2 GB."""
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/sheet.xml", "w") as part:
        for _block in range(2_000):
            part.write(b"\0" * 1_000_000)
    return book.getvalue()


def far_cell() -> bytes:
    """A workbook of a few kilobytes whose one cell is at the end of the largest sheet."""
    import xlsxwriter

    book = io.BytesIO()
    with xlsxwriter.Workbook(book, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        sheet.write(0, 0, "Produit")
        sheet.write(1_048_575, 16_383, "x")
    return book.getvalue()


def large_workbook() -> bytes:
    """A workbook that may be read: 10,000 rows of 30 cells."""
    import xlsxwriter

    book, draw = io.BytesIO(), random.Random(3)
    with xlsxwriter.Workbook(book, {"constant_memory": True}) as made:
        sheet = made.add_worksheet()
        for y in range(10_000):
            for x in range(30):
                sheet.write(y, x, f"Cellule {draw.random()}")
    return book.getvalue()


def _png(width: int, height: int) -> bytes:
    def part(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    packer = zlib.compressobj(9)
    line = b"\0" * (1 + 3 * width)
    body = b"".join([*(packer.compress(line) for _y in range(height)), packer.flush()])
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", body) + part(b"IEND", b"")


def huge_picture() -> bytes:
    """A PNG of 20,000 by 20,000: 1.2 GB unfolded, some hundred kilobytes sent."""
    return _png(20_000, 20_000)


def large_picture() -> bytes:
    """A PNG of the largest size that is taken: 50 million pixels."""
    return _png(7_071, 7_071)


def short_lines() -> bytes:
    """A CSV of a million short lines."""
    return b"Produit;Prix\n" + b"ail;1\n" * 1_000_000


def commas() -> bytes:
    """A CSV of 20 MB that is nothing but ends of cells."""
    return b"Produit;Prix\n" + b";" * 19_900_000


def bank_lines() -> bytes:
    """A file of a bank, of 5 MB: half a million lines."""
    return b"Date;Description;Montant\n" + b"a;b;1,00\n" * 540_000


def scan() -> bytes:
    """A PDF of 19 MB."""
    return b"%PDF-1.4\n" + random.Random(1).randbytes(19_000_000)


FILES: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "xlsx_bomb": ("sheet", "bombe.xlsx", bomb),
    "xlsx_far_cell": ("sheet", "loin.xlsx", far_cell),
    "xlsx_10000_rows": ("members", "liste.xlsx", large_workbook),
    "png_400_megapixels": ("picture", "immense.png", huge_picture),
    "png_50_megapixels": ("picture", "grande.png", large_picture),
    "csv_million_lines": ("sheet", "lignes.csv", short_lines),
    "csv_20_mb_of_commas": ("work", "virgules.csv", commas),
    "csv_of_a_bank": ("bank", "banque.csv", bank_lines),
    "pdf_19_mb": ("minutes", "scan.pdf", scan),
}
"""By name: the form (`prepare`), the file's name, its content."""


# --- the forms --------------------------------------------------------------------------------


PRODUCT = {
    "name": "Ail", "temperature": "chilled", "tax_class": "grocery", "is_active": "on", "formats-TOTAL_FORMS": "1",
    "formats-INITIAL_FORMS": "0", "formats-0-name": "sac", "formats-0-content": "1", "formats-0-content_unit": "kg",
    "formats-0-price": "4", "formats-0-price_basis": "producer", "formats-0-deposit": "0", "formats-0-crates": "0,1",
    "formats-0-is_active": "on",
}  # fmt: skip


def prepare() -> dict[str, Any]:
    """An organisation with all that it works with, in the database at hand; someone who holds every role is signed in
    with a second factor; the address, the field and the other values of each form."""
    import django

    django.setup()
    from allauth.account.internal.userkit import user_id_to_str
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import transaction
    from django.urls import reverse

    from maillage.catalogue.models import Category
    from tests.world import ROLES, make_side, worker

    with transaction.atomic():
        side = make_side("mesure", "MESURE")
    person = worker(side.organisation, *ROLES)
    account = person.account
    assert account is not None
    session = SessionStore()
    session.update({
        SESSION_KEY: str(account.pk), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: account.get_session_auth_hash(),
        "account_authentication_methods_user": user_id_to_str(account),
        "account_authentication_methods": [{"method": "mfa", "type": "totp", "at": time.time()}],
    })  # fmt: skip
    session.create()
    here, category = side.organisation.public_id, str(Category.objects.order_by("pk").values_list("pk", flat=True)[0])
    return {
        "session": session.session_key,
        "forms": {
            "sheet": (reverse("catalogue:import"), "file", {}),
            "members": (reverse("membership:import", args=[here]), "file", {}),
            "picture": (reverse("catalogue:product_new"), "picture", PRODUCT | {"category": category}),
            "work": (reverse("accompaniment:import"), "file", {}),
            "bank": (reverse("payments:interac", args=[here]), "file", {}),
            "minutes": (
                reverse("governance:meeting_change", args=[side.has.meeting_of_body.public_id]),
                "file",
                {"verbe": "pv"},
            ),
        },
    }


# --- the measure ------------------------------------------------------------------------------


def _own(content: bytes, values: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    """A picture, and a name, that nobody sent yet: the same ones would not be read again."""
    if "name" not in values:
        return content, values
    return content + random.randbytes(8), values | {"name": f"Ail {random.getrandbits(40)}"}


def _ask(base: str, method: str, path: str, *, session: str = "", body: bytes = b"", kind: str = "") -> int:
    """The status of the answer; 0 without one."""
    host = base.removeprefix("http://")
    asked = http.client.HTTPConnection(host, timeout=PATIENCE)
    headers = {"Cookie": f"sessionid={session}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN} if session else {}
    try:
        asked.request(method, path, body=body or None, headers=headers | ({"Content-Type": kind} if kind else {}))
        answer = asked.getresponse()
        answer.read()
        return answer.status
    except OSError:
        return 0
    finally:
        asked.close()


def _body(field: str, name: str, content: bytes, values: dict[str, str]) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in values.items()
    ]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'
    return b"".join([*parts, head.encode(), content, f"\r\n--{BOUNDARY}--\r\n".encode()])


class Looks:
    """Asks for each page every tenth of a second, however long the answers take; `worst` of each, in seconds."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.worst = dict.fromkeys(PAGES, 0.0)
        self.wrong = 0
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(400)

    def __enter__(self) -> "Looks":
        self._thread = threading.Thread(target=self._walk)
        self._thread.start()
        return self

    def __exit__(self, *_args: object) -> None:
        self._over.set()
        self._thread.join()
        self._pool.shutdown()

    def _walk(self) -> None:
        while not self._over.wait(EVERY):
            for path in PAGES:
                self._pool.submit(self._look, path)

    def _look(self, path: str) -> None:
        began = time.monotonic()
        status = _ask(self.base, "GET", path)
        self.worst[path] = max(self.worst[path], time.monotonic() - began)
        self.wrong += status != 200


def measure(base: str, told: dict[str, Any], only: list[str]) -> dict[str, Any]:
    """Each kind of file, six at once."""
    found: dict[str, Any] = {}
    with Looks(base) as looks:
        time.sleep(5)
    calm = looks.worst
    found["calm"] = {f"worst_ms {path}": round(1000 * seconds) for path, seconds in calm.items()}
    for name in only or FILES:
        form, filename, make = FILES[name]
        path, field, values = told["forms"][form]
        content = make()
        bodies = [_body(field, filename, *_own(content, values)) for _n in range(AT_ONCE)]
        kind = f"multipart/form-data; boundary={BOUNDARY}"

        def send(body: bytes, path: str = path, kind: str = kind) -> int:
            return _ask(base, "POST", path, session=told["session"], body=body, kind=kind)

        began = time.monotonic()
        with Looks(base) as looks, ThreadPoolExecutor(AT_ONCE) as six:
            answers = list(six.map(send, bodies))
            took = time.monotonic() - began
            time.sleep(max(0.0, 1.0 - took))
        found[name] = {
            "answers": {str(status): answers.count(status) for status in sorted(set(answers))},
            "seconds": round(took, 2),
            **{f"worst_ms {path}": round(1000 * seconds) for path, seconds in looks.worst.items()},
            **{f"times_calm {p}": round(s / max(calm[p], 0.001), 1) for p, s in looks.worst.items()},
            "pages_not_answered": looks.wrong,
        }
        time.sleep(1)
    return found


def run(*, echo: Callable[[str], None], only: list[str]) -> dict[str, Any]:
    """The service on a database of its own."""
    from . import single

    echo("A database, migrated, with an organisation")
    with single.template() as made, single._place("uploads") as folder, single._machine("uploads", made, folder) as at:
        service = single.Service(folder, at.url)
        words = [sys.executable, "-m", "bench.faults.uploads", "prepare"]
        done = subprocess.run(words, env=service.env, check=True, cwd=single.ROOT, capture_output=True, text=True)
        service.start()
        try:
            return measure(service.base, json.loads(done.stdout.strip().splitlines()[-1]), only)
        finally:
            service.stop()


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.faults.uploads", description=__doc__)
    parser.add_argument("what", choices=["prepare"])
    parser.parse_args()
    sys.stdout.write(json.dumps(prepare(), default=str) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
