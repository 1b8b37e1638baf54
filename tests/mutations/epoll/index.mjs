/** How SEMANTICS' 18 rules of epoll are broken. */
import { registration } from "./registration.mjs";
import { triggers } from "./triggers.mjs";
import { waits } from "./waits.mjs";

/** @typedef {import("../mutation.mjs").Mutation & { rule: number }} RuleMutation */

export const RULES = 18;

/** @type {readonly RuleMutation[]} */
export const mutations = [...registration, ...triggers, ...waits].sort((one, other) => one.rule - other.rule);
