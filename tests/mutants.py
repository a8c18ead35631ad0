"""Sows faults in rules, one at a time, and sees whether the tests of the same context notice (`bin/mutants`).

The mutations are Cosmic Ray's. A copy of the tree is changed, never the checkout. Which tests run a line is measured
once for a context and kept until it changes: a fault is shown to the tests that reach it, the nearest first.
"""

import argparse
import ast
import difflib
import hashlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "var" / "mutants"
TREE = HOME / "tree"
RULES = ("actions", "queries", "access", "scoring", "matching", "drafting", "compute", "claimed", "limits")
"""Modules (or folders of modules) that hold rules."""
OPERATORS = [
    "AddNot", "NumberReplacer", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd",
    "ReplaceUnaryOperator_Delete_Not", "ReplaceComparisonOperator_Is_IsNot", "ReplaceComparisonOperator_IsNot_Is",
    "ReplaceComparisonOperator_Eq_NotEq", "ReplaceComparisonOperator_NotEq_Eq", "ReplaceComparisonOperator_Lt_LtE",
    "ReplaceComparisonOperator_LtE_Lt", "ReplaceComparisonOperator_Gt_GtE", "ReplaceComparisonOperator_GtE_Gt",
    "ReplaceComparisonOperator_Lt_Gt", "ReplaceComparisonOperator_Gt_Lt", "ReplaceBinaryOperator_Add_Sub",
    "ReplaceBinaryOperator_Sub_Add", "ReplaceBinaryOperator_Mul_Div", "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak", "ExceptionReplacer", "ZeroIterationForLoop",
]  # fmt: skip
"""Faults that somebody could write. Not that `|` of a type, or of two querysets, becomes a multiplication."""
MOST_TESTS = 40


@dataclass(frozen=True)
class Mutant:
    path: str
    operator: str
    occurrence: int
    line: int

    @cached_property
    def context(self) -> str:
        return self.path.split("/")[1]


@dataclass
class Result:
    mutant: Mutant
    outcome: str  # killed, survived, hung (killed too)
    diff: str
    seconds: float


def rules(paths: list[str]) -> list[str]:
    """The modules with rules among (or below) these paths."""
    found = []
    for path in paths:
        whole = ROOT / path
        for file in sorted(whole.rglob("*.py")) if whole.is_dir() else [whole]:
            parts = file.relative_to(ROOT).parts
            named = len(parts) > 2 and parts[0] == "maillage" and parts[2].removesuffix(".py") in RULES
            if named and "tests" not in parts and file.name != "__init__.py":
                found.append("/".join(parts))
    return found


def changed() -> list[str]:
    """What differs from main, committed or not."""
    base = git("merge-base", "HEAD", "main").strip()
    return [line for line in git("diff", "--name-only", "--diff-filter=d", base).splitlines() if line.endswith(".py")]


def changed_lines(path: str) -> set[int]:
    base, found = git("merge-base", "HEAD", "main").strip(), set()
    for line in git("diff", "-U0", base, "--", path).splitlines():
        if line.startswith("@@"):
            start, _, many = line.split("+")[1].split()[0].partition(",")
            found |= set(range(int(start), int(start) + int(many or 1)))
    return found


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def quiet_lines(source: str) -> set[int]:
    """Lines whose change is no fault: sentences shown to people, docstrings, what only a type checker reads."""
    found: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            found |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return found


def mutants_of(path: str) -> Iterator[Mutant]:
    source = (ROOT / path).read_text()
    quiet = quiet_lines(source)
    nodes = list(ast_nodes(get_ast(source)))
    for name in OPERATORS:
        operator, number = get_operator(f"core/{name}")(), 0
        for node in nodes:
            for start, _end in operator.mutation_positions(node):
                if start[0] not in quiet:
                    yield Mutant(path, name, number, start[0])
                number += 1


def copy_tree() -> None:
    """The files of the checkout as they are now; the environment is shared."""
    shutil.rmtree(TREE, ignore_errors=True)
    for name in git("ls-files", "-co", "--exclude-standard").splitlines():
        if (ROOT / name).is_file():
            (TREE / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, TREE / name)
    for path in ROOT.glob("maillage/*/locale/*/LC_MESSAGES/django.mo"):
        shutil.copy2(path, TREE / path.relative_to(ROOT))


def reached(context: str) -> dict[tuple[str, int], list[str]]:
    """(path, line) → the test functions of the context that run it, as pytest names them. Measured once."""
    folder = ROOT / "maillage" / context
    mark = hashlib.sha256(b"".join(p.read_bytes() for p in sorted(folder.rglob("*.py")))).hexdigest()[:16]
    data = HOME / f"reached-{context}-{mark}.sqlite"
    if not data.exists():
        print(f"▸ measuring which tests of {context} run which lines", flush=True)
        settings = HOME / "coverage.ini"
        settings.write_text(f"[run]\ndynamic_context = test_function\nsource = maillage/{context}\n")
        command = [sys.executable, "-m", "coverage", "run", f"--rcfile={settings}", f"--data-file={data}.part"]
        pytest([*command, "-m", "pytest"], [f"maillage/{context}/tests"], seconds=1800)
        Path(f"{data}.part").rename(data)
    found: dict[tuple[str, int], list[str]] = {}
    with sqlite3.connect(data) as base:
        rows = base.execute(
            "SELECT file.path, context.context, line_bits.numbits FROM line_bits"
            " JOIN file ON file.id = line_bits.file_id JOIN context ON context.id = line_bits.context_id"
            " WHERE context.context != ''"
        )
        for path, name, bits in rows:
            test = node_of(name)
            for line in numbers(bits):
                found.setdefault((str(Path(path).relative_to(TREE)), line), []).append(test)
    return found


def numbers(bits: bytes) -> Iterator[int]:
    for place, byte in enumerate(bits):
        for bit in range(8):
            if byte & (1 << bit):
                yield place * 8 + bit


def node_of(name: str) -> str:
    """`maillage.market.tests.test_orders.TestX.test_y` as `maillage/market/tests/test_orders.py::TestX::test_y`."""
    parts = name.split(".")
    at = next(n for n, part in enumerate(parts) if part.startswith("test_"))
    return "::".join(["/".join(parts[: at + 1]) + ".py", *parts[at + 1 :]])


def pytest(command: list[str], wanted: list[str], *, seconds: float) -> int:
    """Its exit code; -1 when it took longer."""
    done = subprocess.Popen(
        [*command, "-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--no-header", *wanted],
        cwd=TREE,
        env=os.environ | {"PYTHONPATH": str(TREE), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return done.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(done.pid, 9)
        done.wait()
        return -1


def tests_for(mutant: Mutant, known: dict[tuple[str, int], list[str]]) -> list[str]:
    """The tests that run its line; of a line that runs when the module is read (a default, a constant) or in a fixture,
    those that run the function around it; else all of the context."""
    if found := known.get((mutant.path, mutant.line)):
        return sorted(set(found))
    around = range(0)
    for node in ast.walk(ast.parse((ROOT / mutant.path).read_text())):
        if isinstance(node, ast.FunctionDef) and node.lineno <= mutant.line <= (node.end_lineno or 0):
            around = range(node.lineno, (node.end_lineno or 0) + 1)
    near = {test for (path, line), tests in known.items() if path == mutant.path and line in around for test in tests}
    return sorted(near) or [f"maillage/{mutant.context}/tests"]


def judge(mutant: Mutant, tests: list[str]) -> Result | None:
    """None when the mutation changes nothing that runs."""
    source = (ROOT / mutant.path).read_text()
    code = mutate_code(source, get_operator(f"core/{mutant.operator}")(), mutant.occurrence)
    try:
        if code is None or ast.dump(ast.parse(code)) == ast.dump(ast.parse(source)):
            return None
    except SyntaxError:  # the `*` of a signature is no multiplication
        return None
    lines = difflib.unified_diff(source.splitlines(), code.splitlines(), lineterm="", n=0)
    diff = "\n".join(line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---"))
    began = time.monotonic()
    (TREE / mutant.path).write_text(code)
    try:
        code_of = pytest([sys.executable, "-m", "pytest"], tests[:MOST_TESTS], seconds=300)
    finally:
        (TREE / mutant.path).write_text(source)
    outcome = {0: "survived", -1: "hung"}.get(code_of, "killed")
    return Result(mutant, outcome, diff, round(time.monotonic() - began, 1))


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/mutants", description=__doc__)
    parser.add_argument("paths", nargs="*", help="Files or folders; by default the lines that differ from main.")
    parser.add_argument("--sample", type=int, default=60, help="How many, drawn by the seed (60).")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60, help="No new one after that (60).")
    parser.add_argument("--json", type=Path, help="Where every result is written.")
    asked = parser.parse_args()

    paths = rules(asked.paths or changed())
    found = [m for path in paths for m in mutants_of(path)]
    if not asked.paths:
        lines = {path: changed_lines(path) for path in paths}
        found = [m for m in found if m.line in lines[m.path]]
    draw = random.Random(asked.seed)
    drawn = draw.sample(found, min(asked.sample, len(found)))
    print(f"▸ {len(found)} faults to sow in {len(paths)} modules; {len(drawn)} drawn by seed {asked.seed}", flush=True)
    if not drawn:
        return 0
    copy_tree()
    ends, results = time.monotonic() + 60 * asked.minutes, []
    known: dict[str, dict[tuple[str, int], list[str]]] = {}
    for mutant in drawn:
        if time.monotonic() > ends:
            print("▸ out of time", flush=True)
            break
        if mutant.context not in known:
            known[mutant.context] = reached(mutant.context)
        result = judge(mutant, tests_for(mutant, known[mutant.context]))
        if result is None:
            continue
        results.append(result)
        if result.outcome == "survived":
            print(f"{mutant.path}:{mutant.line} ({mutant.operator})\n{result.diff}", flush=True)
    counts = Counter(r.outcome for r in results)
    killed = counts["killed"] + counts["hung"]
    if asked.json:
        asked.json.write_text(json.dumps([asdict(r) for r in results], ensure_ascii=False, indent=1))
    share = f"{100 * killed / len(results):.0f} %" if results else "–"
    print(f"▸ {killed} of {len(results)} noticed: {share} ({dict(counts)})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
