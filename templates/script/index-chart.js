/* How the outcome of a sweep hangs on its learning rate: a point a run, both axes as they spread. */

const WIDE = 860, HIGH = 260, LEFT = 56, RIGHT = 16, TOP = 14, BOTTOM = 34;

function scaled(values, from, to) {
  const low = Math.min(...values), high = Math.max(...values);
  const log = low > 0 && high / low > 10;
  const f = log ? Math.log10 : (one) => one;
  const span = f(high) - f(low) || Math.abs(f(high)) || 1;
  return { low, high, log, at: (one) => from + ((Math.min(Math.max(f(one), f(low)), f(high)) - f(low)) / span) * (to - from) };
}

function tickValues(scale) {
  if (scale.log) {
    const ticks = [];
    for (let power = Math.floor(Math.log10(scale.low)); power <= Math.ceil(Math.log10(scale.high)); power += 1) {
      const one = Number(`1e${power}`);
      if (one >= scale.low * 0.99 && one <= scale.high * 1.01) ticks.push(one);
    }
    return ticks.length >= 2 ? ticks : [scale.low, scale.high];
  }
  return [scale.low, (scale.low + scale.high) / 2, scale.high];
}

function drawScatter(sweep) {
  const host = document.getElementById("scatter");
  const best = document.getElementById("best");
  const members = [];
  for (let at = 0; at < total; at += 1) if (data.sweep[at] === sweep && data.lr[at] > 0) members.push(at);
  const finals = members.map((at) => data.final[at]).filter((one) => one !== null).sort((a, b) => a - b);
  const winner = data.sweeps[sweep]?.[2] ?? -1;
  best.replaceChildren();
  if (winner >= 0) {
    best.append("Best so far: ");
    const link = element("a", { href: data.page[winner] });
    link.append(element("bdi", {}, data.short[winner] ?? data.name[winner]));
    best.append(link, `, ends at ${figure(data.final[winner])}${data.lr[winner] ? `, peak LR ${figure(data.lr[winner])}` : ""}`);
  }
  if (new Set(members.map((at) => data.lr[at])).size < 2 || !finals.length) {
    host.textContent = "Fewer than two different peak learning rates are known here, so there is nothing to compare.";
    return;
  }
  const middle = finals[finals.length >> 1];
  const shown = finals.filter((one) => one <= middle + 30 * Math.max(Math.abs(middle), 1e-12));
  const x = scaled(members.map((at) => data.lr[at]), LEFT, WIDE - RIGHT), y = scaled(shown, HIGH - BOTTOM, TOP + 12);
  const picture = drawing("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, width: WIDE, height: HIGH, role: "img", "aria-label": `Peak learning rate against the loss at the end, ${members.length} runs` });
  const label = (at, up, text, anchor) => { const made = drawing("text", { x: at, y: up, "text-anchor": anchor }); made.textContent = text; picture.append(made); };
  for (const one of tickValues(x)) { picture.append(drawing("path", { class: "axis", d: `M${x.at(one)} ${TOP}V${HIGH - BOTTOM}` })); label(x.at(one), HIGH - 18, figure(one), "middle"); }
  for (const one of tickValues(y)) { picture.append(drawing("path", { class: "axis", d: `M${LEFT} ${y.at(one)}H${WIDE - RIGHT}` })); label(LEFT - 6, y.at(one) + 4, figure(one), "end"); }
  label((LEFT + WIDE) / 2, HIGH - 3, "peak learning rate", "middle");
  label(LEFT, 10, "loss at the end; lost runs at the top edge", "start");
  for (const at of members) {
    const lost = data.final[at] === null || data.final[at] > shown[shown.length - 1];
    const dot = drawing("circle", { class: `dot v${data.verdict[at]}${at === winner ? " dot-best" : ""}`, cx: x.at(data.lr[at]).toFixed(1), cy: (lost ? TOP + 2 : y.at(data.final[at])).toFixed(1), r: at === winner ? 5 : members.length > 500 ? 2 : 3.5 });
    const title = drawing("title");
    title.textContent = `${data.name[at]}: peak LR ${figure(data.lr[at])}, ends at ${figure(data.final[at])}, ${VERDICTS[data.verdict[at]]}`;
    dot.append(title);
    picture.append(dot);
  }
  host.replaceChildren(picture);
}
