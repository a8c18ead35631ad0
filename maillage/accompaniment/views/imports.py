"""Interventions from a spreadsheet: shown first, recorded once."""

from django.http import HttpResponse

from maillage.directory import imports
from maillage.directory.types import SignedIn

from .common import working_organisation


def import_file(request: SignedIn) -> HttpResponse:
    return imports.page(request, "maillage.accompaniment.imports:INTERVENTIONS", working_organisation(request))
