from .product import Allergen, Category, Label, PriceBasis, Product, ProductFormat, ProductLabel

__all__ = ["Allergen", "Category", "Label", "PriceBasis", "Product", "ProductFormat", "ProductLabel"]
