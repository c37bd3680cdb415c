/* tables.js - sorts and filters the table of targets, and saves the page's numbers as CSV. Nothing is
 * fetched: what is saved is what the page holds. */
(() => {
  "use strict";

  const DATA = JSON.parse(document.getElementById("data").textContent);
  const make = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  /* "13.4 ms" is 13,400,000: what a cell says, to be compared; text where it is no number. */
  const UNITS = { ns: 1, "µs": 1e3, ms: 1e6, s: 1e9, min: 6e10 };
  const valueOf = (cell) => {
    const text = cell.textContent.trim().replaceAll("−", "-").replaceAll(",", "");
    const [, number, unit] = text.match(/^([-+]?[\d.]+)\s*([^\s,]*)/) ?? [];
    const factor = text.includes("times") ? 100 : UNITS[unit] ?? 1;
    return number === undefined ? null : parseFloat(number) * factor;
  };

  /* Rows without a number stand last, whichever way. */
  const compare = (column, way) => (a, b) => {
    const [left, right] = [a.cells[column], b.cells[column]];
    if (column === 0)
      return way * left.textContent.localeCompare(right.textContent, "en", { numeric: true });
    const [x, y] = [valueOf(left), valueOf(right)];
    return x === null || y === null ? (x === null) - (y === null) : way * (x - y);
  };

  const sortBy = (table, head, column) => {
    const way = head.getAttribute("aria-sort") === "descending" ? 1 : -1;
    const body = table.tBodies[0];
    for (const other of table.querySelectorAll("th[aria-sort]"))
      other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", way < 0 ? "descending" : "ascending");
    body.append(...[...body.rows].sort(compare(column, way)));
  };

  const makeSortable = (table) => {
    const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    heads.forEach((head, column) => {
      const button = make("button", { type: "button", textContent: head.textContent });
      button.addEventListener("click", () => sortBy(table, head, column));
      head.replaceChildren(button);
    });
  };

  const makeFilter = (table) => {
    const input = make("input", { type: "search", className: "filter", placeholder: "filter the targets" });
    const said = make("span", { className: "said" });
    input.setAttribute("aria-label", "filter the targets");
    said.setAttribute("aria-live", "polite");
    input.addEventListener("input", () => {
      const asked = input.value.toLowerCase();
      let shown = 0;
      for (const row of table.tBodies[0].rows) {
        row.hidden = !row.cells[0].textContent.toLowerCase().includes(asked);
        shown += !row.hidden;
      }
      said.textContent = `${shown} targets`;
    });
    table.closest(".scroll").before(input, said);
  };

  /* Fields of CSV, as report/csv.c writes them: numbers as they stand, and of texts that anybody chose
   * those that a spreadsheet would calculate led by an apostrophe (RFC 4180, CWE-1236). */
  const chosen = (text) => {
    const defused = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
    return defused !== text || /[",\r\n]/.test(text) ? `"${defused.replaceAll('"', '""')}"` : text;
  };
  const csvOf = (rows) => rows.map((row) => `${row.map((value) => value ?? "").join(",")}\n`).join("");

  const save = (name, rows) => {
    const url = URL.createObjectURL(new Blob([csvOf(rows)], { type: "text/csv" }));
    make("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  };

  const nameOf = (run) => chosen(DATA.runs[run]);
  const chartOf = (id) => DATA.charts.find((chart) => chart.id === id);
  const placesOf = (chart) => (typeof chart.at === "string" ? chartOf(chart.at).at : chart.at);

  const summary = () => [["run", "target", "metric", "stat", "value", "unit", "low", "high", "worth"],
    ...DATA.summary.map(([run, metric, stat, unit, value, ...rest]) =>
      [nameOf(run), "all", metric, stat, value, unit, ...rest])];

  const delta = () => [["base", "other", "metric", "unit", "base_value", "other_value", "change_percent",
    "low_percent", "high_percent", "answer", "quality"],
  ...DATA.delta.map(([base, other, ...rest]) => [nameOf(base), nameOf(other), ...rest])];

  /* A row for each run and point of the charts over time. */
  const SERIES = [["rate", "done_per_s"], ["flight", "in_flight"], ["backlog", "backlog"],
    ["median", "p50_ns"], ["tail", "p99_ns"]];
  const timeseries = () => {
    const at = placesOf(chartOf("rate"));
    const rows = [["run", "middle_s", "asked_per_s", ...SERIES.map(([, name]) => name)]];
    for (const { run } of chartOf("rate").lines.filter((line) => !line.dotted)) {
      const lines = ["rate", ...SERIES.map(([id]) => id)].map((id, k) => chartOf(id)?.lines.find((line) =>
        line.run === run && line.dotted === (k === 0))?.y);
      at.forEach((middle, i) => {
        const values = lines.map((y) => y?.[i] ?? null);
        if (values.some((value) => value !== null))
          rows.push([nameOf(run), middle, ...values]);
      });
    }
    return rows;
  };

  const distribution = () => {
    const chart = chartOf("spread");
    const rows = [["run", "percentile", "latency_ns", "low_ns", "high_ns"]];
    for (const { run, y, low, high } of chart.lines)
      placesOf(chart).forEach((place, i) => {
        if (y[i] !== null)
          rows.push([nameOf(run), +(100 * (1 - 10 ** -place)).toFixed(6), y[i], low?.[i], high?.[i]]);
      });
    return rows;
  };

  /* The table's own order, before it is sorted. */
  const targetNames = [...document.querySelectorAll("table.sortable tbody th")].map((head) => head.textContent);
  const targets = () => [["run", "target", "requests", "successes", "p50_ns", "p50_low_ns", "p50_high_ns",
    "p50_worth", "p99_ns", "p99_low_ns", "p99_high_ns", "p99_worth"],
  ...DATA.targets.map(([run, row, requests, successes, ...rest]) => [nameOf(run), chosen(targetNames[row]),
    requests, successes, ...(rest.length > 2 ? rest : [rest[0], "", "", "", rest[1], "", "", ""])])];

  /* What scrolls can be reached by the keyboard, and what does not is no stop on its way. */
  const reach = (box) => {
    const scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
    box.toggleAttribute("tabindex", false);
    if (scrolls)
      box.tabIndex = 0;
  };
  const watcher = new ResizeObserver((entries) => entries.forEach(({ target }) => reach(target)));
  for (const box of document.querySelectorAll(".scroll, pre")) {
    reach(box);
    watcher.observe(box);
  }

  const table = document.querySelector("table.sortable");
  const files = [["summary.csv", summary, true], ["delta.csv", delta, DATA.delta.length > 0],
    ["timeseries.csv", timeseries, !!chartOf("rate")], ["distribution.csv", distribution, !!chartOf("spread")],
    ["targets.csv", targets, !!table]];
  const place = make("div", { className: "downloads" });
  for (const [name, rows] of files.filter(([, , has]) => has)) {
    const button = make("button", { type: "button", textContent: `save ${name}` });
    button.addEventListener("click", () => save(name, rows()));
    place.append(button);
  }
  document.getElementById("measured").after(place, make("p", { className: "note", textContent:
    "Summary, delta and targets hold the numbers of the files that tare-report writes; timeseries and " +
    "distribution are the charts’ points, to four digits." }));
  if (table) {
    makeSortable(table);
    makeFilter(table);
  }
})();
