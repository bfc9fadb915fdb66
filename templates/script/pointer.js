/* Mouse and fingers: drag selects, Shift-drag and sideways wheel move, Ctrl-wheel and pinch zoom, a double click resets. */

function pointerBindings(events) {
  return {
    mousedown: (u, target, handler) => (event) => {
      if (event.button !== 0) return;
      if (event.shiftKey) startMoving(u, event, events); else handler(event);
    },
    mousemove: (u, target, handler) => (event) => { handler(event); events.pointed(u, event); },
    mouseleave: (u, target, handler) => (event) => { handler(event); events.left(u); },
    dblclick: () => () => events.reset(),
  };
}

function startMoving(u, event, events) {
  const perPixel = (u.scales.x.max - u.scales.x.min) / u.over.clientWidth;
  const [low, high, from] = [u.scales.x.min, u.scales.x.max, event.clientX];
  u.over.classList.add("moving");
  const move = (moved) => {
    const by = (from - moved.clientX) * perPixel;
    events.view(low + by, high + by);
  };
  const stop = () => {
    u.over.classList.remove("moving");
    removeEventListener("mousemove", move);
    removeEventListener("mouseup", stop);
  };
  addEventListener("mousemove", move);
  addEventListener("mouseup", stop);
}

function pointerGestures(u, events) {
  // with Shift a press would select text; the chart's own listeners are passive and cannot prevent it
  u.over.addEventListener("mousedown", (event) => { if (event.shiftKey) event.preventDefault(); });
  u.over.addEventListener("wheel", (event) => {
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!sideways && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const { min, max } = u.scales.x;
    if (sideways) {
      const by = (event.deltaX || event.deltaY) / u.over.clientWidth * (max - min);
      events.view(min + by, max + by);
      return;
    }
    zoomAbout(u, event.clientX - u.over.getBoundingClientRect().left, Math.exp(Math.max(-1, Math.min(1, event.deltaY / 200))), events);
  }, { passive: false });
  pinch(u, events);
}

function zoomAbout(u, left, factor, events) {
  const { min, max } = u.scales.x;
  const middle = u.posToVal(left, "x");
  events.view(middle - (middle - min) * factor, middle + (max - middle) * factor);
}

function pinch(u, events) {
  const fingers = new Map();
  let apart = 0;
  const distance = () => {
    const [one, other] = [...fingers.values()];
    return Math.max(10, Math.abs(one - other));
  };
  u.over.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch") return;
    fingers.set(event.pointerId, event.clientX);
    if (fingers.size === 2) apart = distance();
  });
  u.over.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, event.clientX);
    if (fingers.size !== 2) return;
    const now = distance();
    const middle = [...fingers.values()].reduce((sum, x) => sum + x, 0) / 2 - u.over.getBoundingClientRect().left;
    zoomAbout(u, middle, apart / now, events);
    apart = now;
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    u.over.addEventListener(end, (event) => fingers.delete(event.pointerId));
  }
}
