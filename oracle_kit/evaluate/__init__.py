"""Prompts with expected answers, run and judged: how right understanding is, and how honest."""

from oracle_kit.evaluate.cases import Case, load_cases
from oracle_kit.evaluate.curve import curve_svg
from oracle_kit.evaluate.gold import Gold
from oracle_kit.evaluate.judge import Outcome
from oracle_kit.evaluate.report import Report, Result
from oracle_kit.evaluate.run import Ask, Rank, evaluate
from oracle_kit.evaluate.terminal import report_text

__all__ = [
    "Ask",
    "Case",
    "Gold",
    "Outcome",
    "Rank",
    "Report",
    "Result",
    "curve_svg",
    "evaluate",
    "load_cases",
    "report_text",
]
