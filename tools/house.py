"""House rules that no ready-made linter knows; each rule's docstring names the bug that it prevents.

An exception is written in EXCEPTIONS with its reason, never beside the code.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = {"migrations", "tests", "vendor"}
MONEY = {"kernel", "ledger", "payments", "billing", "checkout"}
# (rule, file): reason
EXCEPTIONS: dict[tuple[str, str], str] = {}

Finding = tuple[int, str]
Rule = Callable[[Path, ast.Module, str], Iterator[Finding]]


def file_length(path: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    """Files over 400 lines hide a second noun; decay begins with the file of the central noun."""
    if (lines := text.count("\n")) > 400:
        yield 1, f"{lines} lines; find the missing noun"


def function_length(path: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    """Functions over 40 lines cannot be read at a glance, and their branches are not tested."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            start = node.body[0].end_lineno if ast.get_docstring(node) else node.lineno
            if (node.end_lineno or 0) - (start or 0) > 40:
                yield node.lineno, f"{node.name} has over 40 lines"


def arguments(path: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    """More than six arguments are a dataclass that nobody named; callers swap them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            count = len(node.args.args) + len(node.args.kwonlyargs) + len(node.args.posonlyargs)
            names = [argument.arg for argument in node.args.args[:1]]
            if count - (names in (["self"], ["cls"])) > 6:
                yield node.lineno, f"{node.name} takes over six arguments"


def no_float_near_money(path: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    """A float, a true division or round() on an amount loses cents (0.1 + 0.2); rounding has one place, in kernel.money."""
    if path.relative_to(ROOT / "emporion").parts[0] not in MONEY:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node.lineno, f"float {node.value}"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            yield node.lineno, "true division"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"float", "round"}:
            yield node.lineno, f"{node.func.id}()"


def no_naive_time(path: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    """`datetime.now()` without a zone and `utcnow()` of the standard library are off by hours in another zone."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"now", "utcnow", "today"}:
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id in {"datetime", "date"} and not node.args and not node.keywords:
                yield node.lineno, f"{owner.id}.{node.func.attr}() names no instant"


def no_graveyard_names(path: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    """A file named for no thing becomes the place where everything goes."""
    if path.stem in {"utils", "helpers", "common", "misc", "manager", "managers", "service", "services"} or path.stem.endswith(
        "_v2"
    ):
        yield 1, f"{path.name} names nothing"


def every_module_says_why(path: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    """A module without its reason is read to the end to find out whether it matters."""
    if path.name != "__init__.py" and tree.body and not ast.get_docstring(tree):
        yield 1, "no docstring"


RULES: tuple[Rule, ...] = (
    file_length,
    function_length,
    arguments,
    no_float_near_money,
    no_naive_time,
    no_graveyard_names,
    every_module_says_why,
)


def main() -> int:
    """Print every finding; the exit status says whether there are any."""
    count = 0
    for path in sorted((ROOT / "emporion").rglob("*.py")):
        if SKIPPED & set(path.parts):
            continue
        text = path.read_text()
        tree = ast.parse(text)
        name = str(path.relative_to(ROOT))
        for rule in RULES:
            if (rule.__name__, name) in EXCEPTIONS:
                continue
            for line, message in rule(path, tree, text):
                print(f"{name}:{line} {rule.__name__}: {message}")
                count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
