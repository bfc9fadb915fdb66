/* What is not a chart: folding, copying, colours, printing, finding one's way by the fragment. */

const COLOURS = ["system", "light", "dark"];

function bindColours() {
  const button = document.getElementById("theme");
  const tell = () => {
    const now = document.documentElement.dataset.theme ?? "system";
    button.textContent = `Colours: ${now}`;
    button.setAttribute("aria-label", `Colours: ${now}. Press to change`);
  };
  const redraw = () => { forgetColours(); refreshAll(); };
  button.addEventListener("click", () => {
    const now = document.documentElement.dataset.theme ?? "system";
    const next = COLOURS[(COLOURS.indexOf(now) + 1) % COLOURS.length];
    if (next === "system") delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = next;
    try { localStorage.setItem("loglens-colours", next); } catch { /* kept for this visit only */ }
    tell();
    redraw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  tell();
}

function bindCopying() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const done = await copied(button.dataset.copy);
    const label = button.firstChild;
    const before = button.dataset.label ?? (button.dataset.label = label.textContent);
    label.textContent = done ? "Copied" : "Press Ctrl+C";
    announce(done ? "Copied" : "Select the text and press Ctrl+C");
    setTimeout(() => { label.textContent = before; }, 1600);
  });
}

async function copied(text) {
  try { await navigator.clipboard.writeText(text); return true; } catch { /* not allowed for this page: the old way */ }
  const field = document.createElement("textarea");
  field.value = text;
  field.setAttribute("readonly", "");
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

/* Without scripts everything is open; with them the page starts folded to what is read first. */
function fold() {
  for (const one of document.querySelectorAll("details[data-closed]")) one.open = false;
  const runs = [...document.querySelectorAll("details.run")];
  runs.forEach((one, at) => { one.open = at === 0; });
  document.documentElement.classList.add("folded");
}

function bindPrinting() {
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const one of closed) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of closed) one.open = false; });
  document.getElementById("print").addEventListener("click", () => print());
}

function goTo(anchor) {
  const target = anchor && document.getElementById(anchor);
  if (!target) return;
  for (let outer = target; outer; outer = outer.parentElement?.closest("details")) if (outer.matches("details")) outer.open = true;
  target.scrollIntoView({ block: "start" });
}

function bindAnchors(apply) {
  addEventListener("hashchange", () => {
    if (readState()) apply();
    goTo(state.anchor);
    saveState();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link) goTo(decoded(link.getAttribute("href").slice(1)));
  });
}
