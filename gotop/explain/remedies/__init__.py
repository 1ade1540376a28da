"""What would take an allocation away, where the pattern is known: a rule a module, each with the evidence it needs."""

from gotop.explain.remedies.case import Case
from gotop.explain.remedies.rules import remedy_for

__all__ = ["Case", "remedy_for"]
