/* The controls above the curves. Axis, scale and smoothing hold for the whole page, zoom for one run. */

function refreshAll() {
  for (const stack of stacks.values()) stack.refresh();
}

function mirrorTools() {
  for (const input of document.querySelectorAll("[data-tool]")) {
    const tool = input.dataset.tool;
    if (tool === "log") input.checked = state.log;
    else if (tool === "axis") input.checked = input.value === state.axis;
    else if (tool === "smooth") { input.value = state.smooth; input.nextElementSibling.value = state.smooth ? state.smooth.toFixed(2) : "0"; }
  }
}

function bindTools(section, stack) {
  const reset = section.querySelector('[data-tool="reset"]');
  stack.onView = (zoomed) => { if (reset) reset.disabled = !zoomed; };
  stack.onView(stack.zoomed);
  section.addEventListener("input", (event) => {
    const tool = event.target.dataset?.tool;
    if (tool === "log") state.log = event.target.checked;
    else if (tool === "axis") state.axis = event.target.value;
    else if (tool === "smooth") state.smooth = Number(event.target.value);
    else return;
    mirrorTools();
    refreshAll();
    saveState();
  });
  const actions = {
    in: () => stack.scaled(0.5), out: () => stack.scaled(2), reset: () => stack.reset(),
    left: () => stack.moved(-0.5), right: () => stack.moved(0.5),
  };
  section.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (actions[button.dataset.tool]) actions[button.dataset.tool]();
    else if (button.matches(".key")) toggleLine(stack, button);
  });
}

function toggleLine(stack, button) {
  const hidden = button.getAttribute("aria-pressed") === "true";
  button.setAttribute("aria-pressed", String(!hidden));
  for (const plot of stack.plots) {
    for (const line of plot.lines) if (line.style === button.dataset.role) line.hidden = hidden;
  }
  stack.refresh();
}
