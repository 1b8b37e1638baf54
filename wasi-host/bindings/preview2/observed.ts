/** A host with traced, told or counted calls: a line for each, in the form of preview1's trace, events, and their numbers. */
import type { FuncType } from "../../components/function-types.ts";
import type { HandleTable } from "../../components/handles.ts";
import type { ComponentHost, FlatFunction, Lowering, Mismatch } from "../../components/host.ts";
import type { ComponentStory } from "../../story/component-story.ts";
import { around } from "../../trace/around.ts";
import { callName } from "../../trace/preview2-calls.ts";
import { PREVIEW2 } from "../../trace/preview2-signatures.ts";
import type { CallStatistics } from "../../trace/statistics.ts";
import type { Tracer } from "../../trace/tracer.ts";
import { isInMemory, type WitFunction } from "../../trace/wit-types.ts";
import { WitValues } from "../../trace/wit-values.ts";
import { Caller } from "./caller.ts";

export interface Observers {
  readonly tracer?: Tracer;
  readonly statistics?: CallStatistics;
  readonly story?: ComponentStory;
}

export class ObservedHost implements ComponentHost {
  readonly #host: ComponentHost;
  readonly #observers: Observers;

  constructor(host: ComponentHost, observers: Observers) {
    this.#host = host;
    this.#observers = observers;
  }

  mismatch(interfaceName: string, name: string, type: FuncType): Mismatch | undefined {
    return this.#host.mismatch?.(interfaceName, name, type);
  }

  lower(interfaceName: string, version: string, name: string, lowering: Lowering): FlatFunction | undefined {
    const call = this.#host.lower(interfaceName, version, name, lowering);
    const signature = PREVIEW2[interfaceName]?.[name];
    if (call === undefined || signature === undefined) return call;
    return this.#observed(call, callName(interfaceName, name), signature, new Caller(lowering));
  }

  #observed(call: FlatFunction, name: string, signature: WitFunction, { memory }: Caller): FlatFunction {
    const { tracer, statistics, story } = this.#observers;
    const values = new WitValues(memory);
    const { result } = signature;
    const answer = (given: readonly (number | bigint)[], returned: number | bigint | undefined): string => {
      if (result === undefined) return "()";
      memory.refresh();
      return isInMemory(result)
        ? values.at(result, Number(given[given.length - 1]) >>> 0)
        : values.params({ params: [["", result]], result: undefined }, [returned!]).slice(1);
    };
    /** A failed result. */
    const failed = (given: readonly (number | bigint)[]) => {
      if (result?.kind !== "variant" || result.cases[1]?.[0] !== "err" || !isInMemory(result)) return false;
      memory.refresh();
      return memory.bytes[Number(given[given.length - 1]) >>> 0] === 1;
    };
    const counted = statistics?.count(name, call, failed) ?? call;
    const before = (given: readonly (number | bigint)[]) => {
      memory.refresh();
      return `${name}(${values.params(signature, given)})`;
    };
    const told = story?.observer(name, memory, { before, after: answer });
    if (told !== undefined) return around(counted, told) as FlatFunction;
    if (tracer === undefined || !tracer.wants(name)) return counted as FlatFunction;
    return tracer.line(counted as FlatFunction, before, answer) as FlatFunction;
  }

  drop(interfaceName: string, resource: string, handles: HandleTable): FlatFunction | undefined {
    const call = this.#host.drop(interfaceName, resource, handles);
    if (call === undefined) return undefined;
    const { tracer, statistics, story } = this.#observers;
    const name = `${resource}.drop`;
    const counted = (statistics?.count(name, call, () => false) ?? call) as FlatFunction;
    if (story !== undefined) {
      return (...given) => {
        story.dropped(resource, Number(given[0]));
        return counted(...given);
      };
    }
    if (tracer === undefined || !tracer.wants(name)) return counted;
    return tracer.line(
      counted,
      ([handle]) => `${name}(self=${handle})`,
      () => "()",
    ) as FlatFunction;
  }

  waits(interfaceName: string, name: string): boolean {
    return this.#host.waits(interfaceName, name);
  }
}
