/* The runs, column by column, and what of them the reader wants to see; kept in the URL's fragment. */

const data = JSON.parse(document.getElementById("payload").textContent);
const total = data.name.length;
const VERDICTS = ["critical", "warning", "healthy"];
const wanted = { query: "", off: new Set(), filter: "", group: -1, age: 0, owner: "", tag: "", sort: "", down: false };
let order = [];

/* What the filter searches, made once: a run's words in small letters. */
const haystack = data.name.map((name, at) =>
  `${name} ${data.text[data.cause[at]]} ${VERDICTS[data.verdict[at]]} ${data.text[data.owner[at]]} ${data.text[data.tags[at]]} ${data.found[at].map((one) => `${data.kinds[one[0]]} ${one[5]}`).join(" ")}`.toLowerCase());

const BY = {
  name: (at) => at, cause: (at) => data.text[data.cause[at]], sure: (at) => data.sure[at], lr: (at) => data.lr[at],
  advice: (at) => data.text[data.advice[at]], final: (at) => data.final[at], steps: (at) => data.steps[at], change: (at) => data.change[at],
};

function chosen() {
  const words = wanted.query.toLowerCase().split(/\s+/).filter(Boolean);
  const [kind, value] = wanted.filter.split(":");
  const rows = [];
  for (let at = 0; at < total; at += 1) {
    if (wanted.off.has(data.verdict[at])) continue;
    if (wanted.group >= 0 && data.group[at] !== wanted.group) continue;
    if (kind === "change" && data.changes[data.change[at]] !== value) continue;
    if (kind === "state" && data.states[data.state[at]] !== value) continue;
    if (wanted.age && data.made - data.written[at] > wanted.age) continue;
    if (wanted.owner && data.text[data.owner[at]] !== wanted.owner) continue;
    if (wanted.tag && !data.text[data.tags[at]].split(" ").includes(wanted.tag)) continue;
    if (!words.every((word) => (word.length > 1 && word[0] === "-" ? !haystack[at].includes(word.slice(1)) : haystack[at].includes(word)))) continue;
    rows.push(at);
  }
  return rows;
}

/* The worst and the newest first, unless a column was chosen; what has no value comes last either way. */
function sorted(rows) {
  const key = BY[wanted.sort];
  if (!key) {
    return rows.sort((a, b) => data.verdict[a] - data.verdict[b] || data.change[a] - data.change[b] || data.group[a] - data.group[b] || a - b);
  }
  const way = wanted.down ? -1 : 1;
  return rows.sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === null || y === null) return (x === null) - (y === null) || a - b;
    return (typeof x === "string" ? x.localeCompare(y, "en", { numeric: true }) : x - y) * way || a - b;
  });
}

function readFragment() {
  for (const part of location.hash.slice(1).split("&")) {
    const [name, raw = ""] = part.split("=");
    let value = "";
    try { value = decodeURIComponent(raw); } catch { continue; }
    if (name === "q") wanted.query = value;
    else if (name === "off") wanted.off = new Set(value.split(",").filter(Boolean).map(Number));
    else if (name === "show") wanted.filter = value;
    else if (name === "group") wanted.group = Number(value);
    else if (name === "age") wanted.age = Number(value) || 0;
    else if (name === "owner") wanted.owner = value;
    else if (name === "tag") wanted.tag = value;
    else if (name === "sort") { wanted.down = value.startsWith("-"); wanted.sort = value.replace(/^-/, ""); }
  }
}

let fragmentTimer = 0;
function writeFragment() {
  clearTimeout(fragmentTimer);
  fragmentTimer = setTimeout(() => {
    const parts = [];
    const put = (name, value) => { if (value) parts.push(`${name}=${encodeURIComponent(value)}`); };
    put("q", wanted.query); put("off", [...wanted.off].join(",")); put("show", wanted.filter);
    put("group", wanted.group >= 0 ? String(wanted.group) : ""); put("age", wanted.age ? String(wanted.age) : "");
    put("owner", wanted.owner); put("tag", wanted.tag); put("sort", wanted.sort && (wanted.down ? "-" : "") + wanted.sort);
    try { history.replaceState(null, "", parts.length ? `#${parts.join("&")}` : location.pathname + location.search); } catch { /* a sandboxed frame */ }
  }, 200);
}
