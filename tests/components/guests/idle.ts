/** The example as a component: the additions of a user. */
import "../../../examples/loop/idle";

export { cabi_realloc } from "pollux/assembly/component";
