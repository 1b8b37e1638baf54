/** Blocking: the thread itself sleeps in the driver. For platforms where a driver can do that, and nothing else runs. */
import type { Driver } from "../drivers/driver.ts";
import { pollfds, setPollfd } from "../drivers/pollfd.ts";
import type { Sleep } from "./sleep.ts";

const one = pollfds(1);

export class Blocking implements Sleep {
  readonly progress = 0;
  readonly suspends = false;
  readonly #driver: Driver;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  until(handle: number, events: number): boolean {
    setPollfd(one, 0, handle, events);
    this.#driver.poll(one, 1, Infinity);
    return true;
  }

  note(): never {
    throw new Error("a call that blocks has nothing to note");
  }
}
