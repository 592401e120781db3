# The tasks of this repository. `just` comes with the development environment: `uv run just <task>`.
set shell := ["bash", "-euo", "pipefail", "-c"]

packages := "slap-domain slap-http-adapter slap-node slap-proxy slap-cli"

# List the tasks.
default:
    @just --list

# Prepare a fresh clone: the environment, and the filter that keeps the committed uv.lock free of index addresses.
setup:
    git config filter.index-neutral.clean "python3 tools/index_neutral_lock.py"
    uv sync

# Everything that must hold before a change is handed in: what tools see, and the tests with their coverage.
check: static coverage

# What can be checked without running the product: seconds instead of minutes.
static: lint types layers dependencies repository

# Style: ruff's rules and its formatter.
lint:
    ruff check .
    ruff format --check .

# Static types, strict.
types:
    for package in {{ packages }}; do mypy "packages/$package/src"; done

# The layers and the other import contracts.
layers:
    lint-imports

# Each package declares what it imports, and nothing else.
dependencies:
    for package in {{ packages }}; do (cd "packages/$package" && deptry src); done

# The rules of the house that no tool knows: sizes, names, ports and their suites, documents.
repository:
    pytest tests -q -m "not index and not root and not peer"

# All tests that need neither root nor the package index; more arguments go to pytest.
test *arguments:
    pytest -n auto --dist worksteal -m "not index and not root and not peer" {{ arguments }}

# Everything, as CI runs it; the tests that need root run only for root.
test-all *arguments:
    pytest -n auto --dist worksteal {{ arguments }}

# What CI runs as root after everything else ran as an ordinary user: what depends on who runs it, or needs more.
test-as-root:
    pytest -n auto --dist worksteal packages/slap-node
    pytest -n auto --dist worksteal -m "index or root or peer" \
        packages/slap-domain packages/slap-http-adapter packages/slap-proxy packages/slap-cli features tests

# The tests that need neither root nor the package index, with the floors of branch coverage of each package.
coverage:
    pytest -n auto --dist worksteal -m "not index and not root and not peer" --cov --cov-report= packages features
    for floor in slap-domain:99 slap-http-adapter:99 slap-node:88 slap-proxy:96 slap-cli:90; do \
        coverage report --include="packages/${floor%:*}/*" --fail-under="${floor#*:}" --precision=1 --skip-covered; done

# The scenarios alone; more arguments go to pytest.
features *arguments:
    pytest features -n auto {{ arguments }}

# Those of the measurements in the README that need nothing else; the passes of a node want `--peer`.
bench:
    python benchmarks/startup.py
    python benchmarks/first_run.py
    python benchmarks/client_commands.py

# Mend what can be mended by machine.
fix:
    ruff check --fix .
    ruff format .

# Write the manual pages and the shells' completion scripts again, after a command changed.
man:
    python packages/slap-cli/generators/manual_pages.py
    python packages/slap-cli/generators/completion_scripts.py
