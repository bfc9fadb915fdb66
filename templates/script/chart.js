/* One uPlot chart from lines and marks. Data are aligned to the union of the lines' steps. */

function aligned(lines, run, logarithmic) {
  const axes = new Set(lines.map((line) => line.x));
  let xs = lines[0]?.x ?? new Float64Array();
  if (axes.size > 1) {
    const all = new Float64Array(lines.reduce((sum, line) => sum + line.x.length, 0));
    let filled = 0;
    for (const axis of axes) { all.set(axis, filled); filled += axis.length; }
    xs = all.subarray(0, filled).sort().filter((x, at, sorted) => at === 0 || x !== sorted[at - 1]);
  }
  const ys = lines.map((line) => {
    const out = new Array(xs.length);
    let at = 0;
    for (let n = 0; n < line.x.length; n++) {
      while (xs[at] < line.x[n]) at++;
      const value = line.y[n];
      out[at] = Number.isFinite(value) && !(logarithmic === "log" && value <= 0) ? value : null;
    }
    return out;
  });
  return [Array.from(xs, (x) => run.shown(state.axis, x)), ...ys];
}

/* 'log' where every value is positive (zeros of a rate are left out), 'both' where some are negative, else ''. */
function logKind(lines) {
  return lines.some((line) => line.y.some((value) => value < 0)) ? "both" : "log";
}

function valueRange(u, low, high, kind) {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return kind === "log" ? [0.1, 1] : [0, 1];
  if (kind === "log") return low === high ? [low / 2, high * 2] : [low / 1.15, high * 1.15];
  const air = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
  const bottom = low >= 0 && low < (high - low) * 0.15 ? 0 : low - air;
  return [bottom, high + air];
}

function yScale(lines, logarithmic) {
  if (!logarithmic) return { range: (u, low, high) => valueRange(u, low, high, "") };
  if (logKind(lines) === "log") return { distr: 3, log: 10, range: (u, low, high) => valueRange(u, low, high, "log") };
  const sizes = lines.flatMap((line) => Array.from(line.y, Math.abs)).filter((size) => size > 0 && Number.isFinite(size)).sort((a, b) => a - b);
  return { distr: 4, asinh: sizes[Math.floor(sizes.length / 10)] || 1, range: (u, low, high) => valueRange(u, low, high, "") };
}

/* Gaps for any width; the library's own end at 5e31, and losses that explode do not. */
function roundGaps(width) {
  const power = Math.floor(Math.log10(width || 1));
  // written as text, because the library looks gaps up by their exact value
  return [power - 2, power - 1, power].flatMap((each) => [1, 2, 2.5, 5].map((factor) => Number(`${factor}e${each}`)));
}

/* Powers of ten in [low, high], below zero too; 1, 2 and 5 times each where there are few. */
function logSplits(low, high) {
  const size = Math.max(Math.abs(low), Math.abs(high));
  const least = low > 0 ? low : Math.min(size / 1e6, Math.max(Math.abs(high), size) / 1e3);
  const powers = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.log10(size); power++) powers.push(power);
  const every = Math.max(1, Math.ceil(powers.length / 6));
  const factors = powers.length > 3 ? [1] : [1, 2, 5];
  const positive = powers.filter((power, at) => at % every === 0).flatMap((power) => factors.map((factor) => factor * 10 ** power));
  const all = low > 0 ? positive : [...positive.map((value) => -value).reverse(), 0, ...positive];
  return all.filter((value) => value >= low && value <= high);
}

/* Offsets whose steps are multiples of the gap: 100 and 200, where the run starts at 1. */
function roundSteps(low, high, gap, base) {
  const out = [];
  for (let step = Math.ceil((low + base) / gap) * gap; step - base <= high && out.length < 100; step += gap) out.push(step - base);
  return out;
}

function xAxis(run, visible) {
  const time = state.axis === "time", epoch = state.axis === "epoch";
  const title = time ? "wall time (h:mm:ss)" : epoch ? "epoch" : "";
  const exact = run.base < 9007199254740991n && run.base > -9007199254740991n;
  const byStep = (value) => (!exact ? (value === 0 ? run.stepName(0) : `+${tickLabel(value)}`) : tickLabel(Number(run.base) - run.shift + value));
  return {
    ...(time || epoch || !exact ? {} : { splits: (u, axis, low, high, gap) => roundSteps(low, high, gap, Number(run.base) - run.shift) }),
    show: visible, size: title ? 40 : 26, gap: 4, space: 80, stroke: colour("soft"), font: `11px ${fontName()}`,
    labelFont: `11px ${fontName()}`, label: title || undefined, labelSize: 14, labelGap: 0,
    grid: { show: false }, ticks: { stroke: colour("edge"), width: 1, size: 4 }, border: { show: true, stroke: colour("edge"), width: 1 },
    values: (u, splits) => splits.map((value) => (value === null ? "" : time ? duration(value) : epoch ? tickLabel(value) : byStep(value))),
    ...(time ? { incrs: [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800, 2592000] } : {}),
  };
}

const fontName = () => getComputedStyle(document.body).fontFamily;

function series(line) {
  const dotted = line.style === "val-loss" || line.dots;
  return {
    label: line.label, show: !line.hidden, stroke: () => lineColour(line.style), width: WIDTHS[line.style] ?? 1.5, dash: DASHES[line.style],
    // a point between two gaps would be invisible as a line
    points: dotted
      ? { show: (u, at, low, high) => high - low < 4000 && line.x.length < 120, size: 5, fill: lineColour(line.style) }
      : { show: line.x.length === 1, size: 6, fill: lineColour(line.style) },
  };
}

/* `plot`: { host, lines, run, kind, height, last }; `events`: what pointers and cursors report. */
function buildChart(plot, events) {
  const logarithmic = state.log || plot.alwaysLog;
  const lines = plot.lines.slice();
  const raw = lines.find((line) => line.style === "train-loss" || line.style === "grad-norm");
  if (state.smooth && raw && plot.kind !== "overlay") lines.push({ ...smoothed(raw, state.smooth), hidden: raw.hidden });
  for (const line of lines) line.lost ??= lostPoints(line);
  const data = aligned(lines, plot.run, logarithmic ? logKind(lines) : "");
  const options = {
    width: plot.host.clientWidth, height: plot.height + (plot.last && state.axis !== "step" ? 14 : 0), padding: [plot.kind === "loss" || plot.kind === "lr" ? 18 : 8, 18, plot.last ? null : 4, 0],
    bands: intervals(lines), legend: { show: false }, series: [{}, ...lines.map(series)],
    scales: { x: { time: false, range: (u, low, high) => (low === high || low === null ? [(low ?? 0) - 1, (high ?? 0) + 1] : [low, high]) }, y: yScale(lines, logarithmic) },
    axes: [
      xAxis(plot.run, plot.last),
      {
        ...(logarithmic ? { splits: (u, axis, low, high) => logSplits(low, high), filter: (u, splits) => splits } : {}),
        // on a logarithmic axis the gap is not used, but one below 5 must be among those the library knows
        incrs: (u, axis, low, high) => (logarithmic ? [Math.max(5, high - low)] : roundGaps(high - low)),
        size: 58, gap: 5, space: 34, stroke: colour("soft"), font: `11px ${fontName()}`, grid: { stroke: colour("grid"), width: 1 },
        ticks: { show: false }, values: (u, splits) => splits.map((value) => (value === null ? "" : plot.kind === "lr" ? rate(value) : tickLabel(value))),
      },
    ],
    cursor: { y: false, drag: { x: true, y: false, setScale: false, dist: 4 }, points: { size: 7 }, bind: pointerBindings(events), dataIdx: nearestKnown },
    hooks: {
      drawAxes: [(u) => underlay(u, plot)],
      draw: [(u) => overlayMarks(u, plot, lines)],
      setSelect: [(u) => events.selected(u)],
      ready: [(u) => pointerGestures(u, events)],
    },
  };
  const made = new uPlot(options, data, plot.host);
  made.over.setAttribute("aria-hidden", "true");
  return made;
}

/* The area between the two edges of a prediction's interval. */
function intervals(lines) {
  const high = lines.findIndex((line) => line.style === "what-if-high"), low = lines.findIndex((line) => line.style === "what-if-low");
  return high < 0 || low < 0 ? [] : [{ series: [high + 1, low + 1], fill: `${lineColour("what-if")}29` }];
}

function lostPoints(line) {
  const lost = [];
  if (line.style === "level" || line.style === "smooth") return lost;
  for (let at = 0; at < line.y.length; at++) if (!Number.isFinite(line.y[at])) lost.push(at);
  return lost;
}

function underlay(u, plot) {
  u.ctx.save();
  if (plot.kind === "lr") drawPhases(u, plot.run);
  if (plot.kind === "loss" || plot.kind === "grad") drawBands(u, plot.run, plot.kind === "loss");
  if (plot.kind !== "overlay" && plot.kind !== "replay" && plot.kind !== "what-if") drawEvents(u, plot.run);
  if (plot.kind === "loss" || plot.kind === "grad") drawSaid(u, plot.run, plot.kind === "loss");
  u.ctx.restore();
}

function overlayMarks(u, plot, lines) {
  u.ctx.save();
  if (plot.kind === "loss") drawPeaks(u, plot.run, lines.find((line) => line.style === "train-loss"));
  drawLost(u, plot.run, lines);
  if (!lines.some((line) => line.lost.length < line.y.length)) {
    u.ctx.textAlign = "center";
    u.ctx.fillStyle = colour("soft");
    u.ctx.font = `${12 * uPlot.pxRatio}px ${fontName()}`;
    u.ctx.fillText("no finite value to draw", u.bbox.left + u.bbox.width / 2, u.bbox.top + u.bbox.height / 2);
  }
  u.ctx.restore();
}

/* Under the cursor a sparse series shows its nearest point, not a hole. */
function nearestKnown(u, at, index) {
  const ys = u.data[at];
  if (at === 0 || index === null || ys[index] !== undefined) return index;
  for (let away = 1; away < 2000; away++) {
    if (ys[index - away] !== undefined && index - away >= 0) return index - away;
    if (ys[index + away] !== undefined && index + away < ys.length) return index + away;
  }
  return null;
}
