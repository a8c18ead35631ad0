"""The tables where django-pghistory keeps what rows were."""

from typing import Any

from django.apps import apps


def event_model(name: str) -> Any:
    """The event model of `Organisation`, `Person` or `Role`: `pgh_obj_id`, `pgh_label`, `pgh_created_at`,
    `pgh_context` (its metadata hold `by`, an account's key) and the fields of the row.
    """
    return apps.get_model("directory", f"{name}Event")
