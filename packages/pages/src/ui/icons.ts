/** The pages' icons, drawn in the text's colour on a 24-unit square. */
const PATHS = {
  attach: [
    "m20.5 11.6-8.5 8.5a5.6 5.6 0 0 1-7.9-7.9l8.6-8.6a3.7 3.7 0 0 1 5.3 5.3l-8.6 8.5a1.9 1.9 0 0 1-2.6-2.6l7.9-7.9",
  ],
  back: ["M15 5l-7 7 7 7"],
  bubbles: [
    "M20 11.5a7.5 7.5 0 0 1-11 6.6L4 19.5l1.4-4.4A7.5 7.5 0 1 1 20 11.5Z",
    "M9.5 10h6",
    "M9.5 13.5h3.5",
  ],
  check: ["m6 12.5 4 4 8.5-9"],
  checks: ["m2.5 12.5 4 4L15 7.5", "m11.5 15.5 1 1L21.5 7.5"],
  clock: ["M12 7.5V12l3 2", "M12 3.8a8.2 8.2 0 1 0 0 16.4 8.2 8.2 0 0 0 0-16.4Z"],
  close: ["M6.5 6.5l11 11", "M17.5 6.5l-11 11"],
  down: ["M12 5v14", "m6 13 6 6 6-6"],
  failed: ["M12 7.5v5.5", "M12 16.4v.1", "M12 3.8a8.2 8.2 0 1 0 0 16.4 8.2 8.2 0 0 0 0-16.4Z"],
  file: ["M13.5 3.5H7a2 2 0 0 0-2 2v13a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V9Z", "M13.5 3.5V9H19"],
  offline: [
    "M4 4l16 16",
    "M8.5 15.5a5 5 0 0 1 7 0",
    "M5 12a10 10 0 0 1 4-2.4",
    "M15.5 9.8A10 10 0 0 1 19 12",
    "M12 19v.1",
  ],
  open: ["M14 4.5h5.5V10", "M19.5 4.5l-8 8", "M18 14v4a2 2 0 0 1-2 2H6.5a2 2 0 0 1-2-2V8.5a2 2 0 0 1 2-2H11"],
  picture: [
    "M5.5 4.5h13a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2v-11a2 2 0 0 1 2-2Z",
    "m4 17 5-5 4 4 2.5-2.5 4.5 4",
    "M15.5 9v.1",
  ],
  retry: ["M19.5 12a7.5 7.5 0 1 1-2.3-5.4", "M19.5 4v4.2h-4.2"],
  send: ["M4.5 12 3.8 4.3 20.5 12 3.8 19.7Z", "M4.5 12h8"],
} as const;

export type IconName = keyof typeof PATHS;

const SVG = "http://www.w3.org/2000/svg";

/** An icon without a name of its own: the text beside it, or the button's label, says what it is. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  for (const d of PATHS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}
