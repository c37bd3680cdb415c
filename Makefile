# tare: make builds, make demo shows, make test proves. `make help` lists every target.
# VARIANT=clang|asan|tsan|coverage builds beside the release build, in build/VARIANT; V=1 shows commands.

VARIANT ?= release
FUZZ ?= 60
ifeq ($(origin CC),default)
CC = $(if $(filter clang,$(VARIANT)),clang,gcc)
endif
OPTIMIZE_release = -O2
OPTIMIZE_clang = -O2
OPTIMIZE_asan = -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPTIMIZE_tsan = -O1 -fsanitize=thread
OPTIMIZE_coverage = -O0 --coverage -DCHECK_IS_COUNTED_ONCE
WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wswitch-enum -Wstrict-prototypes -Wmissing-prototypes
CFLAGS ?= -g
ALL_CFLAGS = -std=gnu17 -D_GNU_SOURCE -pthread $(WARNINGS) $(OPTIMIZE_$(VARIANT)) $(CFLAGS)
LDLIBS_tare = -luring -ljansson -lyaml -lssl -lcrypto -lm
LDLIBS_tare-stub = -luring -lm
LDLIBS_tare-report = -ljansson -lcrypto -lm

# Programs lie in build/ (release) or build/VARIANT/, objects below.
OUT = $(if $(filter release,$(VARIANT)),build,build/$(VARIANT))
OBJ = $(OUT)/obj
PROGRAMS = $(OUT)/tare $(OUT)/tare-stub $(OUT)/tare-report

ENGINE = $(filter-out engine/main.c engine/stub.c,$(wildcard engine/*.c))
REPORT = $(filter-out report/main.c,$(wildcard report/*.c))
UNITS = $(patsubst tests/unit/%.c,$(OUT)/unit/%,$(wildcard tests/unit/*_test.c))
TOOLS = $(patsubst tests/bench/%.c,$(OUT)/tools/%,$(wildcard tests/bench/*.c))
UPLOT = templates/node_modules/uplot/dist/uPlot.iife.min.js

# These take most of a minute together, and are test-all's (tests/all.sh names them too).
E2E_LONG = $(patsubst %,tests/e2e/%.test.mjs,find_rate threads verdict weigh connections where requests)
E2E = $(filter-out $(E2E_LONG),$(wildcard tests/e2e/*.test.mjs))

# A line for each thing made.
ifndef V
.SILENT:
TELL = echo "  $(1) $@"
else
TELL = :
endif

.PHONY: all coverage units deps demo test test-all test-floor statistics bench truth fuzz clean help
all: $(PROGRAMS) ## Build tare, tare-stub and tare-report into build/.
units: $(UNITS) $(TOOLS)

$(OUT)/tare: $(OBJ)/engine/main.o $(OBJ)/engine.a
$(OUT)/tare-stub: $(OBJ)/engine/stub.o $(OBJ)/engine.a
$(OUT)/tare-report: $(OBJ)/report/main.o $(OBJ)/report.a $(OBJ)/engine.a
$(PROGRAMS):
	$(call TELL,link)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS_$(@F))

$(OBJ)/engine.a: $(ENGINE:%.c=$(OBJ)/%.o)
$(OBJ)/report.a: $(REPORT:%.c=$(OBJ)/%.o) $(OBJ)/report/assets.o
$(OBJ)/%.a:
	$(call TELL,pack)
	rm -f $@
	$(AR) rcs $@ $^

$(OBJ)/%.o: %.c
	mkdir -p $(@D)
	$(call TELL,compile)
	$(CC) $(ALL_CFLAGS) -iquote engine $(QUOTES) -MMD -MP -c -o $@ $<
$(OBJ)/tests/%.o: QUOTES = -iquote report -iquote tests

# The page's parts are linked into the reporter, so that it needs no file beside it.
$(OBJ)/report/assets.o: report/assets.S $(wildcard templates/*.*) $(UPLOT)
	mkdir -p $(@D)
	$(call TELL,embed)
	$(CC) -I. -c -o $@ $<

$(UPLOT): templates/package-lock.json
	$(call TELL,fetch)
	npm --prefix templates ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

$(OUT)/unit/%: $(OBJ)/tests/unit/%.o $(OBJ)/report.a $(OBJ)/engine.a
	mkdir -p $(@D)
	$(call TELL,test)
	$(CC) $(ALL_CFLAGS) -o $@ $(filter %.o %.a,$^) $(LDFLAGS) -lcmocka -luring -ljansson -lyaml -lssl -lcrypto -lm
.PRECIOUS: $(OBJ)/tests/unit/%.o $(OBJ)/tests/bench/%.o

# What benchmarks and tests measure with; not part of the product.
$(OUT)/tools/%: tests/bench/%.c $(OBJ)/report.a $(OBJ)/engine.a
	mkdir -p $(@D)
	$(call TELL,tool)
	$(CC) $(ALL_CFLAGS) -iquote engine -iquote report -MMD -MP -o $@ $< $(filter %.a,$^) $(LDFLAGS) -luring -ljansson -lcrypto -lm

-include $(shell find $(OUT) -name '*.d' 2>/dev/null)

deps: ## Install what the build needs (Debian; prints its one apt line).
	tests/deps.sh build

demo: ## The whole journey: build, measure two servers, gate them, compare them on a page.
	tests/deps.sh build
	$(MAKE) --no-print-directory all
	tests/demo.sh

test: ## Unit tests, the stub and nginx end to end; under two minutes.
	tests/deps.sh build test
	$(MAKE) --no-print-directory all units
	TARE_BUILD=$(OUT) node tests/run.mjs $(UNITS) $(E2E)

test-all: ## Browser, LibreOffice, sanitizers, clang, Debian's own kernel.
	tests/deps.sh build test all
	tests/all.sh

test-floor: ## The smoke test on Debian's 6.1 kernel, and here without any newer feature.
	tests/deps.sh build test floor
	$(MAKE) --no-print-directory all
	TARE_BUILD=$(OUT) node tests/run.mjs tests/floor.sh

coverage: ## How much of each file the unit and end to end tests run, by gcov.
	tests/deps.sh build test
	$(MAKE) --no-print-directory VARIANT=coverage all units
	find build/coverage -name '*.gcda' -delete
	TARE_BUILD=build/coverage node tests/run.mjs $(UNITS:build/%=build/coverage/%) $(E2E) $(E2E_LONG)
	node tests/coverage.mjs

statistics: ## How often intervals hold and comparisons err, on simulated servers; minutes.
	$(MAKE) --no-print-directory units
	$(OUT)/tools/coverage_sim long
	$(OUT)/tools/verdict_sim long

bench: ## Cost and truth beside other tools and a packet capture; an hour, a quiet machine.
	tests/deps.sh build bench
	$(MAKE) --no-print-directory all units
	tests/bench/all.sh

truth: ## What tare and others say beside a packet capture of the same run, as a table.
	tests/deps.sh build bench
	$(MAKE) --no-print-directory all units
	tests/bench/all.sh truth

fuzz: ## Any bytes to what reads the network and files: FUZZ=60 seconds each, or inputs (FUZZ=100000x).
	tests/deps.sh build test all
	$(MAKE) --no-print-directory all units
	tests/fuzz/run.sh $(FUZZ)
	tests/fuzz/readers.sh $(FUZZ)

clean: ## Remove everything that was built.
	rm -rf build

help: ## List the targets.
	sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 20
