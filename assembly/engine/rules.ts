/// <reference path="./compiler-constants.d.ts" />
/**
 * The rules of epoll that the engine follows, clause by clause. In a program all clauses hold, and the compiler removes
 * the switches.
 *
 * The test build imports POLLUX_MUTANT, the number of a clause that does not hold; then its suite must fail. The number
 * is the rule's, times ten, plus the clause's.
 */
import { ALWAYS, EPOLLERR, EPOLLHUP, EPOLLRDHUP, READINESS } from "../abi/events";

const MUTANT: i32 = isDefined(POLLUX_MUTANT) ? POLLUX_MUTANT : 0;

/** Rule 1: a pair of instance and descriptor has one watch. A second ADD is EEXIST. */
export const PAIRS_ARE_UNIQUE: bool = MUTANT != 11;
/** Rule 1: each instance has its own watch on a descriptor. */
export const WATCHES_BELONG_TO_INSTANCES: bool = MUTANT != 12;

/** Rule 2: closing a descriptor removes its watches. */
export const CLOSE_REMOVES_WATCHES: bool = MUTANT != 21;

/** Rule 3: ADD and MOD look at the readiness, and queue the watch if it is ready. */
export const ADD_AND_MOD_LOOK: bool = MUTANT != 31;
/** Rules 3 and 9: MOD arms a one-shot watch again. */
export const MOD_REVIVES: bool = MUTANT != 32;
/** Rule 3: ADD and MOD look into an instance that they watch. */
export const ADD_AND_MOD_LOOK_INSIDE: bool = MUTANT != 33;

/** Rules 4 and 17: the bits that are always delivered. */
export const UNASKED: u32 = MUTANT == 41 ? 0 : MUTANT == 42 ? EPOLLERR : MUTANT == 43 ? EPOLLHUP : ALWAYS;

/** Rule 5: a wakeup brings the full readiness, not only what changed. */
export const WAKEUPS_BRING_ALL_READINESS: bool = MUTANT != 51;

/** Rule 6: a watch that is not ready when its turn comes is not delivered. */
export const UNREADY_IS_DROPPED: bool = MUTANT != 61;
/** Rules 6 and 7: readiness that an earlier wait saw is looked at again. */
export const READINESS_AGES: bool = MUTANT != 62;
/** Rule 6: a wait that delivers nothing goes on. */
export const EMPTY_DELIVERIES_GO_ON: bool = MUTANT != 63;

/** Rule 7: a level-triggered watch stays queued when it is delivered. */
export const LEVELS_STAY_QUEUED: bool = MUTANT != 71;
/** Rules 7 and 10: it goes to the tail of the ready list. */
export const LEVELS_GO_TO_THE_TAIL: bool = MUTANT != 72;

/** Rule 8: an edge-triggered watch leaves the ready list when it is delivered. */
export const EDGES_LEAVE_THE_LIST: bool = MUTANT != 81;
/** Rule 8: any later wakeup queues it again, although nothing was drained. */
export const ALL_WAKEUPS_COUNT: bool = MUTANT != 82;
/** Rule 8: several wakeups before a wait are one event. */
export const WAKEUPS_COALESCE: bool = MUTANT != 83;

/** Rule 9: a one-shot watch is silent after its delivery. */
export const ONE_SHOTS_FALL_SILENT: bool = MUTANT != 91;
/** Rule 9: a silent watch does not report ERR and HUP either. */
export const SILENCE_IS_COMPLETE: bool = MUTANT != 92;
/** Rule 9: a silent watch stays registered. */
export const SILENT_STAYS_REGISTERED: bool = MUTANT != 93;

/** Rule 10: watches without room in the array stay queued. */
export const REST_STAYS_QUEUED: bool = MUTANT != 101;

/** Rule 11: an event of an earlier watch on the same descriptor is not current. */
export const ADD_VOIDS_EVENTS: bool = MUTANT != 111;
/** Rule 11: MOD makes earlier events of its watch not current. */
export const MOD_VOIDS_EVENTS: bool = MUTANT != 112;
/** Rule 11: an event is current only while its watch exists. */
export const CURRENT_NEEDS_A_WATCH: bool = MUTANT != 113;

/** Rule 12: DEL without a watch is ENOENT. */
export const DEL_NEEDS_A_WATCH: bool = MUTANT != 121;
/** Rule 12: MOD without a watch is ENOENT. */
export const MOD_NEEDS_A_WATCH: bool = MUTANT != 122;
/** Rule 12: a bad descriptor is reported before all other errors. */
export const BAD_DESCRIPTORS_COME_FIRST: bool = MUTANT != 123;
/** Rule 12: the smallest number of events that a wait accepts. */
export const FEWEST_EVENTS: i32 = MUTANT == 124 ? 0 : 1;
/** Rule 12: a descriptor that cannot be polled is EPERM. */
export const FILES_ARE_REFUSED: bool = MUTANT != 125;
/** Rule 12: an instance cannot watch itself. */
export const NOT_ITSELF: bool = MUTANT != 126;
/** Rule 12: instances cannot watch each other in a circle. */
export const NO_CIRCLES: bool = MUTANT != 127;
/** Rule 12: the instances above count into the depth of nesting. */
export const HEIGHT_COUNTS: bool = MUTANT != 128;
/** Rule 12: the instances below count into the depth of nesting. */
export const DEPTH_COUNTS: bool = MUTANT != 129;

/** Rule 13: EXCLUSIVE accepts few flags beside it. */
export const EXCLUSIVE_LIMITS_FLAGS: bool = MUTANT != 131;
/** Rule 13: an instance cannot be watched exclusively. */
export const EXCLUSIVE_REFUSES_INSTANCES: bool = MUTANT != 132;
/** Rule 13: MOD of an exclusive watch is EINVAL. */
export const EXCLUSIVE_REFUSES_MOD: bool = MUTANT != 133;
/** Rule 13: MOD cannot make a watch exclusive. */
export const MOD_REFUSES_EXCLUSIVE: bool = MUTANT != 134;
/** Rule 13: of several sleeping instances, one takes the wakeup. */
export const ONE_SLEEPER_WAKES: bool = MUTANT != 135;
/** Rule 13: if no instance sleeps, all of them queue the wakeup. */
export const ALL_AWAKE_QUEUE: bool = MUTANT != 136;

/** Rule 14: an instance is readable only while a watch of it is ready. */
export const NESTED_READINESS_IS_TRUE: bool = MUTANT != 141;
/** Rule 14: asking an instance for its readiness consumes no edge. */
export const ASKING_CONSUMES_NOTHING: bool = MUTANT != 142;
/** Rule 14: a wakeup of an instance wakes the instances that watch it. */
export const WAKEUPS_GO_UP: bool = MUTANT != 143;

/** Rule 15: nanoseconds by which a wait ends before its timeout. */
export const EARLY: i64 = MUTANT == 151 ? 1_000_000 : 0;
/** Rule 15: a timeout of 0 does not sleep. */
export const ZERO_NEVER_SLEEPS: bool = MUTANT != 152;
/** Rule 15: a negative timeout waits for ever. */
export const NEGATIVE_WAITS_FOR_EVER: bool = MUTANT != 153;

/** Rule 16: MOD replaces the user data. */
export const MOD_REPLACES_DATA: bool = MUTANT != 161;
/** Rule 16: the bits of user data that are kept. */
export const USER_DATA: u64 = MUTANT == 162 ? u32.MAX_VALUE : u64.MAX_VALUE;

/** Rule 17: the bits delivered if asked for. */
export const ASKED: u32 = MUTANT == 171 ? READINESS & ~EPOLLRDHUP : READINESS;

/** Rule 18: a watch that is not ready leaves the ready list. */
export const UNREADY_LEAVES_THE_LIST: bool = MUTANT != 181;
/** Rule 18: one call looks at a batch of watches. */
export const LOOKS_COME_IN_BATCHES: bool = MUTANT != 182;
/** Rule 18: readiness that a wakeup has just brought needs no look. */
export const WAKEUPS_SAVE_LOOKS: bool = MUTANT != 183;
/** Rule 18: a wait looks at the watches of the ready list, not at all watches. */
export const WAITS_LOOK_AT_THE_LIST: bool = MUTANT != 184;

/** Rule 19: an errno of a look or a sleep ends the wait. */
export const ERRORS_END_WAITS: bool = MUTANT != 191;
/** Rule 19: an errno of the queue of wakeups is reported. */
export const ERRORS_END_TAKES: bool = MUTANT != 192;
/** Rule 19: a clock that fails ends the wait. */
export const CLOCK_ERRORS_END_WAITS: bool = MUTANT != 193;
/** Rule 19: a call that fails leaves the watch as it was. */
export const FAILED_MOD_CHANGES_NOTHING: bool = MUTANT != 194;
