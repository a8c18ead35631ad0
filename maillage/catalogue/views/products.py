"""Pages of products: list, one product, its picture."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from maillage.core.actions import Refused
from maillage.directory.types import Organisation, SignedIn

from .. import actions, pictures, queries
from ..forms import FilterForm, ProductForm, formats_form
from ..models import Product

PAGE = 40
YEAR = "public, max-age=31536000, immutable"


@require_GET
def products(request: SignedIn) -> HttpResponse:
    """What I sell, or what the producers of my market sell."""
    kept = FilterForm(request.GET).kept()
    mine = queries.my_producers(user=request.user)
    found = queries.products_for(user=request.user)
    total = found.count()
    if kept["producteur"]:
        found = found.filter(producer__public_id=kept["producteur"])
    if kept["categorie"]:
        category = kept["categorie"]
        found = found.filter(category__in=[category.pk, *category.children.values_list("pk", flat=True)])
    if kept["temperature"]:
        found = found.filter(temperature=kept["temperature"])
    if kept["etat"]:
        found = found.filter(is_active=kept["etat"] == "en-vente")
    shown = queries.search_products(queries.with_details(found), kept["q"] or "")
    page = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "kept": kept,
        "total": total,
        "mine": mine,
        "tree": queries.category_tree() if total else [],
        "shows_producer": len(mine) != 1,
        "filtered": any(kept.values()),
    }
    part = "#results" if request.htmx else ""
    return render(request, f"catalogue/products.html{part}", context)


def chosen_producer(request: SignedIn) -> Organisation:
    """The producer of `?producteur=`, else my only or first one; Http404 when I write for none."""
    asked = request.GET.get("producteur") or request.POST.get("producteur")
    if asked:
        try:
            return queries.producer_for(user=request.user, public_id=UUID(asked))
        except ValueError as error:
            raise Http404 from error
    mine = queries.my_producers(user=request.user)
    if not mine:
        raise Http404
    return mine[0]


@require_http_methods(["GET", "POST"])
def product_new(request: SignedIn) -> HttpResponse:
    producer = chosen_producer(request)
    return _edit(request, producer, None)


@require_http_methods(["GET", "POST"])
def product(request: SignedIn, public_id: UUID) -> HttpResponse:
    """One product: its producer changes it, a market's coordinator reads it."""
    found = queries.product_for(user=request.user, public_id=public_id)
    if not queries.may_write(user=request.user, product=found):
        if request.method == "POST":
            raise Http404
        return render(request, "catalogue/product_read.html", _about(found))
    return _edit(request, found.producer, found)


def _about(found: Product) -> dict[str, Any]:
    detailed = queries.with_details(Product.objects.filter(pk=found.pk).select_related("origin")).get()
    return {"product": detailed, "history": queries.history_of(detailed)}


def _edit(request: SignedIn, producer: Organisation, found: Product | None) -> HttpResponse:
    about = _about(found) if found else {"product": None, "history": []}
    held = about["product"]
    data = request.POST if request.method == "POST" else None
    form = ProductForm(data, request.FILES or None, product=held)
    formats = formats_form(data, formats=held.formats.all() if held else ())
    if data is not None and all([form.is_valid(), formats.is_valid()]):
        try:
            saved = _save(request, producer, found, form, formats)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("« %s » est enregistré.") % saved.name)
            return redirect("catalogue:product", saved.public_id)
    context = {**about, "form": form, "formats": formats, "producer": producer, "mine": [], "refused": data is not None}
    if found is None:
        context["mine"] = queries.my_producers(user=request.user)
    return render(request, "catalogue/product.html", context, status=422 if data is not None else 200)


def _save(request: SignedIn, producer: Organisation, found: Product | None, form: ProductForm, formats: Any) -> Product:
    sent = form.cleaned_data["picture"]
    if sent:
        pictures.store(sent)  # refuses before anything is written
        sent.seek(0)
    saved = actions.save_product(
        producer_id=producer.pk,
        product_id=found.pk if found else None,
        data=form.data_of(),
        formats=[one.data_of() for one in formats.kept()],
        removed=formats.removed(),
        by=request.user,
    )
    if sent or form.cleaned_data["remove_picture"]:
        actions.set_picture(product_id=saved.pk, file=sent or None, by=request.user)
    return saved


@login_not_required
@require_safe
def picture(request: HttpRequest, name: str) -> FileResponse | HttpResponse:
    """A picture by its digest: public, as the shops are, and kept by browsers for a year."""
    stored = f"produits/{name}"
    if not pictures.NAME.match(stored) or not default_storage.exists(stored):
        raise Http404
    response = FileResponse(default_storage.open(stored), content_type="image/webp")
    response["Cache-Control"] = YEAR
    return response
