"""The expression language of the house: text → tree → typed expression → value.

`parsing` refuses what is not grammar, `checking` what names or means nothing; each with the place
of the character. What is checked can only fail by its values, and then says how.
"""

from .checking import Purpose, Subject, check, check_tree, formula_of, inputs_of
from .evaluation import Evaluator, Scene, evaluate, evaluator
from .functions import FUNCTIONS
from .parsing import names_in, parse
from .typed import Expression, Type, fields_of

__all__ = [
    "FUNCTIONS",
    "Evaluator",
    "Expression",
    "Purpose",
    "Scene",
    "Subject",
    "Type",
    "check",
    "check_tree",
    "evaluate",
    "evaluator",
    "fields_of",
    "formula_of",
    "inputs_of",
    "names_in",
    "parse",
]
