"""Reading products: mine, those of my market, their history, and what a market may offer."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.changes import Past, past_of, with_after
from maillage.core.text import Sorting
from maillage.directory import queries as directory
from maillage.directory.models import Account, Organisation, Person, RoleKind, Territory

from ..models import Category, Label, Product, ProductFormat, ProductLabel, SheetImport, SupplyAgreement
from ..search import search
from ..types import Change

WRITERS = (RoleKind.PRODUCER.value,)
READERS = (RoleKind.COORDINATOR.value,)


def _agreements(today: date) -> QuerySet[SupplyAgreement]:
    return SupplyAgreement.objects.filter(Q(until=None) | Q(until__gt=today), since__lte=today)


def producers_of(organisation_id: int, *, today: date | None = None) -> QuerySet[Organisation]:
    """The producers accepted by a market's organisation today, by name."""
    agreements = _agreements(today or timezone.localdate()).filter(organisation_id=organisation_id)
    return Organisation.objects.filter(pk__in=agreements.values("producer_id"))


def offerable_formats(
    organisation_id: int, *, producer_id: int | None = None, today: date | None = None
) -> QuerySet[ProductFormat]:
    """What the organisation's market may sell: active formats of active products of its accepted producers.

    Product, category and producer are joined. A plain queryset without prefetch, fit for `INSERT … SELECT`;
    `producer_id` narrows it to one producer.
    """
    agreements = _agreements(today or timezone.localdate()).filter(
        organisation_id=organisation_id, producer_id=OuterRef("product__producer_id")
    )
    formats = ProductFormat.objects.filter(Exists(agreements), is_active=True, product__is_active=True)
    if producer_id is not None:
        formats = formats.filter(product__producer_id=producer_id)
    return formats.select_related("product", "product__category", "product__producer").order_by(
        Sorting("product__name"), "pk"
    )


def my_producers(*, user: Any) -> list[Organisation]:
    """The organisations whose products `user` writes, by name."""
    keys = directory.organisations_where(user=user, kinds=WRITERS)
    return list(Organisation.objects.filter(pk__in=keys)) if keys else []


def producer_for(*, user: Any, public_id: UUID | str) -> Organisation:
    """The producer, if `user` writes its products; Http404 otherwise."""
    return directory.organisation_for(user=user, public_id=public_id, kinds=WRITERS)


def count_formats(producer_id: int) -> int:
    """How many formats a producer has: the rows of its sheet."""
    return ProductFormat.objects.filter(product__producer=producer_id).count()


def products_for(*, user: Any, today: date | None = None) -> QuerySet[Product]:
    """What `user` may see: own products, and those of producers accepted where `user` coordinates."""
    if isinstance(user, Account) and user.is_platform_admin:
        return Product.objects.all()
    own = directory.organisations_where(user=user, kinds=WRITERS)
    markets = directory.organisations_where(user=user, kinds=READERS)
    seen = Q(producer_id__in=own)
    if markets:
        agreements = _agreements(today or timezone.localdate()).filter(organisation_id__in=markets)
        seen |= Q(producer_id__in=agreements.values("producer_id"))
    return Product.objects.filter(seen)


def product_for(*, user: Any, public_id: UUID | str) -> Product:
    """One product that `user` may see, with producer, category and origin; Http404 otherwise."""
    seen = products_for(user=user).select_related("producer", "category", "origin")
    product = seen.filter(public_id=public_id).first()
    if product is None:
        raise Http404
    return product


def may_write(*, user: Any, product: Product) -> bool:
    return directory.holds(user=user, organisation_id=product.producer_id, kinds=WRITERS)


def with_details(products: QuerySet[Product]) -> QuerySet[Product]:
    """Products with what a list shows of each: producer, category, formats and labels, in three queries."""
    return products.select_related("producer", "category").prefetch_related(
        Prefetch("formats", ProductFormat.objects.order_by("pk")),
        Prefetch("product_labels", ProductLabel.objects.select_related("label").order_by("label__name")),
    )


def search_products(products: QuerySet[Product], text: str) -> QuerySet[Product]:
    """The products that `text` finds, best first, in one query; all of them for an empty text."""
    return search(products, text)


def category_tree() -> list[tuple[Category, list[Category]]]:
    """Top categories with their children, in order; one query."""
    children: dict[int | None, list[Category]] = defaultdict(list)
    for category in Category.objects.all():
        children[category.parent_id].append(category)
    return [(top, children[top.pk]) for top in children[None]]


def labels() -> list[Label]:
    """Every label, by name."""
    return list(Label.objects.all())


def import_for(*, user: Any, public_id: UUID | str) -> SheetImport:
    """An import of a producer whose products `user` writes; Http404 otherwise."""
    found = SheetImport.objects.select_related("producer").filter(public_id=public_id).first()
    if found is None or not directory.holds(user=user, organisation_id=found.producer_id, kinds=WRITERS):
        raise Http404
    return found


def formats_of(producer_id: int) -> QuerySet[ProductFormat]:
    """Every format of a producer with its product and labels, by product name."""
    labels = Prefetch("product__product_labels", ProductLabel.objects.select_related("label"))
    return (
        ProductFormat.objects.filter(product__producer_id=producer_id)
        .select_related("product", "product__category")
        .prefetch_related(labels)
        .order_by(Sorting("product__name"), "product_id", "pk")
    )


def _field_names() -> dict[str, str]:
    return {
        "name": _("nom"),
        "reference": _("référence"),
        "description": _("description"),
        "category_id": _("catégorie"),
        "temperature": _("température"),
        "tax_class": _("taxe"),
        "origin_id": _("origine"),
        "season_from": _("début de saison"),
        "season_to": _("fin de saison"),
        "allergens": _("allergènes"),
        "picture": _("image"),
        "is_active": _("en vente"),
        "content": _("contenu"),
        "content_unit": _("unité"),
        "by_weight": _("vendu au poids"),
        "price": _("prix"),
        "price_basis": _("base du prix"),
        "deposit": _("consigne"),
        "crates": _("part de caisse"),
    }


def history_of(product: Product, *, limit: int = 40) -> list[Change]:
    """Who changed what of a product and its formats, latest first, `limit` changes at most.

    A constant number of queries.
    """
    names = _field_names()
    formats = {f.pk: f for f in product.formats.all()}
    of_product = with_after(past_of(Product, [product.pk], latest=limit), {product.pk: product})
    of_formats = with_after(past_of(ProductFormat, formats, ever={"product_id": product.pk}, latest=limit), formats)
    people = _authors(was.account_id for was, _after in [*of_product, *of_formats])
    changes = list(_changes(of_product, names, people, str(product.name)))
    changes += _changes(of_formats, names, people, "")
    changes.sort(key=lambda change: change.at, reverse=True)
    return _with_words(changes[:limit], names)


def _authors(found: Iterable[int | None]) -> dict[int | None, str]:
    accounts = Account.objects.filter(pk__in={key for key in found if key is not None})
    people = {p.account_id: p.name for p in Person.objects.filter(account__in=accounts)}
    return {account.pk: people.get(account.pk, account.email) for account in accounts}


def _changes(
    told: Iterable[tuple[Past[Any], Any]], names: dict[str, str], people: dict[int | None, str], of: str
) -> Iterable[Change]:
    for was, after in reversed(list(told)):
        if was.row is None:
            continue
        who = people.get(was.account_id, _("le système"))
        title = of or was.row.name
        if after is None:
            yield Change(was.at, who, title, _("format"), was.row.name, _("retiré"))
            continue
        for field, name in names.items():
            before, now = getattr(was.row, field, None), getattr(after, field, None)
            if before != now:
                yield Change(was.at, who, title, name, before, now)


def _with_words(changes: list[Change], names: dict[str, str]) -> list[Change]:
    """Keys and codes as words."""
    from dataclasses import replace

    categories = {c.pk: str(c) for c in Category.objects.all()} if _touch(changes, names["category_id"]) else {}
    choices = _choices(names)
    if _touch(changes, names["origin_id"]):
        keys = {v for c in changes if c.field == names["origin_id"] for v in (c.before, c.after)}
        choices[names["origin_id"]] = dict(Territory.objects.filter(pk__in=keys - {None}).values_list("pk", "name"))

    def word(change: Change, value: Any) -> Any:
        if change.field == names["category_id"]:
            return categories.get(value, value)
        if isinstance(value, bool):
            return _("oui") if value else _("non")
        if isinstance(value, list):
            return ", ".join(str(choices[names["allergens"]].get(v, v)) for v in value) or "—"
        if change.field == names["picture"]:
            return _("une image") if value else "—"
        return choices.get(change.field, {}).get(value, value if value not in (None, "") else "—")

    return [replace(c, before=word(c, c.before), after=word(c, c.after)) for c in changes]


def _touch(changes: list[Change], field: str) -> bool:
    return any(change.field == field for change in changes)


def _choices(names: dict[str, str]) -> dict[str, dict[Any, Any]]:
    from maillage.core.quantity import Temperature, Unit
    from maillage.core.tax import TaxClass

    from ..models import Allergen, PriceBasis

    return {
        names["temperature"]: dict(Temperature.choices),
        names["tax_class"]: dict(TaxClass.choices),
        names["content_unit"]: dict(Unit.choices),
        names["price_basis"]: dict(PriceBasis.choices),
        names["allergens"]: dict(Allergen.choices),
    }
