"""Public writes of the catalogue."""

from .products import CertifierMissing, NoFormat, ReferenceTaken, save_product, set_picture
from .reference import load_categories, load_labels

__all__ = [
    "CertifierMissing",
    "NoFormat",
    "ReferenceTaken",
    "load_categories",
    "load_labels",
    "save_product",
    "set_picture",
]
