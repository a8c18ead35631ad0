"""Public reads of the catalogue."""

from ..pictures import html as picture_html
from ..pictures import url as picture_url
from ..search import search
from .products import (
    category_tree,
    formats_of,
    history_of,
    import_for,
    labels,
    may_write,
    my_producers,
    offerable_formats,
    producer_for,
    producers_of,
    product_for,
    products_for,
    search_products,
    with_details,
)

__all__ = [
    "category_tree",
    "formats_of",
    "history_of",
    "import_for",
    "labels",
    "may_write",
    "my_producers",
    "offerable_formats",
    "picture_html",
    "picture_url",
    "producer_for",
    "producers_of",
    "product_for",
    "products_for",
    "search",
    "search_products",
    "with_details",
]
