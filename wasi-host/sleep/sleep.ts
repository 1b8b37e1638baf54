/**
 * How a guest's call sleeps: the way that was chosen for its host.
 *
 * A call tries without sleeping first. Where it would have to wait it asks its host's way to sleep: one that blocks has
 * slept when it returns true, and the call tries again. One that suspends has noted what is waited for and returns false:
 * the call gives up with SLEEPS in place of an errno, and is made again, with the same arguments, when that has come.
 * A call that has done a part of its work notes how far it got, and goes on from there.
 */
import type { EdgeQueue } from "../drivers/driver.ts";

/** What a call answers that has to be made again: more than every errno. */
export const SLEEPS = 0x1_0000;

export interface Sleep {
  /** How far the call had got that is made again; 0 for one that begins. A number of bytes, or a time: the call knows. */
  readonly progress: number;
  /** Does the thread never sleep? */
  readonly suspends: boolean;
  /** Sleeps until `handle` may be ready for `events`: true. Or notes that, and `progress`: false. */
  until(handle: number, events: number, progress: number): boolean;
  /**
   * Where `suspends`: notes that the call waits for what `Driver.pollAsync` can wait for, and how far it got. `release` is
   * called when the sleep is over, however it ends.
   */
  note(
    fds: Int32Array,
    count: number,
    timeout: number,
    edges: EdgeQueue | undefined,
    progress: number,
    release?: () => void,
  ): void;
}
