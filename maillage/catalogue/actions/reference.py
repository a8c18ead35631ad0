"""The tree of categories and the labels, from data files."""

import json
from pathlib import Path
from typing import Any

from maillage.core.actions import action
from maillage.directory.types import Account

from .. import access
from ..models import Category, Criterion, Label

DATA = Path(__file__).parent.parent / "data"


@action(access.house)
def load_categories(*, by: Account | None = None) -> dict[str, Category]:
    """Write the categories of `data/categories.json`: `{slug: category}`.

    A slug known already is updated in place; other categories stay. Loading twice changes nothing.
    """
    return _load_level(json.loads((DATA / "categories.json").read_text()), parent=None)


def _load_level(nodes: list[dict[str, Any]], *, parent: Category | None) -> dict[str, Category]:
    loaded: dict[str, Category] = {}
    for position, node in enumerate(nodes):
        values = {key: node.get(key, "") for key in ("name", "name_en", "icon")}
        category, _made = Category.objects.update_or_create(
            slug=node["slug"], defaults={**values, "parent": parent, "position": position}
        )
        loaded |= {category.slug: category} | _load_level(node.get("children", []), parent=category)
    return loaded


@action(access.house)
def load_labels(*, by: Account | None = None) -> dict[str, Label]:
    """Write the labels of `data/labels.json`: `{code: label}`. Loading twice changes nothing."""
    loaded = {}
    for node in json.loads((DATA / "labels.json").read_text()):
        code = node.pop("code")
        loaded[code], _made = Label.objects.update_or_create(code=code, defaults=node)
    return loaded


@action(access.house)
def load_criteria(*, organisation_id: int, by: Account | None = None) -> list[Criterion]:
    """Give a market's organisation the six criteria that the Marché de proximité de Québec published, all of weight 1.

    Its own weights and wording are kept: a criterion of the same text stays as it is. Loading twice changes nothing.
    """
    return [
        Criterion.objects.get_or_create(
            organisation_id=organisation_id,
            text=node["text"],
            defaults={"text_en": node["text_en"], "position": position},
        )[0]
        for position, node in enumerate(json.loads((DATA / "criteria.json").read_text()))
    ]
