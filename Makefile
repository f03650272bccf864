# Run inside a virtual environment: pip install -c constraints.txt -e '.[dev]'

.PHONY: check test coverage bench notice

check:  ## form, style, types, direction of imports
	ruff format --check .
	ruff check .
	mypy
	lint-imports

test:
	python -m pytest -n 2 --dist loadfile

coverage:
	python -m pytest --cov

bench:  ## each time beside its floor
	python benchmarks/run.py

notice:  ## NOTICE, from the bibliography
	python -m aitoll.tools.notice > NOTICE
