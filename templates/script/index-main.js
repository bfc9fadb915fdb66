/* Buttons and fields of the index. */

const COLOURS = ["system", "light", "dark"];

function bindColours() {
  const button = document.getElementById("theme");
  const now = () => document.documentElement.dataset.theme ?? "system";
  const tell = () => { button.textContent = `Colours: ${now()}`; button.setAttribute("aria-label", `Colours: ${now()}. Press to change`); };
  button.addEventListener("click", () => {
    const next = COLOURS[(COLOURS.indexOf(now()) + 1) % COLOURS.length];
    if (next === "system") delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = next;
    try { localStorage.setItem("loglens-colours", next); } catch { /* kept for this visit only */ }
    tell();
  });
  tell();
}

function options(id, values) {
  const field = document.getElementById(id);
  for (const value of values) field.append(element("option", { value }, value));
  if (!values.length) field.closest(".field").hidden = true;
}

function tellChoice() {
  for (const tile of document.querySelectorAll("[data-filter]")) tile.setAttribute("aria-pressed", String(tile.dataset.filter === wanted.filter));
  const clear = document.getElementById("clear");
  clear.hidden = wanted.group < 0 && !wanted.filter;
  clear.textContent = wanted.group >= 0 ? `Only ${data.groups[wanted.group]}: show all` : "Show all";
  for (const head of document.querySelectorAll(".grid-head [data-key]")) {
    if (head.dataset.key === wanted.sort) head.parentElement.setAttribute("aria-sort", wanted.down ? "descending" : "ascending");
    else head.parentElement.removeAttribute("aria-sort");
  }
}

function refresh() { tellChoice(); showRows(false); writeFragment(); }

function bindChoices() {
  const bind = (id, name, event, value = (field) => field.value) => {
    const field = document.getElementById(id);
    field.value = wanted[name] || "";
    field.addEventListener(event, () => { wanted[name] = value(field); refresh(); });
  };
  bind("filter", "query", "input");
  bind("age", "age", "change", (field) => Number(field.value) || 0);
  bind("owner", "owner", "change");
  bind("tag", "tag", "change");
  for (const box of document.querySelectorAll("[data-verdict]")) {
    const verdict = Number(box.dataset.verdict);
    box.checked = !wanted.off.has(verdict);
    box.addEventListener("change", () => { if (box.checked) wanted.off.delete(verdict); else wanted.off.add(verdict); refresh(); });
  }
  for (const tile of document.querySelectorAll("[data-filter]")) {
    tile.addEventListener("click", () => { wanted.filter = wanted.filter === tile.dataset.filter ? "" : tile.dataset.filter; wanted.group = -1; refresh(); document.getElementById("table").scrollIntoView(); });
  }
  for (const button of document.querySelectorAll("[data-group]")) {
    button.addEventListener("click", () => { wanted.group = Number(button.dataset.group); wanted.filter = ""; refresh(); document.getElementById("table").scrollIntoView(); });
  }
  document.getElementById("clear").addEventListener("click", () => { wanted.group = -1; wanted.filter = ""; refresh(); });
  for (const head of document.querySelectorAll(".grid-head [data-key]")) {
    head.addEventListener("click", () => { wanted.down = wanted.sort === head.dataset.key && !wanted.down; wanted.sort = head.dataset.key; refresh(); });
  }
}

function bindSweeps() {
  const field = document.getElementById("sweep");
  data.sweeps.slice(0, 500).forEach(([name, many], at) => field.append(element("option", { value: at }, `${name || "the top folder"} (${many})`)));
  field.addEventListener("change", () => drawScatter(Number(field.value)));
  if (data.sweeps.length) drawScatter(0);
}

readFragment();
bindColours();
options("owner", [...new Set(data.owner.map((at) => data.text[at]).filter(Boolean))].sort());
options("tag", [...new Set(data.tags.flatMap((at) => data.text[at].split(" ")).filter(Boolean))].sort());
if (!data.nightly) document.getElementById("age").closest(".field").hidden = true;
bindChoices();
tellChoice();
showRows(true);
bindSweeps();
scroller.addEventListener("scroll", drawRows, { passive: true });
small.addEventListener("change", () => showRows(true));
addEventListener("resize", drawRows);
