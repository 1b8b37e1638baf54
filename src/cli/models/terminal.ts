/** Draws the timelines in a terminal: a row for each model, a character for a few milliseconds. */
import * as util from "node:util";
import { joined } from "../paragraph.ts";
import type { Kind, Timeline } from "./activities.ts";
import { type Pace, schedule } from "./slow-sender.ts";

type Style = Parameters<typeof util.styleText>[0];

const LABEL = 15;
const NARROWEST = 40;
const WIDEST = 120;

const BLOCKED = "░";
const COMPUTING = "█";
const ASKING = "▓";
const COPYING = "◆";
const HOST_COPYING = "◇";
const AWAY = "·";

const STYLES: Readonly<Record<string, Style>> = {
  [BLOCKED]: "gray",
  [COMPUTING]: "green",
  [ASKING]: "yellow",
  [COPYING]: "red",
  [HOST_COPYING]: "magenta",
  [AWAY]: "gray",
};

export class TerminalTimelines {
  readonly #columns: number;
  readonly #cells: number;
  /** Milliseconds from the left to the right edge. */
  readonly #span: number;
  readonly #coloured: boolean;
  readonly #pace: Pace;

  /** @param columns - width of the terminal */
  constructor(pace: Pace, columns: number, coloured: boolean) {
    this.#columns = columns;
    this.#cells = Math.max(NARROWEST, Math.min(columns, WIDEST) - LABEL - 1);
    this.#span = pace.interval * (pace.messages + 2);
    // Node has styleText since 20.12.
    this.#coloured = coloured && util.styleText !== undefined;
    this.#pace = pace;
  }

  /** Explains the characters. */
  legend(): string {
    const meanings = [
      [BLOCKED, "the program sleeps in a call"],
      [COMPUTING, "it computes"],
      [ASKING, "it computes, and asks in between: EAGAIN"],
      [COPYING, "it copies"],
      [HOST_COPYING, "the host copies"],
      [AWAY, "the host or another process runs"],
      ["", "a row ends with its program"],
    ];
    const signs = meanings.map(([cell, meaning]) => `${cell === "" ? "" : `${this.#paint(cell, cell)} `}${meaning}`);
    const sends = ["1 2 3 that sender sends a message", ". it ends its stream"];
    return [signs, sends].map((parts) => joined(parts, this.#columns, "   ")).join("\n");
  }

  /** Marks the sends: the sender's number, and a stop for the end of its stream. */
  sent(senders: number): string {
    const cells = new Array<string>(this.#cells).fill(" ");
    for (const { at, sender, message } of schedule(this.#pace, senders)) {
      cells[this.#cellAt(Number(at) / 1e6)] = message === this.#pace.messages ? "." : String(sender + 1);
    }
    return `${(senders === 1 ? "sender 1" : `senders 1 to ${senders}`).padEnd(LABEL)} ${cells.join("").trimEnd()}`;
  }

  row({ model, activities }: Timeline): string {
    const spent = Array.from({ length: this.#cells }, () => ({
      waiting: 0,
      computing: 0,
      away: 0,
      asked: false,
      copied: "",
    }));
    for (const { kind, from, to } of activities) {
      for (let cell = this.#cellAt(from); cell <= this.#cellAt(to); cell++) {
        const here = spent[cell];
        const within = Math.min(to, this.#timeOf(cell + 1)) - Math.max(from, this.#timeOf(cell));
        if (kind === "waiting" || kind === "computing" || kind === "away") here[kind] += within;
        else if (kind === "asking") here.asked = true;
        else if (cell === this.#cellAt(from)) here.copied = characterOf(kind);
      }
    }
    const cells = spent.map(({ waiting, computing, away, asked, copied }) => {
      if (copied !== "") return copied;
      if (waiting + computing + away === 0) return " ";
      if (away > waiting + computing) return AWAY;
      if (waiting > computing) return BLOCKED;
      return asked ? ASKING : COMPUTING;
    });
    return `${model.name.padEnd(LABEL)} ${this.#colour(cells.join("").trimEnd())}`;
  }

  #cellAt(milliseconds: number): number {
    return Math.min(Math.max(Math.floor((milliseconds / this.#span) * this.#cells), 0), this.#cells - 1);
  }

  #timeOf(cell: number): number {
    return (cell / this.#cells) * this.#span;
  }

  #colour(cells: string): string {
    return cells.replace(/([^ ])\1*/g, (run, cell: string) => this.#paint(cell, run));
  }

  #paint(cell: string, text: string): string {
    return this.#coloured ? util.styleText(STYLES[cell], text) : text;
  }
}

function characterOf(kind: Kind): string {
  return kind === "host copying" ? HOST_COPYING : COPYING;
}
