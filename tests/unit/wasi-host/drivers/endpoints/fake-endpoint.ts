/** An endpoint whose readiness is set by hand, and a sleep in which nothing ever happens. */
import { Endpoint } from "../../../../../wasi-host/drivers/endpoints/endpoint.ts";
import type { Sleep } from "../../../../../wasi-host/drivers/endpoints/sleep.ts";

export class FakeEndpoint extends Endpoint {
  ready = 0;
  readonly ended: string[] = [];

  level(): number {
    return this.ready;
  }
  recv(): number {
    return 0;
  }
  send(): number {
    return 0;
  }
  available(): number {
    return 0;
  }
  close(): void {
    this.ended.push("closed");
  }
  override reset(): void {
    this.ended.push("reset");
  }
}

/** `step` is what happens in a sleep: false says that the time is over. */
export const sleepOf = (step: () => boolean = () => false): Sleep => ({
  beforeCall() {},
  update() {},
  onWouldBlock() {},
  deadline: (timeout) => timeout,
  step,
  until: async () => {},
});
