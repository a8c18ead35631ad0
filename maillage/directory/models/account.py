"""Accounts sign in. A person may have none."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from maillage.core.models import PublicModel


class AccountManager(BaseUserManager["Account"]):
    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "Account":
        account = self.model(email=self.normalize_email(email).lower(), **extra)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def get_by_natural_key(self, username: str | None) -> "Account":
        return self.get(email__iexact=username)


class Account(AbstractBaseUser, PublicModel):
    email = models.EmailField(max_length=254, unique=True)
    is_active = models.BooleanField(default=True)
    is_platform_admin = models.BooleanField(default=False, help_text="Keeps the platform: sees every organisation.")
    language = models.CharField(max_length=2, default="fr")
    created_at = models.DateTimeField(auto_now_add=True)
    second_factor_due = models.DateTimeField(
        null=True, blank=True, help_text="Until when it may do without the second factor that its roles ask for."
    )

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(Lower("email"), name="account_email_unique"),
        ]

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The person behind follows a change of address."""
        made = self._state.adding
        super().save(*args, **kwargs)
        fields = kwargs.get("update_fields")
        if self.is_active and not made and (fields is None or "email" in fields):
            from .person import Person

            Person.objects.filter(account=self).exclude(email=self.email).update(email=self.email)
