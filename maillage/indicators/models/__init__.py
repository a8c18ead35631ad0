from .indicator import Indicator, IndicatorVersion, Operator, PeriodRule
from .network import Declaration, DeclarationState, DeclarationStep, DeclaredValue, NetworkMember
from .pivot import Pivot
from .plan import ActionRegion, Answer, AnswerRequest, Periodicity, Plan, PlanAction, PlanIssue, PlanRegion, Priority
from .report import FrozenFigure, Report, ReportLink, ReportState, ReportTemplate

__all__ = [
    "ActionRegion",
    "Answer",
    "AnswerRequest",
    "Declaration",
    "DeclarationState",
    "DeclarationStep",
    "DeclaredValue",
    "FrozenFigure",
    "Indicator",
    "IndicatorVersion",
    "NetworkMember",
    "Operator",
    "PeriodRule",
    "Periodicity",
    "Pivot",
    "Plan",
    "PlanAction",
    "PlanIssue",
    "PlanRegion",
    "Priority",
    "Report",
    "ReportLink",
    "ReportState",
    "ReportTemplate",
]
