/** The example as a component: the additions of a user. */
import "../../../examples/loop/chat";

export { cabi_realloc } from "pollux/assembly/component";
