/* Several runs: sorting, filtering, and laying chosen ones over one another. */

function bindOverview(runs) {
  const table = document.getElementById("runs");
  if (!table) return;
  const filter = document.getElementById("filter");
  filter.value = state.query;
  filter.addEventListener("input", () => { state.query = filter.value; filterRuns(); saveState(); });
  for (const box of document.querySelectorAll("[data-verdict][type=checkbox]")) {
    box.checked = !state.off.has(box.dataset.verdict);
    box.addEventListener("change", () => {
      if (box.checked) state.off.delete(box.dataset.verdict); else state.off.add(box.dataset.verdict);
      filterRuns();
      saveState();
    });
  }
  for (const head of table.querySelectorAll("th[data-key]")) head.querySelector("button").addEventListener("click", () => sortBy(head));
  if (state.sort) {
    const [key, way] = state.sort.split(":");
    const head = table.querySelector(`th[data-key="${CSS.escape(key)}"]`);
    if (head) sortRuns(head, way === "down");
  }
  filterRuns();
  bindOverlay(table, runs);
}

function sortBy(head) {
  const down = head.getAttribute("aria-sort") === "ascending";
  sortRuns(head, down);
  state.sort = `${head.dataset.key}:${down ? "down" : "up"}`;
  saveState();
}

function sortRuns(head, down) {
  const table = document.getElementById("runs");
  const column = [...head.parentElement.children].indexOf(head);
  const key = (row) => row.children[column].dataset.sort;
  const numeric = head.dataset.kind === "number";
  const order = (one, other) => {
    const [a, b] = [key(one), key(other)];
    if (a === "" || b === "") return (a === "") - (b === "");
    return (numeric ? Number(a) - Number(b) : a.localeCompare(b, "en", { numeric: true })) * (down ? -1 : 1);
  };
  const body = table.tBodies[0];
  body.append(...[...body.rows].sort(order));
  for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
}

function filterRuns() {
  const wanted = state.query.trim().toLowerCase();
  let seen = 0;
  const visible = new Set();
  for (const row of document.querySelectorAll("#runs tbody tr")) {
    const fits = !state.off.has(row.dataset.verdict) && `${row.textContent} ${row.querySelector("th").dataset.sort}`.toLowerCase().includes(wanted);
    row.hidden = !fits;
    if (fits) { seen += 1; visible.add(row.dataset.run); }
  }
  for (const one of document.querySelectorAll(".multiples li")) one.hidden = !visible.has(one.dataset.run);
  const all = document.querySelectorAll("#runs tbody tr").length;
  document.querySelector("[data-count]").textContent = seen === all ? String(all) : `${seen} of ${all}`;
}

function bindOverlay(table, runs) {
  const boxes = [...table.querySelectorAll("[data-overlay]")];
  if (state.overlay) for (const box of boxes) box.checked = state.overlay.includes(Number(box.dataset.overlay));
  const draw = () => drawOverlay(boxes.filter((box) => box.checked).map((box) => Number(box.dataset.overlay)), runs);
  for (const box of boxes) {
    box.addEventListener("change", () => {
      state.overlay = boxes.filter((one) => one.checked).map((one) => Number(one.dataset.overlay));
      draw();
      saveState();
    });
  }
  draw();
}

/* All runs on one axis: their steps are shifted to the lowest base. */
function drawOverlay(numbers, runs) {
  const host = document.querySelector('[data-panel="overlay"] .plot');
  stacks.get("overlay")?.plots.forEach((plot) => plot.drop());
  stacks.delete("overlay");
  const chosen = numbers.map((number) => runs.get(number)).filter((run) => run?.raw.main);
  const keys = document.getElementById("overlay-keys");
  keys.replaceChildren();
  if (!chosen.length) { keys.textContent = "No run is ticked in the table."; return; }
  const lowest = chosen.reduce((least, run) => (run.base < least ? run.base : least), chosen[0].base);
  const lines = chosen.flatMap((run, at) => {
    const [line] = run.lines([run.raw.main]);
    if (!line) return [];
    const shift = Number(run.base - lowest);
    return [{ x: shift ? line.x.map((step) => step + shift) : line.x, y: line.y, style: `hue-${at % 8}`, label: run.raw.name }];
  });
  keys.append(...lines.map(overlayKey));
  const raw = { base: String(lowest), steps: [], curves: [], axes: {} };
  const whole = new RunData(raw);
  const firsts = lines.map((line) => line.x[0]), lasts = lines.map((line) => line.x[line.x.length - 1]);
  whole.range = lines.length ? [Math.min(...firsts), Math.max(...lasts, Math.min(...firsts) + 1)] : [0, 1];
  const stack = new Stack("overlay", whole, document.querySelector("[data-overlay-readout]"));
  stacks.set("overlay", stack);
  if (lines.length) stack.add(host, "overlay", () => lines, { alwaysLog: "log" in host.parentElement.dataset });
}

function overlayKey(line) {
  const item = document.createElement("li");
  const name = "http://www.w3.org/2000/svg";
  const swatch = document.createElementNS(name, "svg");
  for (const [key, value] of Object.entries({ class: "swatch", viewBox: "0 0 26 10", width: 26, height: 10, "aria-hidden": "true" })) swatch.setAttribute(key, value);
  const path = document.createElementNS(name, "path");
  path.setAttribute("class", `curve ${line.style}`);
  path.setAttribute("d", "M1 5H25");
  swatch.append(path);
  const text = document.createElement("bdi");
  text.textContent = line.label;
  item.append(swatch, text);
  return item;
}
