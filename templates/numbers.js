/* numbers.js - numbers as the page writes them, and ticks for a stretch of an axis; for page.js. What the
 * report writes too, it writes alike. */
const tareNumbers = (() => {
  "use strict";

  /* Three significant digits and a unit, as engine/units.c has them. */
  const digits = (value) => value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
  const formatTime = (ns) =>
    ns < 9950 ? `${(ns / 1e3).toFixed(ns < 1000 ? 1 : 2)} µs`
    : ns < 999.5e3 ? `${digits(ns / 1e3)} µs`
    : ns < 999.5e6 ? `${digits(ns / 1e6)} ms` : `${digits(ns / 1e9)} s`;
  const formatRate = (value) =>
    value < 99.95 ? `${+value.toPrecision(3)}/s` : `${Math.round(value).toLocaleString("en-GB")}/s`;

  const formatCount = (value) =>
    value < 99.95 ? String(+value.toPrecision(3)) : Math.round(value).toLocaleString("en-GB");

  /* "−31.7 %", "12.4 times": a change; "99.95 %": a share. As report/markup.c has them. */
  const formatRatio = (ratio) =>
    Math.abs(ratio - 1) < 0.0005 ? "none" : ratio >= 10 ? `${+ratio.toPrecision(3)} times`
    : `${ratio < 1 ? "−" : "+"}${(Math.abs(ratio - 1) * 100).toFixed(1)} %`;
  const formatShare = (share) => `${+(share * 100).toFixed(2)} %`;

  /* "2.5 ms", "30k": round numbers on an axis, as report/axis.c has them. */
  const short = (value) => +value.toPrecision(4);
  const tickTime = (ns) =>
    ns === 0 ? "0" : ns < 1e3 ? `${short(ns)} ns` : ns < 1e6 ? `${short(ns / 1e3)} µs`
    : ns < 1e9 ? `${short(ns / 1e6)} ms` : `${short(ns / 1e9)} s`;
  const tickRate = (value) =>
    value >= 1e6 ? `${short(value / 1e6)}M` : value >= 1e4 ? `${short(value / 1e3)}k`
    : short(value).toLocaleString("en-GB");
  const two = (number) => String(number).padStart(2, "0");
  /* "0:37", in runs of hours "1:02:05", as report/markup.c has it. high: the run's end. */
  const formatMoment = (seconds, high) => {
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60)];
    return high < 3600 ? `${minutes}:${two(short(seconds % 60))}`
      : `${hours}:${two(minutes % 60)}:${two(short(seconds % 60))}`;
  };
  const tickMoment = (seconds, span, high) =>
    span <= 120 && seconds <= 120 ? `${short(seconds)} s` : formatMoment(seconds, high);
  const tickPercentile = (x) =>
    String(+(100 * (1 - 10 ** -x)).toFixed(Math.max(0, Math.ceil(x) - 1)));

  /* What a cursor stands on: the second that it lies in, or the percentile. */
  const sayMoment = (chart, x) => {
    if (chart.kind === "share")
      return formatTime(x);
    if (chart.kind === "spread" || chart.kind === "ratio")
      return `p${(100 * (1 - 10 ** -x)).toFixed(1 + Math.floor(x))}`;
    return formatMoment(Math.floor(x), chart.x.high);
  };

  /* Ticks for a stretch that a reader chose; the report has those of the whole. */
  const roundUp = (value, steps) => {
    const power = 10 ** Math.floor(Math.log10(value));
    return (steps.find((step) => step * power >= value * (1 - 1e-9)) ?? 10) * power;
  };
  const ticksBy = (step, low, high) => {
    const ticks = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
      ticks.push(i * step);
    return ticks;
  };
  const linearTicks = (low, high) => ticksBy(roundUp((high - low) / 3, [1, 2, 2.5, 5]), low, high);
  const WHOLE = [10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400];
  const timeTicks = (low, high) => {
    const step = (high - low) / 7;
    return ticksBy(step < 10 ? roundUp(step, [1, 2, 5]) : WHOLE.find((s) => s >= step), low, high);
  };
  /* Logarithms of 1, 2 and 5 times powers of ten: of latencies, or of 1/(1-p) for percentiles. */
  const powers = (low, high) => ticksBy(1, Math.floor(low), high)
    .flatMap((power) => [1, 2, 5].map((factor) => power + Math.log10(factor)))
    .filter((at) => at >= low - 1e-9 && at <= high + 1e-9);
  const logTicks = (low, high) => powers(Math.log10(low), Math.log10(high)).map((at) => 10 ** at);

  return { formatTime, formatRate, formatCount, formatRatio, formatShare, sayMoment, tickTime, tickRate, tickMoment, tickPercentile, roundUp,
    linearTicks, timeTicks, logTicks, powers };
})();
