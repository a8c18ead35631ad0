"""What the catalogue knows of a person (Québec's Law 25)."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.directory.models import Person

from .models import Application, Review, SheetImport


def reviews(person: Person) -> list[dict[str, Any]]:
    """What the person wrote about applications, as a reviewer."""
    rows = Review.objects.filter(reviewer=person).select_related("application__producer", "application__organisation")
    return [
        {
            _("Date"): timezone.localtime(row.reviewed_at),
            _("Marché"): row.application.organisation.name,
            _("Candidature de"): row.application.producer.name,
            _("Conflit d'intérêts"): row.has_conflict,
            _("Commentaire"): row.comment,
        }
        for row in rows.order_by("reviewed_at", "pk")
    ]


def filed(person: Person) -> list[dict[str, Any]]:
    """Applications and spreadsheets that the person filed in a producer's name."""
    if person.account_id is None:
        return []
    applications = Application.objects.filter(created_by=person.account).select_related("producer", "organisation")
    sheets = SheetImport.objects.filter(uploaded_by=person.account).defer("rows").select_related("producer")
    return [
        *(
            {_("Date"): timezone.localtime(a.created_at), _("Pour"): a.producer.name, _("Quoi"): a.organisation.name}
            for a in applications.order_by("created_at", "pk")
        ),
        *(
            {_("Date"): timezone.localtime(s.uploaded_at), _("Pour"): s.producer.name, _("Quoi"): s.file_name}
            for s in sheets.order_by("uploaded_at", "pk")
        ),
    ]
