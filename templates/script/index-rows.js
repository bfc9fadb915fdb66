/* The table: as tall as all of its rows, but only those in sight exist. */

const scroller = document.getElementById("scroll");
const body = document.getElementById("body");
const small = matchMedia("(max-width: 40rem)");
const SVG = "http://www.w3.org/2000/svg";
const AHEAD = 8;
const drawn = new Map();

function rowHeight() { return small.matches ? 64 : 36; }

function element(name, attributes = {}, text = "") {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}

function drawing(name, attributes = {}) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function icon(verdict) {
  const made = drawing("svg", { class: `icon ${verdict}`, width: 16, height: 16, role: "img", "aria-label": verdict });
  made.append(drawing("use", { href: `#icon-${verdict}` }));
  return made;
}

function figure(value) {
  if (value === null) return "–";
  const size = Math.abs(value);
  if (size && (size < 1e-3 || size >= 1e6)) return value.toExponential(2).replace("e+", "e").replace(/\.?0+e/, "e");
  return size >= 1000 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
}

function spark(heights) {
  const picture = drawing("svg", { viewBox: `0 0 ${Math.max(1, heights.length - 1)} 36`, preserveAspectRatio: "none", "aria-hidden": "true" });
  let path = "", pen = false;
  for (let at = 0; at < heights.length; at += 1) {
    if (heights[at] === "-") { pen = false; continue; }
    path += `${pen ? "L" : "M"}${at} ${35.5 - parseInt(heights[at], 36)}`;
    pen = true;
  }
  picture.append(drawing("path", { d: path }));
  if (heights.endsWith("-")) picture.append(drawing("path", { class: "gone", d: `M${heights.length - 1} 0V36` }));
  return picture;
}

function changeOf(at) {
  const change = data.changes[data.change[at]], state = data.states[data.state[at]];
  const cell = element("span", { class: "c-change", role: "cell" });
  if (change && change !== "standing") cell.append(element("b", { class: change }, change));
  else if (state === "running" || state === "stalled") cell.append(element("span", { class: state }, state));
  else if (change) cell.append(change);
  return cell;
}

function makeRow(place) {
  const at = order[place];
  const row = element("div", { class: "grid-row", role: "row", "aria-rowindex": place + 2 });
  row.style.top = `${place * rowHeight()}px`;
  const name = element("span", { class: "c-name", role: "cell" });
  const link = element("a", { href: data.page[at], title: data.name[at] });
  link.append(element("bdi", {}, data.short[at] ?? data.name[at]));
  name.append(icon(VERDICTS[data.verdict[at]]), link);
  const cause = element("span", { class: "c-cause", role: "cell" }, data.text[data.cause[at]]);
  if (data.said[at] >= 0) cause.title = data.text[data.said[at]];
  const cell = (key, text) => element("span", { class: `c-${key}`, role: "cell", title: text }, text);
  const curve = element("span", { class: "c-spark", role: "cell" });
  curve.append(spark(data.spark[at]));
  row.append(name, cause, cell("sure", `${Math.round(100 * data.sure[at])}%`), cell("lr", figure(data.lr[at])), cell("advice", data.text[data.advice[at]]), curve,
    cell("final", figure(data.final[at])), cell("steps", data.steps[at].toLocaleString("en")), changeOf(at));
  return row;
}

function drawRows() {
  const height = rowHeight();
  const first = Math.max(0, Math.floor(scroller.scrollTop / height) - AHEAD);
  const last = Math.min(order.length, Math.ceil((scroller.scrollTop + scroller.clientHeight) / height) + AHEAD);
  for (const [place, row] of drawn) if (place < first || place >= last) { row.remove(); drawn.delete(place); }
  for (let place = first; place < last; place += 1) {
    if (!drawn.has(place)) {
      const row = makeRow(place);
      drawn.set(place, row);
      body.append(row);
    }
  }
}

function showRows(keep) {
  order = sorted(chosen());
  for (const row of drawn.values()) row.remove();
  drawn.clear();
  body.replaceChildren();
  body.style.height = `${order.length * rowHeight()}px`;
  if (!keep) scroller.scrollTop = 0;
  document.getElementById("grid").setAttribute("aria-rowcount", order.length + 1);
  document.getElementById("count").textContent = order.length === total ? total.toLocaleString("en") : `${order.length.toLocaleString("en")} of ${total.toLocaleString("en")}`;
  if (!order.length) body.append(element("p", { class: "grid-none" }, "No run is like that. Change the filter, or show all."));
  drawRows();
}
