/* Charts over one x axis: drawn when they come into view, zoomed together, one cursor, one readout. */

const HEIGHTS = { loss: 300, lr: 130, grad: 140, replay: 230, "what-if": 230, overlay: 320 };
const stacks = new Map();
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) entry.target.stackPlot?.seen(entry.isIntersecting);
}, { rootMargin: "200px" });
const sizes = new ResizeObserver((entries) => {
  for (const entry of entries) entry.target.stackPlot?.resized();
});

class Plot {
  /* `unpack`: gives the lines, and is called when they are first needed. */
  constructor(stack, host, kind, unpack, { alwaysLog = false, last = true } = {}) {
    Object.assign(this, { stack, host, kind, unpack, alwaysLog, last, run: stack.run, height: HEIGHTS[kind] + (last ? 26 : 0), chart: null, inView: false });
    host.stackPlot = this;
    host.addEventListener("keydown", (event) => stack.pressed(event, this));
    watcher.observe(host);
    sizes.observe(host);
  }

  get lines() { return (this.unpacked ??= this.unpack()); }

  seen(inView) {
    this.inView = inView;
    if (inView && !this.chart) this.build();
  }

  build() {
    if (!this.host.clientWidth) return;
    this.chart?.destroy();
    this.chart = buildChart(this, this.stack.events);
    this.stack.applyView(this);
    if (!performance.getEntriesByName("loglens-first-chart").length) performance.mark("loglens-first-chart");
  }

  ready() { if (!this.chart) this.build(); }

  /* Drawn anew at once where it can be seen, else when it is. */
  refresh() {
    if (!this.chart) return;
    if (this.inView) { this.build(); return; }
    this.chart.destroy();
    this.chart = null;
  }

  resized() {
    if (this.chart && this.host.clientWidth && Math.abs(this.chart.width - this.host.clientWidth) > 1) {
      this.chart.setSize({ width: this.host.clientWidth, height: this.chart.height });
    } else if (!this.chart && this.inView) this.build();
  }

  drop() {
    watcher.unobserve(this.host);
    sizes.unobserve(this.host);
    this.chart?.destroy();
    this.chart = null;
  }
}

class Stack {
  constructor(key, run, readout) {
    Object.assign(this, { key, run, readout, plots: [], at: null });
    this.events = {
      view: (low, high) => this.view(run.stepAt(state.axis, low), run.stepAt(state.axis, high)),
      reset: () => this.reset(),
      pointed: (u, event) => this.pointed(u, event),
      left: (u) => this.left(u),
      selected: (u) => this.selected(u),
    };
  }

  add(host, kind, unpack, options) {
    this.plots.push(new Plot(this, host, kind, unpack, options));
  }

  get zoomed() { return state.zoom.get(this.key) ?? null; }

  view(low, high) {
    const [first, last] = this.run.whole;
    const least = Math.max((last - first) / 1e5, 1e-9);
    const width = Math.min(Math.max(high - low, least), last - first);
    const start = Math.min(Math.max(low, first), last - width);
    if (width >= (last - first) * 0.999) state.zoom.delete(this.key); else state.zoom.set(this.key, [start, start + width]);
    this.viewChanged();
  }

  reset() {
    state.zoom.delete(this.key);
    this.viewChanged();
  }

  viewChanged() {
    for (const plot of this.plots) this.applyView(plot);
    this.onView?.(this.zoomed);
    saveState();
  }

  applyView(plot) {
    if (!plot.chart) return;
    const [low, high] = this.zoomed ?? this.run.whole;
    // at once rather than with the next microtask: a cursor set right after needs the new scale
    plot.chart.batch(() => plot.chart.setScale("x", { min: this.run.shown(state.axis, low), max: this.run.shown(state.axis, high) }));
  }

  selected(u) {
    const { left, width } = u.select;
    if (width > 4) this.events.view(u.posToVal(left, "x"), u.posToVal(left + width, "x"));
    if (width > 0) u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  /* The mouse moved over one chart: the others follow, and the readout. */
  pointed(u, event) {
    // a chart that changes under a resting mouse reports a move: the keyboard's cursor must not jump to it
    if (event.screenX === this.mouse?.[0] && event.screenY === this.mouse[1]) return;
    this.mouse = [event.screenX, event.screenY];
    const left = event.clientX - u.over.getBoundingClientRect().left;
    this.moveCursor(this.run.stepAt(state.axis, u.posToVal(left, "x")), u, false);
  }

  left(u) {
    for (const plot of this.plots) if (plot.chart && plot.chart !== u) plot.chart.setCursor({ left: -10, top: -10 }, false);
  }

  moveCursor(step, from, aloud) {
    this.at = step;
    const shown = this.run.shown(state.axis, step);
    for (const plot of this.plots) {
      if (plot.chart && plot.chart !== from) plot.chart.setCursor({ left: plot.chart.valToPos(shown, "x"), top: 1 }, false);
    }
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.tell(step, aloud));
  }

  tell(step, aloud) {
    const first = this.plots[0]?.lines[0];
    if (!first) return;
    const at = first.x[nearest(first.x, step)];
    const parts = [[`Step ${this.run.stepName(at)}`, ""]];
    if (this.run.raw.axes.epoch) parts.push([`epoch ${figure(this.run.shown("epoch", at), 4)}`, ""]);
    if (this.run.raw.axes.time) parts.push([duration(this.run.shown("time", at)), ""]);
    for (const plot of this.plots) {
      for (const line of plot.lines) if (!line.hidden) parts.push([`${line.name ?? line.label} ${valueNear(line, at)}`, line.style]);
    }
    const inside = (this.run.raw.findings ?? []).filter((finding) => finding.start <= at && at <= finding.end);
    for (const finding of inside) parts.push([`in ${finding.n}: ${finding.kind}`, ""]);
    const [low, high] = this.zoomed ?? this.run.whole;
    for (const event of this.run.raw.events ?? []) if (Math.abs(event.step - at) <= (high - low) / 150) parts.push([event.label, ""]);
    if (this.readout) show(this.readout, parts);
    if (aloud) announce(parts.map(([text]) => text).join(", "));
  }

  pressed(event, plot) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const xs = plot.lines[0].x;
    const [low, high] = this.zoomed ?? this.run.whole;
    const at = nearest(xs, this.at ?? low);
    const jump = event.shiftKey ? 10 : 1;
    const moves = {
      ArrowLeft: () => this.cursorTo(xs[Math.max(0, at - jump)]),
      ArrowRight: () => this.cursorTo(xs[Math.min(xs.length - 1, this.at === null ? at : at + jump)]),
      Home: () => this.cursorTo(xs[0]),
      End: () => this.cursorTo(xs[xs.length - 1]),
      "+": () => this.scaled(0.5), "=": () => this.scaled(0.5), "-": () => this.scaled(2),
      0: () => this.reset(), Escape: () => this.reset(),
      n: () => this.nextFinding(1), p: () => this.nextFinding(-1),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move(high);
  }

  cursorTo(step) {
    const [low, high] = this.zoomed ?? this.run.whole;
    if (step < low || step > high) this.view(step - (high - low) / 2, step + (high - low) / 2);
    this.moveCursor(step, null, true);
  }

  scaled(factor) {
    const [low, high] = this.zoomed ?? this.run.whole;
    const middle = this.at !== null && this.at >= low && this.at <= high ? this.at : (low + high) / 2;
    this.view(middle - (middle - low) * factor, middle + (high - middle) * factor);
  }

  moved(share) {
    const [low, high] = this.zoomed ?? this.run.whole;
    this.view(low + (high - low) * share, high + (high - low) * share);
  }

  nextFinding(way) {
    const inOrder = [...(this.run.raw.findings ?? [])].sort((one, other) => one.start - other.start);
    if (!inOrder.length) return;
    const at = inOrder.findIndex((one) => one.id === this.finding);
    this.zoomToFinding(inOrder[(at + way + inOrder.length) % inOrder.length] ?? inOrder[0]);
  }

  zoomToFinding(finding) {
    this.finding = finding.id;
    const [first, last] = this.run.whole;
    const margin = Math.max(finding.end - finding.start, (last - first) / 60);
    this.view(finding.start - margin, finding.end + margin);
    this.moveCursor(finding.peak ?? finding.start, null, true);
  }

  refresh() { for (const plot of this.plots) plot.refresh(); }
}

function valueNear(line, step) {
  const at = nearest(line.x, step);
  return line.style === "learning-rate" ? rate(line.y[at]) : figure(line.y[at]);
}

function show(target, parts) {
  target.replaceChildren(...parts.flatMap(([text, style], at) => {
    const mark = document.createElement(at ? "span" : "b");
    if (style) {
      const dot = document.createElement("span");
      dot.className = "dot-mark";
      dot.style.color = lineColour(style);
      mark.textContent = text;
      return [dot, mark];
    }
    mark.textContent = at ? ` · ${text}` : text;
    return [mark];
  }));
}

let announcing = 0;
function announce(text) {
  clearTimeout(announcing);
  announcing = setTimeout(() => { document.getElementById("announce").textContent = text; }, 120);
}
