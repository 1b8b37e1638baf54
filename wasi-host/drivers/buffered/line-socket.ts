/** What all sockets have that are the back's: how far they have come, their error, and their name. */
import type { SocketAddress } from "../driver.ts";
import { STATE_CHANGE } from "../endpoints/endpoint.ts";
import { LineEndpoint } from "./front.ts";
import { ERROR, LOCAL, STATE, STATE_FAILED, STATE_OPEN } from "./layout.ts";

export abstract class LineSocket extends LineEndpoint {
  /** What is known of STATE; 0 until the back has answered whether it could be opened. */
  protected state = 0;
  /** SO_ERROR. */
  protected error = 0;

  get settled(): boolean {
    return this.state !== 0;
  }

  /** The back says that the state is another one. */
  protected noticeState(): void {
    this.state = this.line.word(STATE);
    if ((this.state & STATE_FAILED) !== 0) this.error = this.line.word(ERROR);
    this.wake(STATE_CHANGE);
  }

  override takeError(): number {
    const { error } = this;
    this.error = 0;
    return error;
  }

  override localAddress(): SocketAddress | undefined {
    return (this.state & STATE_OPEN) === 0 ? undefined : this.line.address(LOCAL);
  }
}
