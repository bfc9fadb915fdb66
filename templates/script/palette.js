/* Colours come from the style sheet, so that canvas and SVG agree; patterns keep severities apart without colour. */

const DASHES = {
  "val-loss": [6, 3], "what-if": [7, 3], "hue-1": [8, 3], "hue-2": [2, 2], "hue-3": [10, 3, 2, 3],
  "hue-5": [8, 3], "hue-6": [2, 2], "hue-7": [10, 3, 2, 3],
};
const WIDTHS = { "train-loss": 1, level: 2, "what-if": 2, "what-if-low": 0, "what-if-high": 0, smooth: 1.6, "val-loss": 1.6, "learning-rate": 1.8, "grad-norm": 1.2 };

let colours = new Map();
let patterns = new Map();

function forgetColours() {
  colours = new Map();
  patterns = new Map();
}

function colour(name) {
  if (!colours.has(name)) {
    colours.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim() || "gray");
  }
  return colours.get(name);
}

const lineColour = (style) => colour(`c-${style.startsWith("what-if") ? "hue-3" : style}`);

/* Critical: diagonal lines; warning: dots; info: a level line. */
function pattern(context, severity) {
  const key = `${severity}@${devicePixelRatio}`;
  if (!patterns.has(key)) {
    const scale = Math.max(1, Math.round(devicePixelRatio));
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8 * scale;
    const brush = tile.getContext("2d");
    brush.scale(scale, scale);
    brush.globalAlpha = 0.1;
    brush.fillStyle = brush.strokeStyle = colour(severity);
    brush.fillRect(0, 0, 8, 8);
    brush.globalAlpha = 0.28;
    brush.beginPath();
    if (severity === "critical") {
      for (const start of [-8, 0, 8]) { brush.moveTo(start, 8); brush.lineTo(start + 8, 0); }
    } else if (severity === "warning") {
      brush.arc(4, 4, 0.9, 0, 7);
    } else {
      brush.moveTo(0, 4); brush.lineTo(8, 4);
    }
    brush.stroke();
    patterns.set(key, context.createPattern(tile, "repeat"));
  }
  return patterns.get(key);
}
