/* page.js - puts a canvas that can be asked in the place of each drawing.
 *
 * A hover shows that moment in every chart over time, and names what each line has there; a drag
 * zooms, in all of them alike; a double click or Escape goes back. The arrow keys do what a pointer
 * does. Axes come from the report, so that canvas and drawing agree; nothing is shown here that
 * the page's tables do not have. */
(() => {
  "use strict";

  const { formatTime, formatRate, sayMoment, tickTime, tickRate, tickMoment, tickPercentile, roundUp,
    linearTicks, timeTicks, logTicks, powers, formatRatio, formatShare,
    formatCount } = tareNumbers;
  const { theme, font, pixels, colourOf, drawBelow, drawAbove } = tareDraw;
  const [TOP, AXIS, LABEL_GAP] = [20, 24, 16]; /* px, as report/chart.c has them */
  const CHARTS = JSON.parse(document.getElementById("data").textContent).charts;
  /* Charts over time name the one that has their points on x. */
  for (const chart of CHARTS)
    if (typeof chart.at === "string")
      chart.at = CHARTS.find(({ id }) => id === chart.at).at;
  for (const line of CHARTS.flatMap(({ lines }) => lines))
    if (typeof line.y === "string") {
      const { lines } = CHARTS.find(({ id }) => id === line.y);
      line.y = lines.find(({ run }) => run === line.run).y;
    }

  /* The cursor stands on points: x of the nearest one in view, while nothing is dragged. */
  const snap = (view, u, left, top) => {
    const at = view.chart.at[u.valToIdx(u.posToVal(left, "x"))];
    const snaps = left >= 0 && !u.select.width && at >= u.scales.x.min && at <= u.scales.x.max;
    return [snaps ? u.valToPos(at, "x") : left, top];
  };

  /* Moves labels apart, from the top down and back up; `at` are heights in rising order. */
  const spreadLabels = (at, high) => {
    for (let i = 1; i < at.length; i++)
      at[i] = Math.max(at[i], at[i - 1] + LABEL_GAP);
    for (let i = at.length - 1, most = high; i >= 0; i--, most -= LABEL_GAP)
      at[i] = Math.min(at[i], most);
    return at;
  };

  /* What is drawn: in a stack each line stands on those before it. */
  const drawnLines = (chart) => {
    if (!isStack(chart))
      return chart.lines.map((line) => line.y);
    const sum = new Array(chart.at.length).fill(0);
    return chart.lines.map((line) => line.y.map((value, i) => (sum[i] += value ?? 0)));
  };

  /* Charts with the same quantity on x move and zoom together. */
  const PLACES = { spread: "percentile", ratio: "percentile", share: "latency" };
  const placeOf = (chart) => PLACES[chart.kind] ?? "time";
  const isTimed = (chart) => placeOf(chart) === "time";
  const isStack = (chart) => chart.kind === "stack";
  const isRate = (chart) => ["rate", "count"].includes(chart.kind) || isStack(chart);
  const views = [];
  const peers = (view) => views.filter(({ chart }) => placeOf(chart) === placeOf(view.chart));

  /* The ends of an axis: the report's while the whole is shown, else what holds the stretch. */
  const makeScales = (view) => {
    const { chart } = view;
    const { at, x, y } = chart;
    const rangeX = (_, min, max) => {
      const isAll = min === at[0] && max === at[at.length - 1]; /* what the plot asks for at first */
      view.zoomed = !isAll && (min > x.low || max < x.high);
      return view.zoomed ? [Math.max(min, x.low), Math.min(max, x.high)] : [x.low, x.high];
    };
    const rangeY = (_, min, max) => {
      if (!view.zoomed || min === null || !isTimed(chart) || chart.heat || !(max > 0))
        return [y.low, y.high];
      const step = roundUp(max / 3, [1, 2, 2.5, 5]);
      return y.log ? [roundUp(min * 0.4, [1, 2, 5]), roundUp(max, [1, 2, 5])]
        : [0, step * Math.ceil(max / step - 1e-9)];
    };
    return { x: { time: false, distr: x.log ? 3 : 1, range: rangeX }, y: { distr: y.log ? 3 : 1, range: rangeY } };
  };

  const makeAxes = (view) => {
    const { chart } = view;
    const [xTexts, yTexts] = [new Map(chart.x.ticks), new Map(chart.y.ticks)];
    const xTick = (at, span) =>
      xTexts.get(at) ?? (isTimed(chart) ? tickMoment(at, span, chart.x.high)
        : chart.x.log ? tickTime(at) : tickPercentile(at));
    const yTick = (at) => yTexts.get(at) ?? (isRate(chart) ? tickRate(at) : tickTime(at));
    const base = {
      stroke: () => theme("soft"), font: font(), gap: 8,
      ticks: { show: false }, filter: (_, at) => at,
    };
    return [
      {
        ...base, size: AXIS, grid: { show: false },
        splits: (_, __, low, high) => !view.zoomed ? [...xTexts.keys()]
          : isTimed(chart) ? timeTicks(low, high) : (chart.x.log ? logTicks : powers)(low, high),
        values: (u, splits) => splits.map((at) => xTick(at, u.scales.x.max)),
      },
      {
        ...base, size: () => pixels("left"), grid: { stroke: () => theme("line"), width: 1 },
        splits: (_, __, low, high) => !view.zoomed || !isTimed(chart) || chart.heat ? [...yTexts.keys()]
          : chart.y.log ? logTicks(low, high) : linearTicks(low, high),
        values: (_, splits) => splits.map(yTick),
      },
    ];
  };

  /* Points without neighbours, which a line would not show. */
  const lonePoints = (y) =>
    y.flatMap((value, i) => (value !== null && (y[i - 1] ?? null) === null &&
                             (y[i + 1] ?? null) === null ? [i] : []));

  /* What of a line is drawn solid, and what in dashes, for it rests on little. */
  const isSolid = (line, i) => !line.solid || (i >= line.solid[0] && i <= line.solid[1]);
  const isDashed = (line, i) => !!line.solid && (i <= line.solid[0] || i >= line.solid[1]);
  const isAllDashed = (line) => !!line.solid && line.solid[0] >= line.solid[1];
  const solidPart = (line, y) => y.map((value, i) => (isSolid(line, i) && !isAllDashed(line) ? value : null));
  const dashedPart = (line, y) => y.map((value, i) => (isDashed(line, i) || isAllDashed(line) ? value : null));

  const makeSeries = (chart, line, y) => {
    const stacked = isStack(chart);
    const stroke = () => colourOf(line);
    const lone = lonePoints(y);
    const alpha = Math.round(line.opacity * 255).toString(16).padStart(2, "0");
    return {
      stroke, pxAlign: 0, width: stacked ? 0 : line.dotted ? 1.2 : 1.7, spanGaps: chart.spans,
      dash: line.dotted ? [1, 4] : undefined, cap: "round",
      fill: stacked ? () => colourOf(line) + alpha : undefined,
      points: { show: !chart.spans && lone.length > 0, size: 3, width: 0, fill: stroke,
                filter: () => lone },
    };
  };

  /* Puts the names at the lines' ends. */
  const placeLabels = (view, u) => {
    const ends = [];
    const width = u.bbox.width / uPlot.pxRatio;
    view.labels.forEach((label, k) => {
      const i = label === null ? -1 : view.lines[k].findLastIndex((value, at) =>
        value !== null && view.chart.at[at] <= u.scales.x.max + 1e-9);
      label?.classList.toggle("hidden", i < 0);
      if (i < 0)
        return;
      const below = isStack(view.chart) ? view.lines[k - 1]?.[i] ?? 0 : view.lines[k][i];
      const middle = (below + view.lines[k][i]) / 2;
      const goesOn = (view.lines[k][i + 1] ?? null) !== null;
      const x = goesOn ? width : u.valToPos(view.chart.at[i], "x");
      ends.push({ label, x, y: Math.min(view.chart.plot, Math.max(0, u.valToPos(middle, "y"))) });
    });
    ends.sort((a, b) => a.y - b.y);
    const heights = spreadLabels(ends.map((end) => end.y), view.chart.plot);
    ends.forEach(({ label, x }, i) => {
      label.style.left = `${pixels("left") + x}px`;
      label.style.top = `${TOP + heights[i]}px`;
      label.classList.toggle("early", x < 0.6 * width);
    });
  };

  const FORMATS = { ratio: formatRatio, share: formatShare, rate: formatRate, stack: formatRate,
    count: formatCount };

  /* What the cursor stands on: values beside the names, the moment above the plot. */
  const showCursor = (view, u) => {
    const { idx, left } = u.cursor;
    const none = idx === null || idx === undefined || left < 0;
    const format = FORMATS[view.chart.kind] ?? formatTime;
    view.chart.lines.forEach(({ name, y }, k) => {
      const value = none ? null : y[idx] ?? null;
      if (view.labels[k])
        view.labels[k].textContent = value === null ? name : `${format(value)} ${name}`;
    });
    view.moment.classList.toggle("hidden", none);
    if (!none) {
      view.moment.textContent = sayMoment(view.chart, view.chart.at[idx]);
      view.moment.style.left = `${pixels("left") + u.valToPos(view.chart.at[idx], "x")}px`;
    }
  };

  const element = (parent, name, className, text = "") => {
    const made = Object.assign(document.createElement(name), { className, textContent: text });
    parent.append(made);
    return made;
  };

  const zoom = (view, min, max) =>
    peers(view).forEach((peer) => peer.plot.setScale("x", { min, max }));
  const reset = (view) => zoom(view, view.chart.x.low, view.chart.x.high);

  /* Moves the cursor to a point, in this chart and those that go with it. */
  const moveTo = (view, idx) => {
    const u = view.plot;
    const at = view.chart.at[Math.min(Math.max(idx, 0), view.chart.at.length - 1)];
    if (at < u.scales.x.min || at > u.scales.x.max)
      return;
    u.setCursor({ left: u.valToPos(at, "x"), top: 1 }, true, true);
    view.said.textContent = [view.moment.textContent,
      ...view.labels.filter(Boolean).map((label) => label.textContent)].join(", ");
  };

  const onKey = (view, event) => {
    const { chart, plot } = view;
    const [first, end] = [chart.x.low, chart.x.high];
    const idx = plot.cursor.idx ?? 0;
    const step = event.shiftKey ? 10 : 1;
    const { min, max } = plot.scales.x;
    const [toLine, back] = chart.x.log ? [Math.log, Math.exp] : [Number, Number];
    const [start, stop] = [toLine(first), toLine(end)];
    const around = (factor) => {
      const half = ((toLine(max) - toLine(min)) / 2) * factor;
      const middle = Math.min(Math.max(toLine(chart.at[idx]), start + half), stop - half);
      return half * 2 >= (stop - start) * (1 - 1e-9) ? reset(view)
        : zoom(view, back(middle - half), back(middle + half));
    };
    const keys = {
      ArrowLeft: () => moveTo(view, idx - step),
      ArrowRight: () => moveTo(view, idx + step),
      Home: () => moveTo(view, 0),
      End: () => moveTo(view, Infinity),
      Escape: () => reset(view),
      "+": () => around(0.5),
      "-": () => around(2),
    };
    if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey)
      return;
    event.preventDefault();
    keys[event.key]();
  };

  /* A finger that moves sideways over a chart is a cursor; up and down it scrolls the page. */
  const onTouch = (view, event) => {
    const u = view.plot;
    const x = event.touches[0].clientX - u.over.getBoundingClientRect().left;
    if (event.touches.length === 1 && x >= 0 && x <= u.over.clientWidth)
      u.setCursor({ left: x, top: 1 }, true, true);
  };

  const makePlot = (view, place) => {
    const { chart } = view;
    const dashed = chart.lines.filter((line) => line.solid);
    const options = {
      width: place.clientWidth, height: TOP + chart.plot + AXIS,
      padding: [TOP, () => pixels("right"), 0, 0], legend: { show: false },
      scales: makeScales(view), axes: makeAxes(view),
      series: [{}, ...chart.lines.map((line, k) => makeSeries(chart, line, view.lines[k])),
        ...dashed.map((line) => ({ ...makeSeries(chart, line, []), dash: [4, 4], points: { show: false } }))],
      bands: isStack(chart) ? chart.lines.slice(1).map((_, k) => ({ series: [k + 2, k + 1] })) : [],
      cursor: {
        y: false,
        points: isStack(chart) ? { show: false } : { size: 7 },
        move: (u, left, top) => snap(view, u, left, top),
        sync: { key: placeOf(chart), scales: ["x", null] },
      },
      hooks: {
        drawClear: [(u) => drawBelow(view, u)],
        draw: [(u) => {
          drawAbove(view, u);
          placeLabels(view, u);
          view.reset.hidden = !view.zoomed;
        }],
        setCursor: [(u) => showCursor(view, u)],
      },
    };
    return new uPlot(options, [chart.at,
      ...chart.lines.map((line, k) => (line.solid ? solidPart(line, view.lines[k]) : view.lines[k])),
      ...dashed.map((line) => dashedPart(line, line.y))], place);
  };

  const makeView = (chart) => {
    const figure = document.getElementById(chart.id);
    const drawing = figure?.querySelector("svg.chart");
    if (!drawing)
      return;
    const place = element(figure, "div", "live");
    place.tabIndex = 0;
    place.setAttribute("role", "group");
    place.setAttribute("aria-label", `${drawing.getAttribute("aria-label")}. The arrow keys move ` +
      "along it, plus and minus zoom, Escape shows all of it.");
    const view = { chart, lines: drawnLines(chart), zoomed: false };
    view.labels = chart.lines.map((line) =>
      line.name ? element(place, "span", `end run-${line.run}`, line.name) : null);
    view.moment = element(place, "span", "moment hidden");
    view.said = element(place, "span", "said");
    view.said.setAttribute("aria-live", "polite");
    view.reset = element(place, "button", "reset", "show all");
    view.reset.type = "button";
    view.reset.hidden = true;
    figure.classList.add("drawn");
    try {
      view.plot = makePlot(view, place);
    } catch (error) { /* no canvas here: the drawing stays */
      figure.classList.remove("drawn");
      place.remove();
      throw error;
    }
    view.reset.addEventListener("click", () => reset(view));
    place.addEventListener("keydown", (event) => onKey(view, event));
    for (const name of ["touchstart", "touchmove"])
      view.plot.over.addEventListener(name, (event) => onTouch(view, event), { passive: true });
    new ResizeObserver(() => {
      if (place.clientWidth > 0 && place.clientWidth !== view.plot.width)
        view.plot.setSize({ width: place.clientWidth, height: view.plot.height });
    }).observe(place);
    views.push(view);
  };

  CHARTS.forEach(makeView);
  /* A canvas keeps its colours: it is drawn again in those of another theme. */
  const redraw = () => views.forEach((view) => view.plot.redraw(false, true));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  matchMedia("screen and (max-width: 760px)").addEventListener("change", redraw);

  /* Paper has no summaries to click: what is closed is opened for it. */
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((details) => { details.open = false; }));
})();
