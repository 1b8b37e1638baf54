/** Runs sequences one after another: several on one core, and again on a new core if they differ. */
import { Core } from "../../src/index.ts";
import { SimulatedDriver } from "../../wasi-host/drivers/simulated/index.ts";
import { Comparison, Difference } from "./comparison.ts";
import type { Configuration } from "./configuration.ts";
import { excessOf, type Figures, showExcuses } from "./excuses.ts";
import { OwnDescriptors } from "./own-descriptors.ts";
import { Player } from "./player.ts";
import { Reference } from "./reference.ts";
import { script } from "./script.ts";
import type { Sequence } from "./sequences.ts";
import { Subject } from "./subject.ts";
import { TwoNetworks } from "./two-networks.ts";
import { EndOfSequence } from "./unobservable.ts";

/** The number of sequences on a core: tables and numbers are reused, as in a program that runs long. */
const SEQUENCES_PER_CORE = 16;
/** A difference that does not recur in that many tries is the network's: it was late. */
const TRIES = 3;

const NETWORKS = {
  posix: undefined,
  net: () => new TwoNetworks("node"),
  simulated: () => new TwoNetworks("simulated"),
};

/** Both sides, on a core. `clear` closes what was opened. */
export function openComparison(core: Core): Comparison & { clear(): void } {
  const subject = new Subject(core);
  const own = core.driver.adoption !== undefined ? undefined : new OwnDescriptors();
  const reference = new Reference((name) => (own ?? subject).descriptorOf(name));
  const clear = () => {
    reference.clear();
    subject.clear();
    own?.clear();
  };
  return Object.assign(new Comparison(subject, reference, own === undefined ? [subject] : [own, subject]), { clear });
}

function openCore(configuration: Configuration): Promise<Core> {
  return Core.open({ driver: configuration === "simulated" ? new SimulatedDriver() : configuration });
}

export class Run implements Disposable {
  readonly #configuration: Configuration;
  #core: Core | undefined;
  #served = 0;
  readonly figures: Figures = {
    ...{ sequences: 0, calls: 0, events: 0, looks: 0 },
    ...{ cuts: 0, unordered: 0, ended: 0, late: 0 },
  };

  constructor(configuration: Configuration) {
    this.#configuration = configuration;
  }

  /** Throws a `Difference` with a script that repeats it, for `regressions/`. */
  async sequence(sequence: Sequence): Promise<void> {
    if (this.#core === undefined || this.#served++ % SEQUENCES_PER_CORE === 0) {
      this.#core?.dispose();
      this.#core = await openCore(this.#configuration);
    }
    const difference = this.#play(this.#core, sequence);
    if (difference === undefined) return;
    this.#served = 0;
    for (let turn = 0; turn < TRIES; turn++) {
      using fresh = await openCore(this.#configuration);
      const again = this.#play(fresh, sequence);
      if (again !== undefined) throw again;
    }
    if (!difference.message.includes("both.connect")) {
      throw new Difference(`${difference.message}\n// not on a new core: it depends on what ran before`);
    }
    this.figures.late++;
  }

  #play(core: Core, sequence: Sequence): Difference | undefined {
    const both = openComparison(core);
    const networks = NETWORKS[this.#configuration]?.();
    try {
      new Player(both, sequence, networks).play();
    } catch (error) {
      if (error instanceof EndOfSequence) return undefined;
      if (error instanceof Difference) return new Difference(script(both.calls, both.prompt, error.message));
      (error as Error).message += `\n${script(both.calls, both.prompt)}`;
      throw error;
    } finally {
      both.clear();
      this.#count(both);
    }
    return undefined;
  }

  #count({ calls, events, looks, unobservable }: Comparison): void {
    const { figures } = this;
    figures.sequences++;
    figures.calls += calls.length;
    figures.events += events;
    figures.looks += looks;
    figures.cuts += unobservable.counts.cuts;
    figures.unordered += unobservable.counts.unordered;
    figures.ended += unobservable.counts.ended;
  }

  /** The figures so far, as a line of text. */
  get summary(): string {
    const { sequences, calls, events, looks } = this.figures;
    const compared = `${sequences} sequences of ${calls} calls, ${events} events, ${looks} polled`;
    return `${compared}; excused: ${showExcuses(this.figures)}`;
  }

  /** The excuses above their ceilings, a sentence for each. */
  get excess(): string[] {
    return excessOf(this.#configuration, this.figures);
  }

  [Symbol.dispose](): void {
    this.#core?.dispose();
  }
}

/**
 * Plays a kept case. Throws a `Difference`; an `EndOfSequence` if the kernel shows too little. A late event of the
 * network does not recur on a new core.
 */
export async function replay(configuration: Configuration, play: (both: Comparison) => void): Promise<void> {
  for (let turn = 1; ; turn++) {
    using core = await openCore(configuration);
    const both = openComparison(core);
    try {
      return play(both);
    } catch (error) {
      if (turn === TRIES || !(error instanceof Difference)) throw error;
    } finally {
      both.clear();
    }
  }
}
