"""What leaves: makers of files (`core.downloads`), at once when they are short, by a job when they are long."""

from .figures import fact, figure, params_of, pivot
from .reports import report, report_pdf, weight, without_rows, write

__all__ = ["fact", "figure", "params_of", "pivot", "report", "report_pdf", "weight", "without_rows", "write"]
