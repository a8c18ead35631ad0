"""What a fault left behind, looked at with Django: `python -m bench.faults.after address|close|report SHOP`.

`address` gives every member and every farm of the market an e-mail; `close` closes its cycle; `report` waits until
nothing is under way and counts: documents and whether each file is what its row says, letters and whether each left
once.
"""

import argparse
import collections
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

from .orders import Shop

_MESSAGE = re.compile(r"^Message-ID: <([0-9a-f-]{36})@", re.M)


def address(shop: Shop) -> dict[str, Any]:
    from django.db.models import CharField, Value
    from django.db.models.functions import Cast, Concat

    from maillage.directory.models import Organisation, Person
    from maillage.market.models import Offer

    people = Person.objects.filter(pk__in=shop.people)
    people.update(email=Concat(Value("membre"), Cast("pk", CharField()), Value("@exemple.test")))

    keys = Offer.objects.filter(cycle=shop.cycle_id).values("producer_id")
    for farm in Organisation.objects.filter(pk__in=keys):
        Organisation.objects.filter(pk=farm.pk).update(email=f"{farm.slug}@exemple.test")
    return {}


def close(shop: Shop) -> dict[str, Any]:
    from django.utils import timezone

    from maillage.market.actions import close_cycle

    close_cycle(cycle_id=shop.cycle_id, now=timezone.now(), by=None)
    return {}


def report(shop: Shop, mail: Path, seconds: float) -> dict[str, Any]:
    """Counts, once nothing moves any more (or `seconds` are over: then `unfinished` says how much is left)."""
    from maillage.market.models import Document

    until = time.monotonic() + seconds
    while (left := _under_way(shop)) and time.monotonic() < until:
        time.sleep(1)
    documents = list(Document.objects.filter(cycle=shop.cycle_id))
    return {
        "unfinished": left,
        "documents": len(documents),
        "documents_whole": sum(_is_whole(document) for document in documents),
        **_letters(mail),
    }


def _under_way(shop: Shop) -> int:
    from django.db.models import Q
    from django.db.models.functions import Now
    from procrastinate.contrib.django.models import ProcrastinateJob

    from maillage.core.models import Letter
    from maillage.market.models import Document

    periodic = re.compile(r"clock|rescue|remind|sweep|waiting|messages|corrections|reconcile|look|forget")
    due = Q(scheduled_at=None) | Q(scheduled_at__lte=Now())  # what waits longer has failed, and its turn comes
    jobs = ProcrastinateJob.objects.filter(due, status__in=("todo", "doing")).values_list("task_name", flat=True)
    return (
        sum(not periodic.search(name) for name in jobs)
        + Letter.objects.filter(state__in=("waiting", "sending")).count()
        + Document.objects.filter(cycle=shop.cycle_id, state="waiting").count()
    )


def _is_whole(document: Any) -> bool:
    import hashlib

    from django.core.files.storage import default_storage

    if document.state != "ready":
        return False
    with default_storage.open(document.file.name) as file:
        content = file.read()
    return (len(content), hashlib.sha256(content).hexdigest()) == (document.size, document.sha256)


def _letters(mail: Path) -> dict[str, int]:
    """Every letter of the database against the messages that the mail server (a folder) was given."""
    from maillage.core.models import Letter

    given: collections.Counter[str] = collections.Counter()
    for path in mail.glob("*.log"):
        given.update(_MESSAGE.findall(path.read_text(errors="replace")))
    rows = dict(Letter.objects.values_list("public_id", "state"))
    said_sent = {str(key) for key, state in rows.items() if state == "sent"}
    return {
        "letters": len(rows),
        "letters_lost": sum(str(key) not in given for key in rows),
        "letters_double": sum(count - 1 for count in given.values()),
        "letters_said_sent_and_not": len(said_sent - set(given)),
    }


def orders_without_letter(shop: Shop) -> int:
    """Orders that stand and of which no letter was written."""
    from maillage.core.models import Letter
    from maillage.market.models import Order

    keys = Order.objects.filter(cycle=shop.cycle_id).exclude(state="cancelled").exclude(person__email="")
    written = {
        key.rsplit(":", 2)[0] for key in Letter.objects.filter(key__startswith="order:").values_list("key", flat=True)
    }
    return sum(f"order:{pk}:{revision}" not in written for pk, revision in keys.values_list("pk", "revision"))


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench.faults.after", description=__doc__)
    parser.add_argument("what", choices=["address", "close", "report"])
    parser.add_argument("shop", type=Path)
    parser.add_argument("--mail", type=Path, default=Path())
    parser.add_argument("--seconds", type=float, default=240)
    given = parser.parse_args(argv)
    import django

    django.setup()
    shop = Shop(**json.loads(given.shop.read_text()))
    if given.what == "report":
        found = report(shop, given.mail, given.seconds) | {"orders_without_letter": orders_without_letter(shop)}
    else:
        found = {"address": address, "close": close}[given.what](shop)
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
