/* From a finding to its place in the curves, and back by its permalink. */

function showFinding(id) {
  for (const [key, stack] of stacks) {
    const finding = stack.run.raw.findings?.find((one) => one.id === id);
    if (!finding || typeof key !== "number") continue;
    document.getElementById(`run-${key}-curves`)?.scrollIntoView({ block: "start" });
    stack.zoomToFinding(finding);
    state.anchor = id;
    saveState();
    return;
  }
}

function bindFindings() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-go]");
    if (button) showFinding(button.dataset.go);
  });
}
