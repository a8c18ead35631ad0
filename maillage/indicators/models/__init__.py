from .indicator import Indicator, IndicatorVersion, Operator, PeriodRule
from .network import Declaration, DeclarationState, DeclarationStep, DeclaredValue, NetworkMember
from .pivot import Pivot
from .plan import (
    ActionRegion,
    Answer,
    AnswerRequest,
    ContextFigure,
    Periodicity,
    Plan,
    PlanAction,
    PlanIssue,
    PlanRegion,
    Precision,
    Priority,
)
from .report import FrozenFigure, LinkFile, Report, ReportLink, ReportState, ReportTemplate

__all__ = [
    "ActionRegion",
    "Answer",
    "AnswerRequest",
    "ContextFigure",
    "Declaration",
    "DeclarationState",
    "DeclarationStep",
    "DeclaredValue",
    "FrozenFigure",
    "Indicator",
    "IndicatorVersion",
    "LinkFile",
    "NetworkMember",
    "Operator",
    "PeriodRule",
    "Periodicity",
    "Pivot",
    "Plan",
    "PlanAction",
    "PlanIssue",
    "PlanRegion",
    "Precision",
    "Priority",
    "Report",
    "ReportLink",
    "ReportState",
    "ReportTemplate",
]
