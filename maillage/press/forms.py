"""Forms of press."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from maillage.core.meanwhile import Edits
from maillage.directory.models import Organisation
from maillage.directory.queries import seen_by_name
from maillage.funding.queries import streams_of

from .models import Mention
from .queries import media_of


class MentionForm(Edits, forms.ModelForm[Mention]):
    """A mention of `organisation`; the enterprise is written by its name or NEQ."""

    enterprise = forms.CharField(label=_("Entreprise dont on parle"), max_length=240, required=False)

    class Meta:
        model = Mention
        fields: ClassVar[list[str]] = ["on", "medium", "title", "link", "stream"]

    def __init__(self, *args: Any, organisation: Organisation, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.instance.organisation = user, organisation
        self.fields["stream"].queryset = streams_of(organisation_id=organisation.pk)  # type: ignore[attr-defined]
        self.fields["medium"].widget.attrs["list"] = "media"
        if self.instance.about:
            self.initial.setdefault("enterprise", self.instance.about.name)

    @property
    def media_known(self) -> list[str]:
        """Those of the register, the ones most often written first."""
        return media_of(organisation_id=self.instance.organisation_id)

    def clean_enterprise(self) -> str:
        text: str = self.cleaned_data["enterprise"].strip()
        found = seen_by_name(user=self.user, text=text) if text else [None]
        if len(found) != 1:
            raise forms.ValidationError(_("Écrivez le nom exact d'une organisation du répertoire, ou son NEQ."))
        self.instance.about = found[0]
        return text
