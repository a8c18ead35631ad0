"""How a view of any context takes a spreadsheet: the page that asks for the file, then the directory's own pages.

    return imports.page(request, "maillage.press.imports:MENTIONS", organisation)

What is imported is a `core.imports.Kind`, a constant of a module.
"""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from maillage.core import sheets, uploads
from maillage.core.actions import Refused
from maillage.core.events import load
from maillage.core.imports import Kind

from .actions import file_imports
from .models import Organisation
from .queries.file_imports import imports_of
from .types import SignedIn

MODEL = "modele"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class FileForm(forms.Form):
    file = uploads.FileField(label=gettext_lazy("Fichier (XLSX, ODS ou CSV)"), kinds=uploads.TABLE)


def page(request: SignedIn, path: str, organisation: Organisation, **more: Any) -> HttpResponse:
    """Choose a file: it is read and shown, nothing is written. `?modele` answers with an empty file to fill."""
    kind: Kind = load(path)
    if MODEL in request.GET:
        return model_file(kind, organisation)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            row = file_imports.upload_file(
                kind=path,
                organisation_id=organisation.pk,
                file=file,
                name=file.name or "",
                language=get_language() or "fr",
                now=timezone.now(),
                by=request.user,
            )
        except Refused as refused:
            form.add_error("file", str(refused))
        else:
            return redirect("directory:file_import", row.public_id)
    context = {
        "kind": kind,
        "form": form,
        "organisation": organisation,
        "back": kind.back(organisation),
        "recent": imports_of(organisation_id=organisation.pk, kind=path),
        **more,
    }
    return render(request, "directory/file_import_new.html", context, status=422 if form.errors else 200)


def model_file(kind: Kind, organisation: Organisation) -> HttpResponse:
    """An empty spreadsheet with the headings, and a second sheet with the words that are understood."""
    heads = [sheets.Column(str(f.label), "text", 24) for f in kind.fields]
    pages: list[Any] = [(_("À remplir"), heads, [])]
    words = {name: list(map(str, said)) for name, said in (kind.words(organisation) if kind.words else {}).items()}
    if words:
        longest = max(map(len, words.values()))
        lists = [[said[n] if n < len(said) else "" for said in words.values()] for n in range(longest)]
        pages.append((_("Mots compris"), [sheets.Column(name, "text", 26) for name in words], lists))
    content = sheets.write_xlsx(pages, title=str(kind.title), made_on=timezone.localdate())
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="modele.xlsx"'
    return response
