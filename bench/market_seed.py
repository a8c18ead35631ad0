"""What the market's measures stand on: a market of its own each time, its members signed in, and the audit after."""

import os
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

MARKET = "Marché de mesure"
_NAMES = [
    "Carottes nantaises", "Pommes McIntosh", "Fromage de chèvre", "Pain au levain", "Miel de trèfle", "Poulet de grain",
    "Sirop d’érable", "Betteraves", "Confiture de framboises", "Truite fumée", "Yogourt nature", "Bœuf haché",
    "Tisane boréale", "Courge musquée", "Savon au lait",
]  # fmt: skip


@dataclass
class Seeded:
    """A market with an open cycle, made for one measure."""

    slug: str
    market_id: int
    cycle_id: int
    organisation_id: int
    slots: list[int]
    offers: list[int]
    people: list[int]


def setup() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillage.settings")
    import django
    from django.conf import settings

    if not settings.configured or not __import__("django.apps", fromlist=["apps"]).apps.ready:
        django.setup()


def seed(
    *, offers: int = 3000, people: int = 2000, quantity: int | None = 100_000, places: int | None = None
) -> Seeded:
    """A market with `offers` offers of 100 producers in 24 aisles, 9 pickup slots, and `people` members."""
    setup()
    from datetime import date, timedelta

    from django.db import connection, transaction
    from django.utils import timezone

    from maillage.catalogue.models import Category, Product, ProductFormat
    from maillage.core.quantity import Temperature
    from maillage.directory.models import Account, Organisation, Person
    from maillage.ledger.actions import open_book
    from maillage.ledger.models import LedgerAccount
    from maillage.market.models import Cycle, Market, Offer, PickupPoint, Slot, SlotCapacity
    from maillage.membership.models import MemberClass, Membership

    tag, now = uuid.uuid4().hex[:8], timezone.now()

    def make(model: Any, rows: Any) -> list[Any]:
        return list(model.objects.bulk_create(rows, batch_size=2000))

    def organisation(kind: str, n: int) -> Any:
        return Organisation(name=f"{kind} {n} {tag}", slug=f"{kind}-{tag}-{n}".lower(), is_demo=True)

    with transaction.atomic():
        (org,) = make(Organisation, [organisation("Mesure", 0)])
        producers = make(Organisation, [organisation("Ferme", n) for n in range(100)])
        market = Market.objects.create(
            organisation=org, name=f"{MARKET} {tag}", slug=f"mesure-{tag}", margin_mode="retained",
            margin_rate=Decimal("0.22"), is_demo=True,
        )  # fmt: skip
        book = open_book(organisation_id=org.pk)
        cycle = Cycle.objects.create(
            market=market, number=1, state="open", opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=2),
            delivered_on=timezone.localdate(now) + timedelta(days=5), offers_version=1,
        )  # fmt: skip
        points = make(
            PickupPoint,
            [PickupPoint(market=market, name=f"Point {n}", address=f"{n}, rue Principale") for n in range(9)],
        )
        slots = make(Slot, [
            Slot(cycle=cycle, point=point, name=point.name, starts_at=now + timedelta(days=5),
                 ends_at=now + timedelta(days=5, hours=3), places=places)
            for point in points
        ])  # fmt: skip
        make(
            SlotCapacity, [SlotCapacity(slot=s, temperature=t, crates=10**6) for s in slots for t in Temperature.values]
        )
        aisles = make(
            Category,
            [Category(name=f"Rayon {n}", slug=f"rayon-{tag}-{n}", icon="carrot", position=n) for n in range(24)],
        )
        products = make(Product, [
            Product(
                producer=producers[n % 100], reference=f"P{n}", name=f"{_NAMES[n % len(_NAMES)]} {n}",
                category=aisles[n % 24], temperature=Temperature.values[n % 3],
                tax_class="taxable" if n % 9 == 0 else "grocery", is_demo=True,
            )
            for n in range(offers)
        ])  # fmt: skip
        formats = make(ProductFormat, [
            ProductFormat(product=product, name="sac de 500 g", content=Decimal("0.500"), content_unit="kg",
                          price=Decimal(300 + n % 700) / 100)
            for n, product in enumerate(products)
        ])  # fmt: skip
        offered = make(Offer, [
            Offer(
                cycle=cycle, format=form, producer_id=product.producer_id, category_id=product.category_id,
                product_name=product.name, format_name=form.name, producer_name=producers[n % 100].name,
                labels=["bio"] if n % 4 == 0 else [], temperature=product.temperature, tax_class=product.tax_class,
                content=form.content, content_unit="kg", crates=form.crates, member_price=form.price,
                producer_price=(form.price * Decimal("0.78")).quantize(Decimal("0.0001")), quantity=quantity,
            )
            for n, (product, form) in enumerate(zip(products, formats, strict=True))
        ])  # fmt: skip
        accounts = make(Account, [Account(email=f"membre{n}.{tag}@exemple.test", password="!") for n in range(people)])
        persons = make(
            Person,
            [Person(account=a, given_name="Membre", family_name=str(n), is_demo=True) for n, a in enumerate(accounts)],
        )
        kind = MemberClass.objects.create(organisation=org, name="Membre", fee=25, period="year")
        make(Membership, [
            Membership(organisation=org, person=p, member_class=kind, number=n, during=(date(2020, 1, 1), None))
            for n, p in enumerate(persons, 1)
        ])  # fmt: skip
        make(LedgerAccount, [LedgerAccount(book=book, kind="member", person=p) for p in persons])
        make(LedgerAccount, [LedgerAccount(book=book, kind="producer", organisation=p) for p in producers])
    with connection.cursor() as c:
        c.execute("UPDATE market_offer o SET search = p.search FROM catalogue_productformat f JOIN catalogue_product p"
                  " ON p.id = f.product_id WHERE f.id = o.format_id AND o.cycle_id = %s", [cycle.pk])  # fmt: skip
        c.execute("VACUUM ANALYZE market_offer")
        c.execute("ANALYZE")
        c.execute("CHECKPOINT")  # what was seeded is on the disk before anything is measured
    return Seeded(
        market.slug,
        market.pk,
        cycle.pk,
        org.pk,
        [s.pk for s in slots],
        [o.pk for o in offered],
        [p.pk for p in persons],
    )


def sessions_of(people: list[int]) -> list[str]:
    """Session keys of people who are signed in."""
    setup()
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session

    from maillage.directory.models import Person

    store, rows, keys = SessionStore(), [], []
    for person in Person.objects.select_related("account").filter(pk__in=people).order_by("pk"):
        key = uuid.uuid4().hex
        data = {
            SESSION_KEY: str(person.account.pk), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: person.account.get_session_auth_hash(),
        }  # fmt: skip
        rows.append(Session(session_key=key, session_data=store.encode(data), expire_date=_tomorrow()))
        keys.append(key)
    Session.objects.bulk_create(rows, batch_size=2000)
    return keys


def _tomorrow() -> Any:
    from datetime import timedelta

    from django.utils import timezone

    return timezone.now() + timedelta(days=1)


def audit(seeded: Seeded) -> dict[str, int]:
    """Counts that must all be 0: offers whose stock is not what orders hold, totals that are not what members owe."""
    from django.db import connection

    with connection.cursor() as c:
        c.execute(_AUDIT, {"cycle": seeded.cycle_id, "org": seeded.organisation_id})
        oversold, stock, places, ledger, unbalanced = c.fetchone()
    return {"oversold": oversold, "stock": stock, "places": places, "ledger": ledger, "unbalanced": unbalanced}


_AUDIT = """
WITH live AS (SELECT * FROM market_order WHERE cycle_id = %(cycle)s AND state <> 'cancelled'),
owed AS (
    SELECT account.person_id, sum(entry.amount) AS amount FROM ledger_entry entry
    JOIN ledger_ledgeraccount account ON account.id = entry.account_id
    JOIN ledger_book book ON book.id = account.book_id
    WHERE book.organisation_id = %(org)s AND account.kind = 'member' GROUP BY 1
),
held AS (
    SELECT line.offer_id, sum(line.quantity) AS quantity FROM market_orderline line
    JOIN live ON live.id = line.order_id GROUP BY 1
)
SELECT
    (SELECT count(*) FROM market_offer WHERE cycle_id = %(cycle)s AND sold > quantity),
    (SELECT count(*) FROM market_offer offer LEFT JOIN held ON held.offer_id = offer.id
      WHERE offer.cycle_id = %(cycle)s AND offer.sold <> coalesce(held.quantity, 0)),
    (SELECT count(*) FROM market_slot slot WHERE slot.cycle_id = %(cycle)s
      AND slot.taken <> (SELECT count(*) FROM live WHERE live.slot_id = slot.id)),
    (SELECT count(*) FROM live FULL JOIN owed ON owed.person_id = live.person_id
      WHERE live.total IS DISTINCT FROM owed.amount),
    (SELECT count(*) FROM (SELECT entry.transaction_id FROM ledger_entry entry
      JOIN ledger_transaction t ON t.id = entry.transaction_id JOIN ledger_book b ON b.id = t.book_id
      WHERE b.organisation_id = %(org)s GROUP BY 1 HAVING sum(entry.amount) <> 0) wrong)
"""
