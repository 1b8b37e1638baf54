/** Colours of a terminal's text, if it has some: NO_COLOR and pipes have none. */

import type { WriteStream } from "node:tty";
import * as util from "node:util";

export type Style = Parameters<typeof util.styleText>[0];
/** Text in a style. */
export type Paint = (style: Style, text: string) => string;

/** Whether text for this stream may be coloured. Node has styleText since 20.12. */
export function hasColours(stream: Partial<WriteStream>): boolean {
  return stream.isTTY === true && stream.hasColors?.() === true && util.styleText !== undefined;
}

export function painter(coloured: boolean): Paint {
  // The caller knows the stream; by default, newer versions look at standard output.
  return coloured ? (style, text) => util.styleText(style, text, { validateStream: false }) : (_, text) => text;
}
