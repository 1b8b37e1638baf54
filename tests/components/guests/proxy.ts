/** The example as a component: what a user adds to a program for that. */
import "../../../examples/loop/proxy";

export { cabi_realloc } from "pollux/assembly/component";
