"""Versioned questionnaires and the diagnostics made with them. A trigger keeps a published version as it is."""

from typing import Any, ClassVar

import pgtrigger
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import Choice
from maillage.core.models import PublicModel
from maillage.core.text import Sorting
from maillage.directory.models import Organisation, Person
from maillage.directory.models.frozen import Frozen
from maillage.funding.models import Stream

from .mandate import Mandate


def nothing() -> list[Any]:
    return []


class Questionnaire(PublicModel):
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    title = models.CharField(max_length=160)
    stream = models.ForeignKey(Stream, models.PROTECT, null=True, blank=True, related_name="+")
    introduction = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[Any]] = [Sorting("title")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "title"], name="questionnaire_title_once"),
        ]

    def __str__(self) -> str:
        return self.title


class QuestionnaireVersion(PublicModel):
    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["questionnaire", "number"], name="questionnaire_version_number"),
            models.UniqueConstraint(
                fields=["questionnaire"],
                name="questionnaire_one_draft",
                condition=models.Q(published_at=None),
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(
                name="published_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__published_at__isnull=False),
            ),
        ]


def _immutable(version: str) -> pgtrigger.Trigger:
    """Refuse a change of a row whose version (found by the SQL `version`, of row {row}) is published."""
    return pgtrigger.Trigger(
        name="published_immutable",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("published", "timestamptz")],
        func=f"""
            SELECT v.published_at INTO published FROM accompaniment_questionnaireversion v
            WHERE v.id = {version};
            IF published IS NOT NULL THEN
                RAISE EXCEPTION 'a published questionnaire does not change' USING ERRCODE = '23514';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,  # noqa: S608 (a constant of this module)
    )


class Section(models.Model):
    """`advice` is what the list of priorities says when the section scores low."""

    version = models.ForeignKey(QuestionnaireVersion, models.CASCADE, related_name="sections")
    order = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=120)
    advice = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "pk"]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            _immutable("(CASE WHEN TG_OP = 'DELETE' THEN OLD.version_id ELSE NEW.version_id END)")
        ]

    def __str__(self) -> str:
        return self.title


class QuestionKind(models.TextChoices):
    SCALE = "scale", _("échelle de 0 à 5")
    CHOICE = "choice", _("un choix")
    NUMBER = "number", _("nombre")
    TEXT = "text", _("texte")


class Question(models.Model):
    """`options` of a choice: [{"label": str, "score": 0 to 100 or null}]. A scale scores its share of 5; texts and
    numbers score nothing. `weight` counts inside the section. Shown when `show_if` is answered by one of `show_values`
    (the option's index for a choice, the number for a scale)."""

    section = models.ForeignKey(Section, models.CASCADE, related_name="questions")
    order = models.PositiveSmallIntegerField(default=0)
    kind = Choice(max_length=8, choices=QuestionKind, default=QuestionKind.SCALE)
    label = models.CharField(max_length=300)
    help = models.CharField(max_length=300, blank=True)
    options = models.JSONField(default=nothing, blank=True)
    weight = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(0)])
    required = models.BooleanField(default=True)
    show_if = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    show_values = models.JSONField(default=nothing, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "pk"]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            _immutable(
                "(SELECT s.version_id FROM accompaniment_section s WHERE s.id = "
                "(CASE WHEN TG_OP = 'DELETE' THEN OLD.section_id ELSE NEW.section_id END))"
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def condition(self) -> str:
        """The values of its condition, as people read them."""
        if self.show_if is None:
            return ""
        if self.show_if.kind == QuestionKind.CHOICE:
            options = self.show_if.options
            return " / ".join(str(options[v]["label"]) for v in self.show_values if v < len(options))
        return " / ".join(str(v) for v in self.show_values)


class Diagnostic(Frozen, PublicModel):
    """One enterprise answers one version. `answered_at`: when it was finished; the day counts as its delivery."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    enterprise = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    version = models.ForeignKey(QuestionnaireVersion, models.PROTECT, related_name="diagnostics")
    adviser = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    mandate = models.ForeignKey(Mandate, models.SET_NULL, null=True, blank=True, related_name="diagnostics")
    email = models.EmailField(blank=True, help_text="Where the signed link is sent.")
    started_on = models.DateField()
    answered_at = models.DateTimeField(null=True, blank=True)
    delivered_on = models.DateField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-started_on", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(answered_at=None, delivered_on=None)
                | models.Q(answered_at__isnull=False, delivered_on__isnull=False),
                name="diagnostic_delivered_when_answered",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "delivered_on"], name="diagnostic_org_day"),
        ]


class Answer(models.Model):
    """`value`: a number (scale, number), the index of an option (choice) or a text."""

    diagnostic = models.ForeignKey(Diagnostic, models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, models.PROTECT, related_name="+")
    value = models.JSONField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["diagnostic", "question"], name="answer_once"),
        ]
