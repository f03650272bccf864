# Run inside a virtual environment: pip install -c constraints.txt -e '.[dev]'

.PHONY: check test coverage bench scorecard scorecard-short scorecard-long release reference copies notice

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

scorecard:  ## how true, fast, safe and sturdy it is: docs/scorecard.md
	python -m benchmarks.card

scorecard-short:  ## the same on fewer cases in three minutes, nothing written; fails where a target got worse
	python -m benchmarks.card --short

scorecard-long:  ## one part that takes long: make scorecard-long PART=fuzz
	python -m benchmarks.card $(PART)

release:  ## dist/, built twice and compared, checked, installed afresh for each extra on each Python here
	python -m benchmarks.release
	python -m benchmarks.release --install

reference:  ## docs/reference.md, from the registry
	python -m benchmarks.reference > docs/reference.md

copies:  ## JSON of the YAML that every start reads
	python -m aitoll.tools.yaml_files

notice:  ## NOTICE, from the bibliography
	python -m aitoll.tools.notice > NOTICE
