/** The compiler's offsets of the fields that `assembly/abi/engine.ts` has as numbers. */
import { Instance, Watch } from "../../../assembly/memory/layout";
import { IDLE, QUEUED, SILENT } from "../../../assembly/engine/trigger";

export const INSTANCE_FD: u32 = offsetof<Instance>("fd");
export const INSTANCE_READY_COUNT: u32 = offsetof<Instance>("readyCount");
export const INSTANCE_READY_HEAD: u32 = offsetof<Instance>("readyHead");
export const INSTANCE_FIRST_MEMBER: u32 = offsetof<Instance>("firstMember");
export const INSTANCE_SIZE: u32 = offsetof<Instance>();
export const WATCH_FD: u32 = offsetof<Watch>("fd");
export const WATCH_EVENTS: u32 = offsetof<Watch>("events");
export const WATCH_STATE: u32 = offsetof<Watch>("state");
export const WATCH_TURN: u32 = offsetof<Watch>("turn");
export const WATCH_READY_NEXT: u32 = offsetof<Watch>("readyNext");
export const WATCH_NEXT_MEMBER: u32 = offsetof<Watch>("nextMember");
export const WATCH_SIZE: u32 = offsetof<Watch>();
export const WATCH_IDLE: u32 = IDLE;
export const WATCH_QUEUED: u32 = QUEUED;
export const WATCH_SILENT: u32 = SILENT;
