/* What the reader has chosen, kept in the URL's fragment: `#ANCHOR&log=1&axis=epoch&smooth=0.6&z1=280:340`. */

const state = { anchor: "", log: false, axis: "step", smooth: 0, zoom: new Map(), overlay: null, sort: null, query: "", off: new Set() };

function readState() {
  const [first, ...rest] = location.hash.slice(1).split("&");
  const parts = first.includes("=") ? [first, ...rest] : rest;
  state.anchor = first.includes("=") ? "" : decoded(first);
  for (const part of parts) {
    const [name, value = ""] = part.split("=");
    applyPart(name, decoded(value));
  }
  return parts.length > 0;
}

function decoded(text) {
  try { return decodeURIComponent(text); } catch { return ""; }
}

function applyPart(name, value) {
  const zoom = /^z(\d+)$/.exec(name);
  if (zoom) {
    const [low, high] = value.split(":").map(Number);
    if (Number.isFinite(low) && Number.isFinite(high) && low < high) state.zoom.set(Number(zoom[1]), [low, high]);
  } else if (name === "log") state.log = value === "1";
  else if (name === "axis" && ["step", "epoch", "time"].includes(value)) state.axis = value;
  else if (name === "smooth") state.smooth = Math.min(0.99, Math.max(0, Number(value) || 0));
  else if (name === "runs") state.overlay = value.split(",").map(Number).filter(Number.isInteger);
  else if (name === "sort") state.sort = value;
  else if (name === "q") state.query = value;
  else if (name === "off") state.off = new Set(value.split(","));
}

function stateText() {
  const parts = [state.anchor ? encodeURIComponent(state.anchor) : ""];
  if (state.log) parts.push("log=1");
  if (state.axis !== "step") parts.push(`axis=${state.axis}`);
  if (state.smooth) parts.push(`smooth=${state.smooth}`);
  for (const [run, [low, high]] of state.zoom) parts.push(`z${run}=${Math.round(low)}:${Math.round(high)}`);
  if (state.overlay) parts.push(`runs=${state.overlay.join(",")}`);
  if (state.sort) parts.push(`sort=${encodeURIComponent(state.sort)}`);
  if (state.query) parts.push(`q=${encodeURIComponent(state.query)}`);
  if (state.off.size) parts.push(`off=${[...state.off].join(",")}`);
  return parts.join("&").replace(/^&/, "");
}

let stateTimer = 0;
function saveState() {
  clearTimeout(stateTimer);
  // browsers refuse more than a hundred or so changes in half a minute
  stateTimer = setTimeout(() => {
    const text = stateText();
    try { history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search); } catch { /* a sandboxed frame */ }
  }, 200);
}
