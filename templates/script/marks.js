/* What lies under and over the curves: phases of the schedule, flagged stretches, LR events, peaks, lost points. */

function place(u, step, run) {
  return u.valToPos(run.shown(state.axis, step), "x", true);
}

function stretch(u, run, start, end) {
  const { left, width } = u.bbox;
  let from = place(u, start, run), to = place(u, end, run);
  // a single step still gets three pixels
  if (to - from < 3) { from -= 1.5; to = from + 3; }
  from = Math.max(left, from);
  to = Math.min(left + width, to);
  return to > from ? [from, to] : null;
}

function drawPhases(u, run) {
  const { ctx, bbox } = u;
  for (const phase of run.raw.phases ?? []) {
    const at = stretch(u, run, phase.start, phase.end);
    if (!at) continue;
    const kind = { rewarm: "warmup", constant: "peak", unknown: "decay" }[phase.kind] ?? phase.kind;
    ctx.fillStyle = colour(`wash-${kind}`);
    ctx.fillRect(at[0], bbox.top, at[1] - at[0], bbox.height);
    label(u, phase.label, at[0], bbox.top - 4 * uPlot.pxRatio, at[1] - at[0], "soft");
  }
}

function drawBands(u, run, named) {
  const { ctx, bbox } = u;
  const findings = [...(run.raw.findings ?? [])].sort((one, other) => (other.end - other.start) - (one.end - one.start));
  let free = -Infinity;
  for (const finding of findings) {
    const at = stretch(u, run, finding.start, finding.end);
    if (!at) continue;
    // a stretch that fills the view needs no pattern to be seen, and a curve must stay readable on it
    const wide = at[1] - at[0] > bbox.width * 0.35;
    ctx.globalAlpha = wide ? 0.06 : 1;
    ctx.fillStyle = wide ? colour(finding.severity) : pattern(ctx, finding.severity);
    ctx.fillRect(at[0], bbox.top, at[1] - at[0], bbox.height);
    ctx.globalAlpha = 1;
    ctx.fillStyle = colour(finding.severity);
    ctx.fillRect(at[0], bbox.top, at[1] - at[0], 2 * uPlot.pxRatio);
  }
  if (!named) return;
  const inOrder = [...findings].sort((one, other) => one.start - other.start);
  const shown = inOrder.map((finding) => [finding, stretch(u, run, finding.start, finding.end)]).filter(([, at]) => at);
  for (const [place, [finding, at]] of shown.entries()) {
    const start = Math.max(at[0], free);
    if (start > at[1] + 40 * uPlot.pxRatio) continue;
    const next = shown[place + 1]?.[1][0] ?? Infinity;
    const room = Math.min(at[1], Math.max(next, start + 1)) - start;
    free = start + flag(u, finding, start, room) + 2 * uPlot.pxRatio;
  }
}

/* The finding's number in a small flag above its stretch, with its kind where there is room. Returns its width. */
function flag(u, finding, x, room) {
  const { ctx, bbox } = u;
  const ratio = uPlot.pxRatio;
  ctx.font = `700 ${10.5 * ratio}px ${getComputedStyle(document.body).fontFamily}`;
  const long = `${finding.n} ${finding.kind}`;
  const text = ctx.measureText(long).width + 8 * ratio < room ? long : String(finding.n);
  const width = ctx.measureText(text).width + 8 * ratio;
  const top = bbox.top - 15 * ratio;
  ctx.fillStyle = colour(finding.severity);
  ctx.fillRect(x, top, width, 14 * ratio);
  ctx.fillStyle = colour("paper");
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  ctx.fillText(text, x + 4 * ratio, top + 7.5 * ratio);
  return width;
}

function label(u, text, x, y, room, name) {
  const { ctx } = u;
  ctx.font = `${10.5 * uPlot.pxRatio}px ${getComputedStyle(document.body).fontFamily}`;
  if (ctx.measureText(text).width + 6 * uPlot.pxRatio > room) return;
  ctx.fillStyle = colour(name);
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  ctx.fillText(text, x, y);
}

function drawEvents(u, run) {
  const { ctx, bbox } = u;
  ctx.strokeStyle = colour("soft");
  ctx.lineWidth = uPlot.pxRatio;
  ctx.setLineDash([3 * uPlot.pxRatio, 3 * uPlot.pxRatio]);
  for (const event of run.raw.events ?? []) {
    const x = place(u, event.step, run);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.setLineDash([]);
}

/* What the log says in words: a line where it says it, the words at its foot where there is room. */
function drawSaid(u, run, named) {
  const { ctx, bbox } = u;
  const ratio = uPlot.pxRatio;
  let free = -Infinity;
  ctx.strokeStyle = colour("warning");
  ctx.lineWidth = ratio;
  ctx.setLineDash([ratio, 3 * ratio]);
  for (const said of run.raw.said ?? []) {
    const x = place(u, said.step, run);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    if (!named || x < free) continue;
    const room = bbox.left + bbox.width - x;
    label(u, said.label, x + 3 * ratio, bbox.top + bbox.height - 4 * ratio, room, "soft");
    free = x + ctx.measureText(said.label).width + 8 * ratio;
  }
  ctx.setLineDash([]);
}

function drawPeaks(u, run, line) {
  const { ctx, bbox } = u;
  const size = 5 * uPlot.pxRatio;
  for (const finding of run.raw.findings ?? []) {
    if (finding.peak === null || !line) continue;
    const value = line.y[nearest(line.x, finding.peak)];
    const x = place(u, finding.peak, run);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    const y = Number.isFinite(value) ? u.valToPos(value, "y", true) : bbox.top;
    const tip = Math.min(bbox.top + bbox.height, Math.max(bbox.top + 2 * size, y - 3 * uPlot.pxRatio));
    ctx.fillStyle = colour(finding.severity);
    ctx.beginPath();
    ctx.moveTo(x, tip);
    ctx.lineTo(x - size, tip - 1.7 * size);
    ctx.lineTo(x + size, tip - 1.7 * size);
    ctx.fill();
  }
}

/* A cross at the upper edge for every value that is NaN or infinite, one each five pixels at most. */
function drawLost(u, run, lines) {
  const { ctx, bbox } = u;
  const ratio = uPlot.pxRatio;
  ctx.strokeStyle = colour("critical");
  ctx.lineWidth = 1.5 * ratio;
  const size = 2.5 * ratio, y = bbox.top + 4 * ratio;
  let last = -Infinity;
  ctx.beginPath();
  for (const line of lines) {
    last = -Infinity;
    for (const at of line.lost) {
      const x = place(u, line.x[at], run);
      if (x < bbox.left || x > bbox.left + bbox.width || x - last < 5 * ratio) continue;
      last = x;
      ctx.moveTo(x - size, y - size); ctx.lineTo(x + size, y + size);
      ctx.moveTo(x + size, y - size); ctx.lineTo(x - size, y + size);
    }
  }
  ctx.stroke();
}
