/* Numbers under the cursor and on the axes; everything else was written by numbers.py. */

const groups = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ",").replace("-", "−");

function figure(value, digits = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-3) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    return `${mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa}e${Number(exponent)}`.replace(/^-/, "−");
  }
  const text = Number(value.toPrecision(digits));
  return text.toLocaleString("en-US", { maximumFractionDigits: 8 }).replace("-", "−");
}

/* A learning rate as configurations write it: 3e-4, 1.2e-3, 0.05. */
function rate(value, digits = 3) {
  if (!Number.isFinite(value) || value === 0 || Math.abs(value) >= 0.01) return figure(value, digits);
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  return `${mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa}e${Number(exponent)}`;
}

function tickLabel(value) {
  const size = Math.abs(value);
  for (const [unit, name] of [[1e9, "G"], [1e6, "M"], [1e4, "k"]]) {
    if (size >= unit && size < 1e12) return `${figure(value / (unit === 1e4 ? 1e3 : unit), 5)}${name}`;
  }
  return figure(value, 5);
}

function duration(seconds) {
  const sign = seconds < 0 ? "−" : "";
  const whole = Math.abs(Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${sign}${groups(String(hours))}:${two(minutes)}:${two(rest)}` : `${sign}${minutes}:${two(rest)}`;
}
