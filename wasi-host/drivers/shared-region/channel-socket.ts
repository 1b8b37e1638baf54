/** The common part of the I/O end's sockets: state, error and name. */
import type { SocketAddress } from "../../addresses/socket-address.ts";
import { STREAM_OPTIONS } from "../contract/socket-options.ts";
import { STATE_CHANGE } from "../endpoints/endpoint.ts";
import { ChannelEndpoint } from "./client-end.ts";
import { ERROR, LOCAL, OPTIONS, REQUEST_OPTIONS, STATE, STATE_FAILED, STATE_OPEN } from "./layout.ts";

export abstract class ChannelSocket extends ChannelEndpoint {
  /** The known STATE; 0 until the I/O end has answered the opening. */
  protected state = 0;
  /** SO_ERROR. */
  protected error = 0;

  get settled(): boolean {
    return this.state !== 0;
  }

  /** The I/O end has changed the state. */
  protected noticeState(): void {
    this.takeState();
    this.wake(STATE_CHANGE);
  }

  protected takeState(): void {
    this.state = this.channel.word(STATE);
    if ((this.state & STATE_FAILED) !== 0) this.error = this.channel.word(ERROR);
  }

  override get kept(): number {
    return this.client.keepsOptions ? STREAM_OPTIONS : 0;
  }

  /** The I/O end sets the options on its socket. */
  override inherit(changed: number): void {
    super.inherit(changed);
    this.channel.set(OPTIONS, changed);
    this.client.request(this.channel, REQUEST_OPTIONS);
  }

  override takeError(): number {
    const { error } = this;
    this.error = 0;
    return error;
  }

  override localAddress(): SocketAddress | undefined {
    return (this.state & STATE_OPEN) === 0 ? undefined : this.channel.address(LOCAL);
  }
}
