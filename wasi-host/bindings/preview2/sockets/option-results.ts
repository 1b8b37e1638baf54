/** Values of socket options as results in the guest's memory. */
import { type Caller, SUCCEEDED } from "../caller.ts";
import { RESULT_BYTE, RESULT_U64, RESULT_WORD } from "../layout.ts";
import { codeOf, ErrorCode } from "./error-code.ts";
import { type Optioned, optionOf, setOptionOf } from "./option-values.ts";

export class OptionResults {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** The value, or -1 less an ErrorCode. `socket`: undefined if it is closed. */
  #get(socket: Optioned | undefined, option: number): number {
    if (socket === undefined) return -1 - ErrorCode["invalid-state"];
    const value = optionOf(socket, option);
    return value < 0 ? -1 - codeOf(-value) : value;
  }

  /** result<u8, error-code>, result<bool, error-code>. */
  u8(socket: Optioned | undefined, option: number, result: number): undefined {
    const value = this.#get(socket, option);
    const at = this.#caller.place(result, RESULT_BYTE);
    if (value < 0) return this.#caller.fail(at, RESULT_BYTE, -1 - value);
    this.#caller.memory.bytes[at] = SUCCEEDED;
    this.#caller.memory.bytes[at + RESULT_BYTE.payload] = value;
  }

  /** result<u32, error-code>. */
  u32(socket: Optioned | undefined, option: number, result: number): undefined {
    const value = this.#get(socket, option);
    const at = this.#caller.place(result, RESULT_WORD);
    if (value < 0) return this.#caller.fail(at, RESULT_WORD, -1 - value);
    this.#caller.memory.bytes[at] = SUCCEEDED;
    this.#caller.memory.words[(at + RESULT_WORD.payload) >>> 2] = value;
  }

  /** result<u64, error-code>, in units of `unit`. */
  u64(socket: Optioned | undefined, option: number, unit: bigint, result: number): undefined {
    const value = this.#get(socket, option);
    const at = this.#caller.place(result, RESULT_U64);
    if (value < 0) return this.#caller.fail(at, RESULT_U64, -1 - value);
    this.#caller.memory.bytes[at] = SUCCEEDED;
    this.#caller.memory.view.setBigUint64(at + RESULT_U64.payload, BigInt(value) * unit, true);
  }

  /** Sets an option for which 0 is no value: result<_, error-code>. */
  set(socket: Optioned | undefined, option: number, value: number, result: number): undefined {
    const at = this.#caller.place(result, RESULT_BYTE);
    const code = socket === undefined ? ErrorCode["invalid-state"] : setOptionOf(socket, option, value);
    return this.#caller.finish(at, code);
  }
}
