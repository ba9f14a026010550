# The doors of the house. Each calls the real tool; nothing is decided here.

VENV   := .venv
BIN    := $(VENV)/bin
PYTHON ?= python3
APT    := export DEBIAN_FRONTEND=noninteractive; apt-get update -qq && apt-get install -qq -y --no-install-recommends
# what the tests run against, as Debian packages it
DEBIAN := bind9 bind9-dnsutils caddy ceph-common ceph-mon ceph-osd chromium fish fonts-dejavu-core git knot lynx mandoc nginx-light nodejs openssh-server openssl pdns-backend-sqlite3 pdns-server radosgw strace systemd w3m zsh

# a third of a test's time is waiting for servers; each worker has browsers and servers
WORKERS ?= $(shell n=$$(nproc); echo $$((n < 8 ? n + 1 : 8)))
# compiled once: where nothing may write bytecode, every run of the program compiles itself
PYTEST = $(BIN)/python -m compileall -q fallback tests; PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n $(WORKERS)

# what installation compiles
COMPILED := fallback/page/live.js themes/plain/page.html $(wildcard fallback/locales/*/LC_MESSAGES/*.po)

.PHONY: demo test lint format docs bench audit torture screenshots man lock debian clean

demo: $(VENV)/.product  ## the whole story in a minute, on this machine
	$(BIN)/fallback demo

test: $(VENV)/.dev debian  ## everything but the long matrices
	$(PYTEST) -m "not torture"

lint: $(VENV)/.dev  ## style, types, floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.dev  ## what lint would complain about, mended where a program can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/.dev  ## the documentation as a site in .docs; a broken link fails
	$(BIN)/python -m docs
	$(BIN)/mkdocs build --quiet --strict
	@echo "the documentation is in .docs/index.html"

bench: DEBIAN += s3cmd
bench: $(VENV)/.dev debian  ## measured side by side with peers; writes bench/RESULTS.md
	$(BIN)/python -m bench

audit: DEBIAN += openjdk-17-jre-headless
audit: $(VENV)/.dev debian  ## Lighthouse, axe, vnu and real browsers; writes bench/RESULTS.md
	$(BIN)/python -m audit

torture: DEBIAN += zonemaster-cli
torture: $(VENV)/.dev debian  ## the long matrices; writes bench/RESULTS.md
	$(PYTEST) -m "torture or sampled" --record

screenshots: $(VENV)/.dev debian  ## the pictures in docs/, taken of the real page
	$(BIN)/python -m docs.screenshots

man: $(VENV)/.product  ## manual pages, into dist/man
	$(BIN)/python -m docs.manual dist/man

lock: $(VENV)/.dev  ## bring requirements/ up to date with pyproject.toml
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml --group build --output-file requirements/run.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml --group dev --group bench --output-file requirements/dev.txt
	for extra in cloudflare image octodns sftp; do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml --group build --extra $$extra --constraints requirements/dev.txt --output-file requirements/$$extra.txt; done

clean:
	rm -rf $(VENV) .audit .docs public public-copy dist .fallback

$(VENV)/bin/python:
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  echo "installing python3-venv, which Debian keeps in a package of its own"; \
	  test "$$(id -u)" = 0 || { echo "please run: sudo apt-get install python3-venv"; exit 1; }; \
	  $(APT) python3-venv >/dev/null; }
	@echo "making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

# --no-build-isolation: hatchling and babel come from the lock, like everything else
$(VENV)/.product: $(VENV)/bin/python requirements/run.txt pyproject.toml hatch_build.py $(COMPILED)
	@echo "installing fallback and what it needs into $(VENV)"
	@test -f $(VENV)/.dev || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python requirements/dev.txt pyproject.toml hatch_build.py $(COMPILED)
	@echo "installing fallback and its tools into $(VENV)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.product

debian:
	@missing=; for package in $(DEBIAN); do \
	  dpkg -s $$package >/dev/null 2>&1 || missing="$$missing $$package"; done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then \
	    echo "installing what the tests run against:$$missing"; \
	    $(APT) $$missing >/dev/null; \
	  else \
	    echo "some tests will be skipped; as root: apt-get install$$missing"; \
	  fi; \
	fi
