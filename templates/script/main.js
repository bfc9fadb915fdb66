function start() {
  const payload = JSON.parse(document.getElementById("payload").textContent);
  const withState = readState();
  fold();
  const runs = new Map(payload.runs.map((raw) => [raw.n, new RunData(raw)]));
  for (const [number, run] of runs) bindRun(number, run);
  bindOverview(runs);
  bindFindings();
  bindColours();
  bindCopying();
  bindPrinting();
  bindAnchors(applyState);
  mirrorTools();
  if (state.anchor) goTo(state.anchor);
  if (withState) applyState();
  // the first chart stands ready before anyone scrolls to it
  setTimeout(() => { for (const stack of stacks.values()) if (stack.plots.length) { stack.plots[0].ready(); break; } });
}

const PANELS = { loss: ["train_loss", "level", "val_loss"], lr: ["learning_rate"], grad: ["grad_norm"] };
const NAMES = { "train-loss": "train loss", level: "level", "val-loss": "validation", "learning-rate": "LR", "grad-norm": "gradient norm" };

function bindRun(number, run) {
  const section = document.getElementById(`run-${number}-curves`);
  const stack = new Stack(number, run, section.querySelector("[data-readout]"));
  stacks.set(number, stack);
  const panels = [...section.querySelectorAll(".panel")];
  panels.forEach((panel, at) => {
    stack.add(panel.querySelector(".plot"), panel.dataset.panel, () => named(run.lines(PANELS[panel.dataset.panel])), { alwaysLog: "log" in panel.dataset, last: at === panels.length - 1 });
  });
  if (stack.plots.length) bindTools(section, stack);
  bindReplay(number, run.raw.replay);
  bindWhatIf(number, run.raw.what_if);
}

function named(lines) {
  for (const line of lines) line.name = NAMES[line.style];
  return lines;
}

function bindReplay(number, raw) {
  const section = document.getElementById(`run-${number}-replay`);
  if (!raw || !section) return;
  const run = new RunData(raw);
  const stack = new Stack(`replay-${number}`, run, section.querySelector("[data-replay-readout]"));
  stacks.set(stack.key, stack);
  stack.add(section.querySelector(".plot"), "replay", () => raw.curves.map((curve) => run.line(curve)));
}

function bindWhatIf(number, raw) {
  const section = document.getElementById(`run-${number}-what-if`);
  if (!raw || !section) return;
  const run = new RunData(raw);
  const stack = new Stack(`what-if-${number}`, run, section.querySelector("[data-what-if-readout]"));
  stacks.set(stack.key, stack);
  const panel = section.querySelector(".panel");
  stack.add(panel.querySelector(".plot"), "what-if", () => raw.curves.map((curve) => run.line(curve)), { alwaysLog: "log" in panel.dataset });
}

function applyState() {
  mirrorTools();
  for (const stack of stacks.values()) { stack.refresh(); stack.viewChanged(); }
}

start();
