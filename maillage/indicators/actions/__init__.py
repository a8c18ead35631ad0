"""Public writes of indicators."""

from .definitions import Definition, DefinitionRefused, archive, define, draft_version
from .network import (
    DeclarationRefused,
    approve,
    ask_declarations,
    enrol_member,
    return_declaration,
    save_declaration,
    submit_declaration,
)
from .pivots import PivotRefused, delete_pivot, save_pivot
from .plans import PlanRefused, answer_request, ask_number, state_number
from .reports import (
    ReportRefused,
    create_report,
    keep_as_template,
    publish,
    revoke_link,
    save_outline,
    share,
)

__all__ = [
    "DeclarationRefused",
    "Definition",
    "DefinitionRefused",
    "PivotRefused",
    "PlanRefused",
    "ReportRefused",
    "answer_request",
    "approve",
    "archive",
    "ask_declarations",
    "ask_number",
    "create_report",
    "define",
    "delete_pivot",
    "draft_version",
    "enrol_member",
    "keep_as_template",
    "publish",
    "return_declaration",
    "revoke_link",
    "save_declaration",
    "save_outline",
    "save_pivot",
    "share",
    "state_number",
    "submit_declaration",
]
