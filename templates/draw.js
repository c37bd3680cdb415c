/* draw.js - what a canvas shows beside its lines: bands, shades, limits, markers; for page.js. Colours
 * are the theme's. */
const tareDraw = (() => {
  "use strict";

  /* The theme's value of a variable of page.css. */
  const theme = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const font = () => `12px ${getComputedStyle(document.body).fontFamily}`;
  const pixels = (name) => parseFloat(theme(name));
  const colourOf = (line) => theme(`run-${line.run}`);

  const markerPath = (run) =>
    new Path2D(document.querySelector(`#marker-${run} path`).getAttribute("d"));

  /* Draws in px of the page at a place of the plot. */
  const drawAt = (u, x, y, draw) => {
    const { ctx } = u;
    ctx.save();
    ctx.translate(x, y);
    ctx.scale(uPlot.pxRatio, uPlot.pxRatio);
    draw(ctx);
    ctx.restore();
  };

  const drawShade = ({ chart }, u) => {
    const end = u.valToPos(Math.min(chart.shaded, u.scales.x.max), "x", true);
    const width = Math.max(0, end - u.bbox.left);
    u.ctx.fillStyle = theme("card");
    u.ctx.fillRect(u.bbox.left, u.bbox.top, width, u.bbox.height);
  };

  /* Where a change does not matter. */
  const drawStrips = ({ chart }, u) => clipped(u, (ctx) => {
    ctx.fillStyle = `${theme("line")}99`;
    for (const [from, to, low, high] of chart.strips) {
      const [left, top] = [u.valToPos(from, "x", true), u.valToPos(high, "y", true)];
      ctx.fillRect(left, top, u.valToPos(to, "x", true) - left, u.valToPos(low, "y", true) - top);
    }
  });

  /* Below the floor nothing can be told. */
  const drawFloor = ({ chart }, u) => {
    const points = chart.floor ? chart.floor.y.flatMap((value, i) => (value === null ? [] : [i])) : [];
    if (points.length === 0)
      return;
    const bottom = u.bbox.top + u.bbox.height;
    const x = (i) => u.valToPos(chart.at[i], "x", true);
    clipped(u, (ctx) => {
      ctx.beginPath();
      ctx.moveTo(x(points[0]), bottom);
      points.forEach((i) => ctx.lineTo(x(i), u.valToPos(chart.floor.y[i], "y", true)));
      ctx.lineTo(x(points.at(-1)), bottom);
      ctx.fillStyle = theme("line");
      ctx.fill();
    });
  };

  /* Above the grid, which would strike it through. */
  const drawFloorText = ({ chart }, u) => {
    const text = { font: font(), textAlign: "left", textBaseline: "alphabetic", fillStyle: theme("soft") };
    if (chart.floor)
      drawAt(u, u.bbox.left, u.bbox.top + u.bbox.height, (ctx) =>
        Object.assign(ctx, text).fillText(chart.floor.text, 6, -8));
  };

  const drawMarkers = (view, u) => {
    view.chart.lines.forEach((line, k) => {
      for (const i of line.markers) {
        const [x, y] = [view.chart.at[i], view.lines[k][i]];
        if (y === null || y === undefined || x < u.scales.x.min || x > u.scales.x.max)
          continue;
        drawAt(u, u.valToPos(x, "x", true), u.valToPos(y, "y", true), (ctx) => {
          ctx.fillStyle = colourOf(line);
          ctx.fill(markerPath(line.run));
        });
      }
    });
  };

  const drawLimits = (view, u) => {
    for (const mark of view.chart.marks) {
      const y = u.valToPos(mark.y, "y", true);
      const colour = { strokeStyle: theme("bad"), fillStyle: theme("bad") };
      const text = { font: font(), textAlign: "left", textBaseline: "alphabetic" };
      drawAt(u, u.bbox.left, y, (ctx) => {
        Object.assign(ctx, colour, text, { lineWidth: 1.3 });
        ctx.setLineDash([1.5, 4]);
        ctx.stroke(new Path2D(`M0 0h${u.bbox.width / uPlot.pxRatio}`));
        ctx.fillText(mark.text.replace(/ us\b/, " µs"), 6, -6);
      });
      if (mark.x !== null && mark.x >= u.scales.x.min && mark.x <= u.scales.x.max)
        drawAt(u, u.valToPos(mark.x, "x", true), y, (ctx) => {
          Object.assign(ctx, colour, { lineWidth: 1.6 });
          ctx.stroke(new Path2D("M-4-4 4 4M-4 4 4-4"));
        });
    }
  };

  /* Draws within the plot alone, for a zoom leaves parts of shapes out. */
  const clipped = (u, draw) => {
    const { ctx } = u;
    const { left, top, width, height } = u.bbox;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    draw(ctx);
    ctx.restore();
  };

  /* The interval around each line, as far as there is one. */
  const drawBands = ({ chart }, u) => clipped(u, (ctx) => {
    for (const line of chart.lines.filter(({ low }) => low)) {
      const x = (i) => u.valToPos(chart.at[i], "x", true);
      const has = (i) => line.low[i] !== null && line.high[i] !== null && i < chart.at.length;
      ctx.fillStyle = `${colourOf(line)}29`;
      for (let i = 0, end = 0; i < chart.at.length; i = end + 1) {
        for (end = i; has(end); end++);
        ctx.beginPath();
        for (let k = i; k < end; k++)
          ctx.lineTo(x(k), u.valToPos(line.high[k], "y", true));
        for (let k = end - 1; k >= i; k--)
          ctx.lineTo(x(k), u.valToPos(line.low[k], "y", true));
        ctx.fill();
      }
    }
  });

  /* Cividis, as report/chart_heat.c has it: the same in both themes. */
  const HEAT = ["#00224e", "#233e6c", "#4a546c", "#6a6c71", "#8b8779", "#b1a570", "#dbc75d", "#fee838"];

  /* How many requests took how long, as strokes along cells of the same strength. */
  const drawHeat = ({ chart, lines }, u) => chart.heat && clipped(u, (ctx) => {
    const { low, step, width, rows } = chart.heat;
    const x = (column) => Math.round(u.valToPos(column * width, "x", true));
    rows.forEach((row, k) => {
      const top = Math.round(u.valToPos(low * step ** (k + 1), "y", true));
      const bottom = Math.round(u.valToPos(low * step ** k, "y", true));
      for (let i = 0, end = 0; i < row.length; i = end) {
        for (end = i + 1; row[end] === row[i]; end++);
        ctx.fillStyle = HEAT[row[i] - 1];
        if (row[i] !== "0")
          ctx.fillRect(x(i), top, x(end) - x(i), bottom - top);
      }
    });
    Object.assign(ctx, { strokeStyle: theme("paper"), lineWidth: 4.5 * uPlot.pxRatio, lineJoin: "round" });
    for (const line of lines) {
      ctx.beginPath();
      line.forEach((value, i) => {
        if (value !== null)
          ctx.lineTo(u.valToPos(chart.at[i], "x", true), u.valToPos(value, "y", true));
      });
      ctx.stroke();
    }
  });

  /* Where a ratio says that nothing changed. */
  const drawZero = ({ chart }, u) => {
    if (chart.kind !== "ratio")
      return;
    drawAt(u, u.bbox.left, u.valToPos(1, "y", true), (ctx) => {
      ctx.setLineDash([]);
      ctx.strokeStyle = theme("soft");
      ctx.stroke(new Path2D(`M0 0h${u.bbox.width / uPlot.pxRatio}`));
    });
  };

  const drawBelow = (view, u) => [drawShade, drawStrips, drawFloor, drawBands, drawHeat, drawZero].forEach((draw) => draw(view, u));
  const drawAbove = (view, u) => [drawFloorText, drawLimits, drawMarkers].forEach((draw) => draw(view, u));

  return { theme, font, pixels, colourOf, drawBelow, drawAbove, drawAt, clipped };
})();
